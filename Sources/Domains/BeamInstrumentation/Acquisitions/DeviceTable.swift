import Errors
import JSON
import Tables

/// The table that says which column of an acquisition file is which kind of record: a data file, so that another device or
/// machine is a line and not a change of the program.
public struct DeviceTable: Sendable, Equatable {
  /// Kinds of records that readers ask for.
  public enum Kind: String, Sendable, CaseIterable {
    /// Charges per slot and measurement, from a fast transformer.
    case bunchIntensity
    /// Charges in the ring, from a DC transformer.
    case totalIntensity
  }

  /// One kind of record: how to know it and what its fields are called.
  public struct Record: Sendable, Equatable {
    /// The kind.
    public var kind: Kind
    /// Patterns of column names; `*` stands for any characters, `?` for one.
    public var columns: [String]
    /// The field that the value must have.
    public var marker: String
    /// Patterns of column names that are of this kind even when the marker is missing.
    public var addresses: [String]
    /// Names of fields by what they mean, for example `times` → `measStamp`.
    public var fields: [String: String]
  }

  /// The kinds in the order in which they are tried.
  public var records: [Record]
  private var machineEntries: [MachineEntry]
  private var chargeStates: [ChargeEntry]

  private struct MachineEntry: Sendable, Equatable {
    var name: String
    var prefixes: [String]
  }

  private struct ChargeEntry: Sendable, Equatable {
    var machine: String
    var selector: String
    var particle: String
  }

  /// The table that is part of the program.
  ///
  /// - Throws: `facts.damaged`.
  public static func builtIn() throws(CavernError) -> DeviceTable {
    try DeviceTable(json: Facts.json(PackageResources.devices_json, name: "devices.json"))
  }

  /// A table from its JSON form (schema `cavern.devices/1`).
  ///
  /// - Throws: `devices.badTable` when the schema or an entry is not what it should be.
  public init(json: JSONValue) throws(CavernError) {
    guard json["schema"]?.stringValue == "cavern.devices/1" else {
      throw Self.bad("it is not a device table", expected: "\"schema\": \"cavern.devices/1\"")
    }
    records = []
    for entry in json["records"]?.arrayValue ?? [] {
      guard let name = entry["kind"]?.stringValue, let kind = Kind(rawValue: name) else {
        throw Self.bad("a record has no known kind", expected: Kind.allCases.map(\.rawValue).joined(separator: ", "))
      }
      guard let marker = entry["marker"]?.stringValue, let columns = entry["columns"]?.arrayValue else {
        throw Self.bad("the record '\(name)' lacks 'marker' or 'columns'", expected: nil)
      }
      let fields = (entry["fields"]?.objectValue?.members ?? []).compactMap { member in
        member.value.stringValue.map { (member.name, $0) }
      }
      records.append(
        Record(
          kind: kind, columns: columns.compactMap(\.stringValue), marker: marker,
          addresses: entry["addresses"]?.arrayValue?.compactMap(\.stringValue) ?? [],
          fields: Dictionary(fields, uniquingKeysWith: { $1 })))
    }
    machineEntries = (json["machines"]?.arrayValue ?? []).compactMap { entry in
      guard let name = entry["name"]?.stringValue else { return nil }
      return MachineEntry(name: name, prefixes: entry["prefixes"]?.arrayValue?.compactMap(\.stringValue) ?? [name])
    }
    chargeStates = (json["chargeStates"]?.arrayValue ?? []).compactMap { entry in
      guard let machine = entry["machine"]?.stringValue, let selector = entry["selector"]?.stringValue,
        let particle = entry["particle"]?.stringValue
      else { return nil }
      return ChargeEntry(machine: machine, selector: selector, particle: particle)
    }
  }

  private static func bad(_ message: String, expected: String?) -> CavernError {
    CavernError(
      "devices.badTable", "the device table cannot be used: \(message)", exit: .configuration, expected: expected)
  }

  /// What a column is; `nil` for one that no entry fits.
  ///
  /// A field that is missing, or a value that was saved without its fields, does not hide a device whose address is known.
  public func record(for field: Field) -> Record? {
    guard let value = field.children.first(where: { $0.name == "value" }) else { return nil }
    func isNamed(_ patterns: [String]) -> Bool { patterns.contains { Wildcard.matches(field.name, pattern: $0) } }
    return records.first { record in
      value.children.contains { $0.name == record.marker } && isNamed(record.columns)
    } ?? records.first { isNamed($0.addresses) }
  }

  /// The machine of a device, by the first part of its name; `nil` when the table does not know it.
  public func machine(of address: DeviceAddress) -> String? {
    machineEntries.first { entry in
      entry.prefixes.contains { Wildcard.matches(address.machine, pattern: $0) }
    }?.name
  }

  /// The particle that a timing user of a machine usually means; `nil` when that is not known.
  public func particle(machine: String?, selector: String?) -> String? {
    guard let machine, let selector else { return nil }
    return chargeStates.first {
      $0.machine == machine && Wildcard.matches(selector.uppercased(), pattern: $0.selector)
    }?.particle
  }
}

/// Patterns with `*` for any characters and `?` for one.
enum Wildcard {
  /// Whether the whole text fits the pattern.
  ///
  /// - Complexity: O(text · pattern) at the worst.
  static func matches(_ text: String, pattern: String) -> Bool {
    let text = Array(text.utf8)
    let pattern = Array(pattern.utf8)
    var (t, p) = (0, 0)
    var retry: (text: Int, pattern: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        retry = (t, p)
        p += 1
      } else if p < pattern.count, pattern[p] == text[t] || pattern[p] == UInt8(ascii: "?") {
        t += 1
        p += 1
      } else if let last = retry {
        retry = (last.text + 1, last.pattern)
        t = last.text + 1
        p = last.pattern + 1
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
    return p == pattern.count
  }
}
