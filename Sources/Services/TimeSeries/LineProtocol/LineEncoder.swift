/// Writes line protocol: `measurement,tag=value field=value timestamp`, times in nanoseconds.
///
/// Escapes as InfluxDB documents them: a backslash before comma and blank in measurements, and before comma, equals sign and
/// blank in tag keys, tag values and field keys; inside quoted texts before quotes and backslashes.
public struct LineEncoder: Sendable {
  /// The lines so far, each with a line feed.
  public private(set) var bytes: [UInt8] = []
  /// How many lines there are.
  public private(set) var lineCount = 0

  /// An encoder without lines.
  public init() {}

  /// Adds a point.
  ///
  /// Fields that are not finite are left out.
  ///
  /// - Returns: `false`, with nothing written, when the point cannot be represented: no measurement, no field left, or a line
  ///   end in a name or text.
  @discardableResult
  public mutating func append(_ point: Point) -> Bool {
    let start = bytes.count
    guard !point.key.measurement.isEmpty, Self.escape(point.key, into: &bytes) else {
      bytes.removeSubrange(start...)
      return false
    }
    var isFirst = true
    for field in point.fields where !field.name.isEmpty {
      let fieldStart = bytes.count
      bytes.append(isFirst ? 0x20 : 0x2C)
      guard Self.escape(field.name, commaAndBlankOnly: false, into: &bytes) else {
        bytes.removeSubrange(start...)
        return false
      }
      bytes.append(0x3D)
      switch Self.write(field.value, into: &bytes) {
      case .done: isFirst = false
      case .absent: bytes.removeSubrange(fieldStart...)
      case .refused:
        bytes.removeSubrange(start...)
        return false
      }
    }
    guard !isFirst else {
      bytes.removeSubrange(start...)
      return false
    }
    finishLine(point.time)
    return true
  }

  /// Adds all samples of a batch; neighbours of one key and time share a line.
  public mutating func append(_ batch: SampleBatch) {
    let prefixes = batch.keys.map { key in
      var prefix: [UInt8] = []
      return Self.escape(key, into: &prefix) ? prefix : []
    }
    let fields = batch.series.map { series in
      var name: [UInt8] = []
      _ = Self.escape(series.field, commaAndBlankOnly: false, into: &name)
      return name + [0x3D]
    }
    bytes.reserveCapacity(bytes.count + batch.samples.count * 64)
    var openKey: Int32 = -1
    var openTime: Int64 = 0
    for sample in batch.samples {
      let series = batch.series[Int(sample.series)]
      if openKey >= 0, series.key != openKey || sample.time != openTime {
        finishLine(openTime)
        openKey = -1
      }
      let start = bytes.count
      if openKey >= 0 {
        bytes.append(0x2C)
      } else {
        guard !prefixes[Int(series.key)].isEmpty else { continue }
        bytes.append(contentsOf: prefixes[Int(series.key)])
        bytes.append(0x20)
      }
      bytes.append(contentsOf: fields[Int(sample.series)])
      let outcome: Outcome
      switch series.kind {
      case .number: outcome = Self.writeNumber(Double(bitPattern: sample.bits), into: &bytes)
      default: outcome = Self.write(batch.value(sample), into: &bytes)
      }
      if outcome == .done {
        openKey = series.key
        openTime = sample.time
      } else {
        // A line that was open before goes on; one that begins with this value does not come about.
        bytes.removeSubrange(start...)
      }
    }
    if openKey >= 0 { finishLine(openTime) }
  }

  /// Whether a line can carry a name of a measurement, tag or field, or the value of a tag: none with a line end, and none that ends
  /// in a backslash, which would take the separator after it for its own.
  static func isName(_ name: String) -> Bool {
    name.utf8.last != 0x5C && !name.utf8.contains { $0 == 0x0A || $0 == 0x0D }
  }

  /// Whether a line can carry a value.
  static func isValue(_ value: FieldValue) -> Bool {
    switch value {
    case .number(let value): value.isFinite
    case .text(let value): !value.utf8.contains { $0 == 0x0A || $0 == 0x0D }
    case .integer, .unsigned, .boolean: true
    }
  }

  private mutating func finishLine(_ time: Int64) {
    bytes.append(0x20)
    DecimalText.write(time, into: &bytes)
    bytes.append(0x0A)
    lineCount += 1
  }

  enum Outcome { case done, absent, refused }

  static func write(_ value: FieldValue, into bytes: inout [UInt8]) -> Outcome {
    switch value {
    case .number(let value): return writeNumber(value, into: &bytes)
    case .integer(let value):
      DecimalText.write(value, into: &bytes)
      bytes.append(UInt8(ascii: "i"))
    case .unsigned(let value):
      bytes.append(contentsOf: value.description.utf8)
      bytes.append(UInt8(ascii: "u"))
    case .boolean(let value): bytes.append(UInt8(ascii: value ? "t" : "f"))
    case .text(let value):
      bytes.append(0x22)
      for byte in value.utf8 {
        if byte == 0x0A || byte == 0x0D { return .refused }
        if byte == 0x22 || byte == 0x5C { bytes.append(0x5C) }
        bytes.append(byte)
      }
      bytes.append(0x22)
    }
    return .done
  }

  private static func writeNumber(_ value: Double, into bytes: inout [UInt8]) -> Outcome {
    guard value.isFinite else { return .absent }
    DecimalText.write(value, into: &bytes)
    return .done
  }

  /// Measurement and tags; `false` when a name holds a line end or ends in a backslash, which no reader could part.
  static func escape(_ key: PointKey, into bytes: inout [UInt8]) -> Bool {
    guard escape(key.measurement, commaAndBlankOnly: true, into: &bytes) else { return false }
    for tag in key.tags {
      bytes.append(0x2C)
      guard escape(tag.key, commaAndBlankOnly: false, into: &bytes) else { return false }
      bytes.append(0x3D)
      guard escape(tag.value, commaAndBlankOnly: false, into: &bytes) else { return false }
    }
    return true
  }

  static func escape(_ name: String, commaAndBlankOnly: Bool, into bytes: inout [UInt8]) -> Bool {
    var last: UInt8 = 0
    for byte in name.utf8 {
      switch byte {
      case 0x0A, 0x0D: return false
      case 0x2C, 0x20: bytes.append(0x5C)
      case 0x3D where !commaAndBlankOnly: bytes.append(0x5C)
      default: break
      }
      bytes.append(byte)
      last = byte
    }
    return last != 0x5C
  }
}
