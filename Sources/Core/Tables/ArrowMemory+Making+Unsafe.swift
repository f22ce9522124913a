import CArrow

/// Keeps alive what a second handle refers to: the first one, and the validity bits made for it.
private final class SharedParts {
  let memory: ArrowMemory
  let bits: UnsafeMutablePointer<UInt8>?

  init(_ memory: ArrowMemory, _ bits: UnsafeMutablePointer<UInt8>?) {
    self.memory = memory
    self.bits = bits
  }

  deinit { bits?.deallocate() }
}

/// Making columns out of Swift values. Buffers are sized here and filled with exactly that many values.
extension ArrowMemory {
  /// Arrays and schemas of one node; the body fills the buffers, which are zeroed.
  private convenience init(
    _ name: String, _ metadata: [String: String], _ unit: String?, format: String, count: Int, missing: [Bool]?,
    sizes: [Int], children: [Column] = [], _ body: (UnsafeMutablePointer<ArrowArray>) -> Void
  ) {
    self.init { schema, array in
      var pairs = metadata
      if let unit { pairs["unit"] = unit }
      let block = metadataBlock(pairs)
      let nulls = missing.map { $0.count { $0 } } ?? 0
      let bits = nulls > 0 ? (count + 7) / 8 : -1
      let made =
        carrow_schema_make(
          schema, format, name, block, Int64(block?.count ?? 0), Int64(ARROW_FLAG_NULLABLE), Int64(children.count))
        && carrow_array_make(
          array, Int64(count), Int64(nulls), Int64(sizes.count + 1), ([bits] + sizes).map(Int64.init),
          Int64(children.count))
      // As for a Swift array: without memory there is no way on.
      precondition(made, "out of memory")
      if nulls > 0, let missing, let target = Self.buffer(array, 0, as: UInt8.self) {
        // `bits` bytes hold `count` bits; `missing` has `count` entries.
        for row in 0..<count where !missing[row] { target[row >> 3] |= 1 << UInt8(row & 7) }
      }
      for (index, child) in children.enumerated() {
        // `children.count` empty children were made above.
        guard let below = schema.pointee.children?[index], let rows = array.pointee.children?[index] else { continue }
        child.share(below, rows)
      }
      body(array)
    }
  }

  private static func buffer<Value>(
    _ array: UnsafeMutablePointer<ArrowArray>, _ index: Int, as type: Value.Type
  ) -> UnsafeMutablePointer<Value>? {
    // Buffers come from aligned_alloc, so they are writable and aligned for every type.
    array.pointee.buffers?[index].map { UnsafeMutableRawPointer(mutating: $0).assumingMemoryBound(to: type) }
  }

  /// Numbers.
  convenience init<Number: BitwiseCopyable>(
    _ name: String, _ metadata: [String: String], _ unit: String?, format: String, numbers: [Number], missing: [Bool]?
  ) {
    self.init(
      name, metadata, unit, format: format, count: numbers.count, missing: missing,
      sizes: [numbers.count * MemoryLayout<Number>.stride]
    ) { array in
      numbers.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        Self.buffer(array, 1, as: Number.self)?.update(from: base, count: source.count)
      }
    }
  }

  /// Text; with 64-bit offsets when 32 bits do not reach.
  convenience init(_ name: String, _ metadata: [String: String], _ unit: String?, texts: [String?]) {
    let total = texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    let isLarge = total > Int(Int32.max)
    self.init(
      name, metadata, unit, format: isLarge ? "U" : "u", count: texts.count, missing: texts.map { $0 == nil },
      sizes: [(texts.count + 1) * (isLarge ? 8 : 4), total]
    ) { array in
      var end = 0
      let bytes = Self.buffer(array, 2, as: UInt8.self)
      for (row, text) in texts.enumerated() {
        for byte in (text ?? "").utf8 {
          bytes?[end] = byte
          end += 1
        }
        if isLarge {
          Self.buffer(array, 1, as: Int64.self)?[row + 1] = Int64(end)
        } else {
          Self.buffer(array, 1, as: Int32.self)?[row + 1] = Int32(end)
        }
      }
    }
  }

  /// Bytes; with 64-bit offsets when 32 bits do not reach.
  convenience init(_ name: String, _ metadata: [String: String], bytes rows: [[UInt8]?]) {
    let total = rows.reduce(0) { $0 + ($1?.count ?? 0) }
    let isLarge = total > Int(Int32.max)
    self.init(
      name, metadata, nil, format: isLarge ? "Z" : "z", count: rows.count, missing: rows.map { $0 == nil },
      sizes: [(rows.count + 1) * (isLarge ? 8 : 4), total]
    ) { array in
      var end = 0
      let bytes = Self.buffer(array, 2, as: UInt8.self)
      for (row, content) in rows.enumerated() {
        if let content, let bytes {
          // `total` bytes were made, the sum of all counts.
          for (i, byte) in content.enumerated() { bytes[end + i] = byte }
          end += content.count
        }
        if isLarge {
          Self.buffer(array, 1, as: Int64.self)?[row + 1] = Int64(end)
        } else {
          Self.buffer(array, 1, as: Int32.self)?[row + 1] = Int32(end)
        }
      }
    }
  }

  /// Truth values, one bit each.
  convenience init(_ name: String, _ metadata: [String: String], _ unit: String?, bools: [Bool?]) {
    self.init(
      name, metadata, unit, format: "b", count: bools.count, missing: bools.map { $0 == nil },
      sizes: [(bools.count + 7) / 8]
    ) { array in
      let bits = Self.buffer(array, 1, as: UInt8.self)
      for (row, value) in bools.enumerated() where value == true { bits?[row >> 3] |= 1 << UInt8(row & 7) }
    }
  }

  /// Lists cut from the rows of `element`, whose number is the sum of the lengths.
  convenience init(
    _ name: String, _ metadata: [String: String], _ unit: String?, element: Column, lengths: [Int?]
  ) {
    let isLarge = element.count > Int(Int32.max)
    self.init(
      name, metadata, unit, format: isLarge ? "+L" : "+l", count: lengths.count, missing: lengths.map { $0 == nil },
      sizes: [(lengths.count + 1) * (isLarge ? 8 : 4)], children: [element.renamed("item")]
    ) { array in
      var end = 0
      for (row, length) in lengths.enumerated() {
        end += length ?? 0
        if isLarge {
          Self.buffer(array, 1, as: Int64.self)?[row + 1] = Int64(end)
        } else {
          Self.buffer(array, 1, as: Int32.self)?[row + 1] = Int32(end)
        }
      }
    }
  }

  /// Records of members that all have `count` rows.
  convenience init(_ name: String, _ metadata: [String: String], members: [Column], count: Int, missing: [Bool]?) {
    self.init(name, metadata, nil, format: "+s", count: count, missing: missing, sizes: [], children: members) { _ in }
  }
}

extension Column {
  /// The column with its present name and remarks as memory of its own kind, without copying values.
  func shared() -> ArrowMemory { ArrowMemory { share($0, $1) } }

  /// Puts a second handle on this column into two empty structs; it keeps the first alive until it is released.
  fileprivate func share(_ schema: UnsafeMutablePointer<ArrowSchema>, _ array: UnsafeMutablePointer<ArrowArray>) {
    var bits: UnsafeMutablePointer<UInt8>?
    if hasMissingRecords {
      // A member is missing where its record is: those bits are made here, from bit `offset` on.
      let size = (node.offset + node.count + 7) / 8 + 1
      let made = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
      made.initialize(repeating: 0, count: size)
      for row in 0..<count where hasValue(row) {
        let bit = node.offset + row
        made[bit >> 3] |= 1 << UInt8(bit & 7)
      }
      bits = made
    }
    let token = Unmanaged.passRetained(SharedParts(node.memory, bits)).toOpaque()
    let block = metadataBlock(metadata)
    let made = name.withCString { label in
      block.withOptionalBase { pairs in
        var view = CArrowColumn(
          schema: node.schema, array: node.array, name: label, metadata: pairs, validity: UnsafePointer(bits),
          offset: Int64(node.offset), length: Int64(node.count), nullable: true)
        return carrow_share(&view, schema, array, token) { token in
          if let token { Unmanaged<SharedParts>.fromOpaque(token).release() }
        }
      }
    }
    precondition(made, "out of memory")
  }
}

extension Optional where Wrapped == [CChar] {
  /// Calls `body` with the bytes, or with nil when there are none.
  func withOptionalBase<Value>(_ body: (UnsafePointer<CChar>?) -> Value) -> Value {
    guard let self else { return body(nil) }
    return self.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
