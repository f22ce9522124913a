/// Many samples of few series, in columns: what parsing yields and the store takes at full speed.
public struct SampleBatch: Sendable {
  /// A series of the batch.
  public struct Series: Sendable, Equatable {
    /// Measurement and tags, as a place in `keys`.
    public var key: Int32
    /// The field.
    public var field: String
    /// What its samples hold.
    public var kind: FieldKind
    /// The unit, where known.
    public var unit: String?
  }

  /// One sample.
  public struct Sample: Sendable, Equatable {
    /// The series, as a place in `series`.
    public var series: Int32
    /// Nanoseconds since 1970-01-01 UTC.
    public var time: Int64
    /// The bits of the double or whole number, 0 or 1 for a truth value, a place in `texts` for a text.
    public var bits: UInt64
  }

  /// The distinct measurements with their tags.
  public internal(set) var keys: [PointKey] = []
  /// The distinct series.
  public internal(set) var series: [Series] = []
  /// The samples in order of arrival; those of one line follow one another.
  public internal(set) var samples: [Sample] = []
  /// Values of text fields.
  public internal(set) var texts: [String] = []
  var keyPlaces: [PointKey: Int32] = [:]
  /// Series of each key.
  var seriesOfKey: [[Int32]] = []

  /// A batch without samples.
  public init() {}

  /// A batch of points; what `append` leaves out is left out.
  public init(_ points: [Point]) {
    samples.reserveCapacity(points.count)
    for point in points { append(point) }
  }

  /// Adds a point.
  ///
  /// What no line of line protocol can carry is left out here, so that every sample of a store can be sent: values that are not
  /// finite, names that are empty or end in a backslash, line ends.
  ///
  /// - Returns: how many of its fields were left out because they cannot be represented.
  @discardableResult
  public mutating func append(_ point: Point) -> Int {
    var leftOut = 0
    let key: Int32
    if let known = keyPlaces[point.key] {
      key = known
    } else {
      guard point.key.isRepresentable else { return point.fields.count }
      key = place(of: point.key)
    }
    for field in point.fields {
      guard !field.name.isEmpty, LineEncoder.isName(field.name), LineEncoder.isValue(field.value) else {
        leftOut += 1
        continue
      }
      let series = place(key, field.name, field.value.kind, field.unit)
      samples.append(Sample(series: series, time: point.time, bits: bits(field.value)))
    }
    return leftOut
  }

  /// The value of a sample.
  public func value(_ sample: Sample) -> FieldValue {
    switch series[Int(sample.series)].kind {
    case .number: .number(Double(bitPattern: sample.bits))
    case .integer: .integer(Int64(bitPattern: sample.bits))
    case .unsigned: .unsigned(sample.bits)
    case .boolean: .boolean(sample.bits != 0)
    case .text: .text(texts[Int(sample.bits)])
    }
  }

  mutating func bits(_ value: FieldValue) -> UInt64 {
    switch value {
    case .number(let value): return value.bitPattern
    case .integer(let value): return UInt64(bitPattern: value)
    case .unsigned(let value): return value
    case .boolean(let value): return value ? 1 : 0
    case .text(let value):
      texts.append(value)
      return UInt64(texts.count - 1)
    }
  }

  mutating func place(of key: PointKey) -> Int32 {
    if let place = keyPlaces[key] { return place }
    let place = Int32(keys.count)
    keys.append(key)
    seriesOfKey.append([])
    keyPlaces[key] = place
    return place
  }

  mutating func place(_ key: Int32, _ field: String, _ kind: FieldKind, _ unit: String? = nil) -> Int32 {
    for place in seriesOfKey[Int(key)] where series[Int(place)].field == field && series[Int(place)].kind == kind {
      return place
    }
    let place = Int32(series.count)
    series.append(Series(key: key, field: field, kind: kind, unit: unit))
    seriesOfKey[Int(key)].append(place)
    return place
  }
}
