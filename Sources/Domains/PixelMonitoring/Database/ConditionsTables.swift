import Conditions
import Errors

/// The conditions tables as queries: five portable forms, values always bound.
public struct ConditionsTables: Sendable, Equatable {
  /// The owner of the tables, put before their names; `nil` for none.
  public let schema: String?

  /// The tables of an owner.
  ///
  /// - Throws: `pixel.badSchema` when the name is no plain identifier, since it becomes part of the text.
  public init(schema: String? = nil) throws(CavernError) {
    if let schema {
      let isPlain =
        !schema.isEmpty
        && schema.utf8.allSatisfy {
          (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            || [0x5F, 0x24, 0x23, 0x2E].contains($0)
        }
      guard isPlain else {
        throw CavernError(
          "pixel.badSchema", "'\(schema)' cannot be the owner of tables", exit: .usage,
          expected: "letters, digits and _ $ # .", hint: "for example --schema cms_trk_dcs_pvss_cond")
      }
    }
    self.schema = schema
  }

  /// A table with its owner.
  public func name(_ table: Table) -> String { schema.map { "\($0).\(table.rawValue)" } ?? table.rawValue }

  /// The tables by name.
  public enum Table: String, Sendable, CaseIterable {
    /// Names of channels and when they were given.
    case aliases
    /// Numbers of channels.
    case channels = "dp_name2id"
    /// Readings of power supplies.
    case supplies = "fwcaenchannel"
    /// Readings of temperature sensors.
    case sensors = "tkplcreadsensor"
    /// Bias voltages by cable.
    case voltages = "v_voltages"

    /// Column names and kinds, in order.
    public var columns: [(name: String, kind: SQLColumnKind)] {
      switch self {
      case .aliases: [("alias", .name), ("dpe_name", .name), ("since", .time), ("update_count", .integer)]
      case .channels: [("id", .integer), ("dpname", .name)]
      case .supplies:
        [("dpid", .integer), ("change_date", .time), ("actual_imon", .number), ("actual_vmon", .number)]
      case .sensors: [("dpid", .integer), ("change_date", .time), ("value_converted", .number)]
      case .voltages: [("cable", .text(maximumBytes: 256)), ("change_date", .time), ("vmon", .number)]
      }
    }

    /// The column that says when; `nil` for the numbers of channels.
    public var timeColumn: String? {
      switch self {
      case .aliases: "since"
      case .channels: nil
      case .supplies, .sensors, .voltages: "change_date"
      }
    }
  }

  /// Names of channels that are like a pattern and were given until a time, with number and time (first form).
  func channelMap(like pattern: String, until end: ConditionsTime) -> SQLQuery {
    SQLQuery(
      """
      SELECT a.alias, n.id, a.since FROM \(name(.aliases)) a JOIN \(name(.channels)) n ON n.dpname || '.' = a.dpe_name \
      WHERE a.alias LIKE ? AND a.since <= ? ORDER BY a.alias, a.since
      """, [.text(pattern), .time(end)], columns: [.name, .integer, .time])
  }

  /// Readings of supplies in [from, to], current and voltage (second form).
  func supplyReadings(_ ids: [Int64], from: ConditionsTime, to: ConditionsTime, needsCurrent: Bool = true) -> SQLQuery {
    let kind = needsCurrent ? "actual_imon" : "actual_vmon"
    return SQLQuery(
      """
      SELECT dpid, change_date, actual_imon, actual_vmon FROM \(name(.supplies)) \
      WHERE change_date >= ? AND change_date <= ? AND \(kind) IS NOT NULL\(Self.isOne(of: ids)) \
      ORDER BY change_date, dpid
      """, [.time(from), .time(to)] + ids.map { .integer($0) }, columns: [.integer, .time, .number, .number])
  }

  /// All rows of supplies in [from, to), for copies.
  func allSupplyReadings(_ ids: [Int64], from: ConditionsTime, to: ConditionsTime) -> SQLQuery {
    SQLQuery(
      """
      SELECT dpid, change_date, actual_imon, actual_vmon FROM \(name(.supplies)) \
      WHERE change_date >= ? AND change_date < ?\(Self.isOne(of: ids)) ORDER BY change_date, dpid
      """, [.time(from), .time(to)] + ids.map { .integer($0) }, columns: [.integer, .time, .number, .number])
  }

  /// Readings of sensors in [from, to) (third form).
  func sensorReadings(_ ids: [Int64], from: ConditionsTime, to: ConditionsTime) -> SQLQuery {
    SQLQuery(
      """
      SELECT dpid, change_date, value_converted FROM \(name(.sensors)) \
      WHERE change_date >= ? AND change_date < ?\(Self.isOne(of: ids)) ORDER BY change_date, dpid
      """, [.time(from), .time(to)] + ids.map { .integer($0) }, columns: [.integer, .time, .number])
  }

  /// Bias voltages in [from, to) (fourth form).
  func voltageReadings(from: ConditionsTime, to: ConditionsTime) -> SQLQuery {
    SQLQuery(
      """
      SELECT cable, change_date, vmon FROM \(name(.voltages)) WHERE change_date >= ? AND change_date < ? \
      ORDER BY change_date
      """, [.time(from), .time(to)], columns: [.text(maximumBytes: 256), .time, .number])
  }

  /// Number of rows and first and last time of a table.
  func extent(_ table: Table) -> SQLQuery {
    let time = table.timeColumn ?? "NULL"
    return SQLQuery(
      "SELECT COUNT(*), MIN(\(time)), MAX(\(time)) FROM \(name(table))",
      columns: table.timeColumn == nil
        ? [.integer, .text(maximumBytes: 64), .text(maximumBytes: 64)] : [.integer, .time, .time])
  }

  /// A query that gives no rows but fails when a column is missing.
  func probe(_ table: Table, column: String) -> SQLQuery {
    SQLQuery("SELECT \(column) FROM \(name(table)) WHERE 1 = 0", columns: [.text(maximumBytes: 64)])
  }

  private static func isOne(of ids: [Int64]) -> String {
    ids.isEmpty ? "" : " AND dpid IN (" + repeatElement("?", count: ids.count).joined(separator: ", ") + ")"
  }
}
