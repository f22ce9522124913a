/// A measurement with its tags: what the fields of one line have in common.
public struct PointKey: Sendable, Hashable {
  /// The measurement, for example `Temperature [K]`.
  public let measurement: String
  /// Tags ordered by key; none has an empty key or value.
  public let tags: [Tag]

  /// A name and a value that tell series of one measurement apart.
  public struct Tag: Sendable, Hashable {
    /// The name.
    public let key: String
    /// The value.
    public let value: String

    /// A tag.
    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// A measurement with its tags; empty ones and those with the separators U+001E and U+001F are left out, the last of several
  /// with one key counts.
  public init(_ measurement: String, tags: [Tag] = []) {
    self.measurement = measurement
    var byKey: [String: String] = [:]
    for tag in tags where !tag.key.isEmpty && !tag.value.isEmpty {
      guard !(tag.key + tag.value).utf8.contains(where: { $0 == 0x1E || $0 == 0x1F }) else { continue }
      byKey[tag.key] = tag.value
    }
    self.tags = byKey.map { Tag(key: $0.key, value: $0.value) }.sorted {
      $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
    }
  }

  /// A measurement with its tags by name.
  public init(_ measurement: String, _ tags: KeyValuePairs<String, String>) {
    self.init(measurement, tags: tags.map { Tag(key: $0.key, value: $0.value) })
  }

  /// Whether a line can carry it: it has a measurement, and nothing in it holds a line end or ends in a backslash.
  public var isRepresentable: Bool {
    !measurement.isEmpty && LineEncoder.isName(measurement)
      && tags.allSatisfy { LineEncoder.isName($0.key) && LineEncoder.isName($0.value) }
  }

  /// The value of a tag.
  public func tag(_ key: String) -> String? { tags.first { $0.key == key }?.value }
}

/// One series: a field of a measurement with its tags.
public struct SeriesKey: Sendable, Hashable {
  /// Measurement and tags.
  public let point: PointKey
  /// The field.
  public let field: String

  /// A series.
  public init(_ point: PointKey, field: String) {
    self.point = point
    self.field = field
  }
}
