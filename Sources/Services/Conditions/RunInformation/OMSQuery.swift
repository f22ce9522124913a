import JSON

/// What is asked of OMS: records of one resource that fulfil conditions.
public struct OMSQuery: Sendable, Equatable {
  /// How an attribute is compared.
  public enum Comparison: String, Sendable, CaseIterable {
    /// Equal, not equal, less, less or equal, greater, greater or equal, like a pattern, containing.
    case equal = "EQ"
    case notEqual = "NEQ"
    case less = "LT"
    case lessOrEqual = "LE"
    case greater = "GT"
    case greaterOrEqual = "GE"
    case like = "LIKE"
    case contains = "CT"
  }

  /// A condition on an attribute.
  public struct Condition: Sendable, Equatable {
    /// The attribute.
    public var attribute: String
    /// How it is compared.
    public var comparison: Comparison
    /// With what.
    public var value: String

    /// A condition.
    public init(_ attribute: String, _ comparison: Comparison, _ value: String) {
      self.attribute = attribute
      self.comparison = comparison
      self.value = value
    }
  }

  /// The resource, for example `runs` or `fills`.
  public var resource: String
  /// The attributes wanted; empty for all.
  public var fields: [String]
  /// The conditions, all of which hold.
  public var conditions: [Condition]
  /// The attribute to sort by; a leading `-` for descending.
  public var sort: String?
  /// Parts asked for besides the attributes, for example `meta`, which holds units.
  public var include: [String]
  /// Records a page.
  public var pageSize: Int

  /// A query.
  public init(
    _ resource: String, fields: [String] = [], conditions: [Condition] = [], sort: String? = nil,
    include: [String] = [], pageSize: Int = 100
  ) {
    self.resource = resource
    self.fields = fields
    self.conditions = conditions
    self.sort = sort
    self.include = include
    self.pageSize = max(1, pageSize)
  }

  /// The runs between two numbers.
  public static func runs(_ range: ClosedRange<Int>) -> OMSQuery {
    OMSQuery(
      "runs",
      conditions: [
        Condition("run_number", .greaterOrEqual, "\(range.lowerBound)"),
        Condition("run_number", .lessOrEqual, "\(range.upperBound)"),
      ], sort: "run_number")
  }

  /// The path below the base address with one page, percent-encoded.
  public func path(offset: Int) -> String {
    var items: [(String, String)] = []
    if !fields.isEmpty { items.append(("fields", fields.joined(separator: ","))) }
    for condition in conditions {
      items.append(("filter[\(condition.attribute)][\(condition.comparison.rawValue)]", condition.value))
    }
    if let sort { items.append(("sort", sort)) }
    if !include.isEmpty { items.append(("include", include.joined(separator: ","))) }
    items.append(("page[offset]", "\(offset)"))
    items.append(("page[limit]", "\(pageSize)"))
    return Self.encoded(resource) + "?"
      + items.map { Self.encoded($0.0) + "=" + Self.encoded($0.1) }.joined(separator: "&")
  }

  /// Everything but letters, digits and `- . _ ~ ,` as `%XX` (RFC 3986, section 2.1).
  static func encoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      let isPlain =
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || [45, 46, 95, 126, 44].contains(byte)
      if isPlain {
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return encoded
  }
}

/// One record of OMS.
public struct OMSRecord: Sendable, Equatable {
  /// Its name in the resource.
  public var id: String
  /// Its attributes.
  public var attributes: JSONObject
  /// Units of attributes, where the answer tells them.
  public var units: [String: String]

  /// A record.
  public init(id: String, attributes: JSONObject, units: [String: String] = [:]) {
    self.id = id
    self.attributes = attributes
    self.units = units
  }

  /// A record from a member of `data`; nil when it has no name or no attributes.
  init?(json: JSONValue) {
    guard let attributes = json["attributes"]?.objectValue,
      let id = json["id"]?.stringValue ?? json["id"]?.intValue.map(String.init)
    else { return nil }
    var units: [String: String] = [:]
    for (name, value) in json["meta"]?["row"]?.objectValue?.members ?? [] {
      units[name] = value["units"]?.stringValue
    }
    self.init(id: id, attributes: attributes, units: units)
  }

  /// The number of an attribute, whole or not.
  public func number(_ name: String) -> Double? { attributes[name]?.doubleValue }

  /// The whole number of an attribute.
  public func integer(_ name: String) -> Int? { attributes[name]?.intValue }

  /// The text of an attribute.
  public func text(_ name: String) -> String? { attributes[name]?.stringValue }

  /// The time of an attribute in milliseconds since 1970 UTC.
  public func time(_ name: String) -> Double? { text(name).flatMap(UTCTime.milliseconds(iso:)) }
}
