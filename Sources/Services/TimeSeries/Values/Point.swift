/// Fields of a measurement that belong to one moment; one line of line protocol.
public struct Point: Sendable, Equatable {
  /// Measurement and tags.
  public var key: PointKey
  /// Fields in order.
  public var fields: [Field]
  /// Nanoseconds since 1970-01-01 UTC, chosen by whoever measured.
  public var time: Int64

  /// A named value.
  public struct Field: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The value.
    public var value: FieldValue
    /// The unit, for people; it is kept with the series and not sent.
    public var unit: String?

    /// A field.
    public init(_ name: String, _ value: FieldValue, unit: String? = nil) {
      self.name = name
      self.value = value
      self.unit = unit
    }
  }

  /// A point.
  ///
  /// - Parameters:
  ///   - key: measurement and tags.
  ///   - fields: the values.
  ///   - time: nanoseconds since 1970-01-01 UTC.
  public init(_ key: PointKey, _ fields: [Field], time: Int64) {
    self.key = key
    self.fields = fields
    self.time = time
  }
}
