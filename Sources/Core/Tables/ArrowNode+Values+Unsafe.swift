import CArrow

/// Numbers and text out of a node. Bounds as said at `ArrowNode`: `row` is in `0..<count`, `rows` inside it.
extension ArrowNode {
  /// The number in a row; nil when missing or not numeric.
  func double(_ row: Int) -> Double? {
    guard isValid(row) else { return nil }
    let place = offset + row
    switch layout {
    case .bool: return bit(place).map { $0 ? 1 : 0 }
    case .double: return buffer(1, as: Double.self)?[place]
    case .float: return (buffer(1, as: Float.self)?[place]).map { Double($0) }
    case .half: return (buffer(1, as: UInt16.self)?[place]).map { halfToDouble($0) }
    case .uint64: return (buffer(1, as: UInt64.self)?[place]).map { Double($0) }
    case .decimal(let bytes, let scale): return decimal(place, bytes: bytes, scale: scale)
    case .dictionary: return dictionaryRow(row).flatMap { dictionaryValues?.double($0) }
    default: return integer(place, layout).map { Double($0) }
    }
  }

  /// The whole number in a row; nil when missing, not numeric, not whole or too large.
  func int(_ row: Int) -> Int? {
    guard isValid(row) else { return nil }
    let place = offset + row
    switch layout {
    case .bool: return bit(place).map { $0 ? 1 : 0 }
    case .double, .float, .half, .decimal: return double(row).flatMap { Int(exactly: $0) }
    case .uint64: return (buffer(1, as: UInt64.self)?[place]).flatMap { Int(exactly: $0) }
    case .dictionary: return dictionaryRow(row).flatMap { dictionaryValues?.int($0) }
    default: return integer(place, layout)
    }
  }

  /// The bytes of text in a row; nil when missing or not text.
  func text(_ row: Int) -> UnsafeBufferPointer<UInt8>? {
    guard isValid(row) else { return nil }
    let place = offset + row
    let range: (Int, Int)
    var data = 2
    switch layout {
    case .text32:
      guard let offsets = buffer(1, as: Int32.self) else { return nil }
      range = (Int(offsets[place]), Int(offsets[place + 1]))
    case .text64:
      guard let offsets = buffer(1, as: Int64.self) else { return nil }
      range = (Int(offsets[place]), Int(offsets[place + 1]))
    case .fixedText(let size):
      range = (place * size, place * size + size)
      data = 1
    case .dictionary: return dictionaryRow(row).flatMap { dictionaryValues?.text($0) }
    default: return nil
    }
    guard range.0 >= 0, range.1 > range.0 else { return UnsafeBufferPointer(start: nil, count: 0) }
    guard let bytes = buffer(data, as: UInt8.self) else { return nil }
    return UnsafeBufferPointer(start: bytes + range.0, count: range.1 - range.0)
  }

  /// The text in a row; nil when missing, not text or not UTF-8.
  func string(_ row: Int) -> String? { text(row).flatMap { String(validating: $0, as: UTF8.self) } }

  /// The place of a dictionary row among the stored values.
  func dictionaryRow(_ row: Int) -> Int? {
    guard isValid(row), let values = dictionaryValues else { return nil }
    let place = offset + row
    let index =
      dictionaryIndex == .uint64
      ? (buffer(1, as: UInt64.self)?[place]).flatMap { Int(exactly: $0) } : integer(place, dictionaryIndex)
    guard let index, index >= 0, index < values.count else { return nil }
    return index
  }

  /// The numbers of `rows`, missing ones as NaN; nil when not numeric.
  func numbers(_ rows: Range<Int>) -> [Double]? {
    var numeric = true
    let values = [Double](unsafeUninitializedCapacity: rows.count) { buffer, initialized in
      numeric = fill(UnsafeMutableBufferPointer(rebasing: buffer[0..<rows.count]), rows)
      initialized = numeric ? rows.count : 0
    }
    return numeric ? values : nil
  }

  /// Writes the numbers of `rows` to `target`, which has room for them.
  ///
  /// Missing ones become NaN. False when not numeric.
  func fill(_ target: UnsafeMutableBufferPointer<Double>, _ rows: Range<Int>) -> Bool {
    guard !rows.isEmpty else { return isNumericLayout }
    let start = offset + rows.lowerBound
    let done: Bool
    switch layout {
    case .double:
      guard let source = buffer(1, as: Double.self), let base = target.baseAddress else { return false }
      base.update(from: source + start, count: rows.count)
      done = true
    case .float: done = convert(target, start, Float.self) { Double($0) }
    case .half: done = convert(target, start, UInt16.self) { halfToDouble($0) }
    case .int8: done = convert(target, start, Int8.self) { Double($0) }
    case .int16: done = convert(target, start, Int16.self) { Double($0) }
    case .int32: done = convert(target, start, Int32.self) { Double($0) }
    case .int64: done = convert(target, start, Int64.self) { Double($0) }
    case .uint8: done = convert(target, start, UInt8.self) { Double($0) }
    case .uint16: done = convert(target, start, UInt16.self) { Double($0) }
    case .uint32: done = convert(target, start, UInt32.self) { Double($0) }
    case .uint64: done = convert(target, start, UInt64.self) { Double($0) }
    case .bool, .decimal, .dictionary, .null:
      guard isNumericLayout else { return false }
      for (place, row) in rows.enumerated() { target[place] = double(row) ?? .nan }
      return true
    default: return false
    }
    if done, validity != nil {
      for (place, row) in rows.enumerated() where !isValid(row) { target[place] = .nan }
    }
    return done
  }

  /// Whether `double` can give values.
  ///
  /// A column of nulls alone has no type of its own and passes as numeric.
  var isNumericLayout: Bool {
    switch layout {
    case .text32, .text64, .fixedText, .list32, .list64, .fixedList, .record, .unsupported: false
    case .dictionary: dictionaryValues?.isNumericLayout ?? false
    default: true
    }
  }

  private func convert<Value>(
    _ target: UnsafeMutableBufferPointer<Double>, _ start: Int, _ type: Value.Type, _ turn: (Value) -> Double
  ) -> Bool {
    guard let source = buffer(1, as: type) else { return false }
    for place in 0..<target.count { target[place] = turn(source[start + place]) }
    return true
  }

  private func bit(_ place: Int) -> Bool? {
    (buffer(1, as: UInt8.self)?[place >> 3]).map { $0 & (1 << UInt8(place & 7)) != 0 }
  }

  private func integer(_ place: Int, _ layout: Layout) -> Int? {
    switch layout {
    case .int8: (buffer(1, as: Int8.self)?[place]).map { Int($0) }
    case .int16: (buffer(1, as: Int16.self)?[place]).map { Int($0) }
    case .int32: (buffer(1, as: Int32.self)?[place]).map { Int($0) }
    case .int64: (buffer(1, as: Int64.self)?[place]).map { Int($0) }
    case .uint8: (buffer(1, as: UInt8.self)?[place]).map { Int($0) }
    case .uint16: (buffer(1, as: UInt16.self)?[place]).map { Int($0) }
    case .uint32: (buffer(1, as: UInt32.self)?[place]).map { Int($0) }
    default: nil
    }
  }

  /// A decimal as the nearest double: its digits are written out and parsed, so it is rounded once.
  private func decimal(_ place: Int, bytes: Int, scale: Int) -> Double? {
    guard let data = buffer(1, as: UInt8.self) else { return nil }
    let negative = data[place * bytes + bytes - 1] & 0x80 != 0
    var limbs = stride(from: 0, to: bytes, by: 4).map { start in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[place * bytes + start + $1]) << UInt32(8 * $1) }
    }
    if negative {
      var carry: UInt64 = 1
      for index in limbs.indices {
        carry += UInt64(~limbs[index])
        limbs[index] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
    }
    var digits: [String] = []
    while limbs.contains(where: { $0 != 0 }) {
      var rest: UInt64 = 0
      for index in limbs.indices.reversed() {
        let whole = rest << 32 | UInt64(limbs[index])
        limbs[index] = UInt32(whole / 1_000_000_000)
        rest = whole % 1_000_000_000
      }
      let text = String(rest)
      digits.append(String(repeating: "0", count: 9 - text.count) + text)
    }
    return Double((negative ? "-" : "") + "0" + digits.reversed().joined() + "e\(-scale)")
  }
}

/// IEEE 754 binary16 to double, exact; written out because hardware support for the type is not universal.
private func halfToDouble(_ bits: UInt16) -> Double {
  let sign: Double = bits & 0x8000 != 0 ? -1 : 1
  let exponent = Int(bits >> 10 & 0x1f)
  let fraction = Double(bits & 0x3ff)
  switch exponent {
  case 0: return sign * fraction * 0x1p-24
  case 31: return fraction == 0 ? sign * .infinity : .nan
  default: return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
  }
}

extension Column {
  /// The bytes in a row of text or bytes; nil when missing or of another type.
  public func bytes(at row: Int) -> [UInt8]? { hasValue(row) ? node.text(row).map { Array($0) } : nil }
}
