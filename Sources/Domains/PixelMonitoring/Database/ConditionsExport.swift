import Conditions
import Errors
import Files
import Foundation

/// Copies a period of the pixel conditions between databases.
public enum ConditionsExport {
  /// Rows copied of a table.
  public typealias Copied = (table: ConditionsTables.Table, rows: Int)

  /// Copies.
  ///
  /// - Parameters:
  ///   - begin: begin of the period.
  ///   - end: its end, which does not belong to it.
  ///   - overwrites: whether an SQLite file that is there is replaced.
  ///   - open: opens a database for writing.
  /// - Returns: the number of rows by table.
  /// - Throws: `database.exists`, and as `ConditionsDatabase.rows` and `transaction`.
  public static func run(
    from source: PixelConditions, to target: DatabaseSource, begin: ConditionsTime, end: ConditionsTime,
    overwrites: Bool, open: (String) throws(CavernError) -> ConditionsDatabase
  ) throws(CavernError) -> [Copied] {
    switch target {
    case .odbc(let text): return try copy(from: source, to: try open(text), begin, end)
    case .file(let path):
      if !overwrites, FileManager.default.fileExists(atPath: path) {
        throw CavernError(
          "database.exists", "there is a file already", exit: .cannotCreate, file: path,
          hint: "replace it with --overwrite")
      }
      var copied: [Copied] = []
      try AtomicFile.write(path, isSynchronised: false) { (temporary) throws(CavernError) in
        do throws(CavernError) {
          let database = try open(temporary)
          try database.execute("PRAGMA journal_mode = OFF")
          try database.execute("PRAGMA synchronous = OFF")
          copied = try copy(from: source, to: database, begin, end)
        } catch {
          var named = error
          if error.file == temporary { named.file = path }
          throw named
        }
      }
      return copied
    }
  }

  private static func copy(
    from source: PixelConditions, to target: ConditionsDatabase, _ begin: ConditionsTime, _ end: ConditionsTime
  ) throws(CavernError) -> [Copied] {
    let tables = try ConditionsTables()
    try makeTables(target, tables)
    let supplies = try ChannelMap(source, .supplies, until: end)
    let sensors = try ChannelMap(source, .sensors, until: end)
    var copied: [Copied] = []
    let wanted = "alias LIKE ? AND since <= ?"
    let names = try source.database.rows(
      SQLQuery(
        "SELECT alias, dpe_name, since, update_count FROM \(source.tables.name(.aliases)) WHERE \(wanted) ORDER BY alias, since",
        [.text("%Pixel%"), .time(end)], columns: ConditionsTables.Table.aliases.columns.map(\.kind)))
    copied.append((.aliases, try insert(names, .aliases, into: target, tables)))
    let numbers = try source.database.rows(
      SQLQuery(
        """
        SELECT DISTINCT n.id, n.dpname FROM \(source.tables.name(.channels)) n JOIN \(source.tables.name(.aliases)) a \
        ON n.dpname || '.' = a.dpe_name WHERE a.alias LIKE ? AND a.since <= ? ORDER BY n.id, n.dpname
        """, [.text("%Pixel%"), .time(end)], columns: ConditionsTables.Table.channels.columns.map(\.kind)))
    copied.append((.channels, try insert(numbers, .channels, into: target, tables)))
    let step = source.stretchDays * 86_400
    func inSteps(
      _ table: ConditionsTables.Table, from first: ConditionsTime,
      _ body: (ConditionsTime, ConditionsTime) throws(CavernError) -> [SQLQuery]
    ) throws(CavernError) {
      var (from, count) = (first, 0)
      while from < end {
        let to = min(end, from.adding(seconds: step))
        for query in try body(from, to) {
          count += try insert(try source.database.rows(query), table, into: target, tables)
        }
        from = to
      }
      copied.append((table, count))
    }
    let supplyIDs = source.lists(supplies.ids(of: supplies.names))
    try inSteps(.supplies, from: begin) { (from, to) throws(CavernError) in
      supplyIDs.map { source.tables.allSupplyReadings($0, from: from, to: to) }
    }
    let sensorIDs = source.lists(sensors.ids(of: sensors.names))
    try inSteps(.sensors, from: begin.adding(seconds: -48 * 3600)) { (from, to) throws(CavernError) in
      sensorIDs.map { source.tables.sensorReadings($0, from: from, to: to) }
    }
    if try source.hasVoltageView() {
      try inSteps(.voltages, from: begin.adding(seconds: -30 * 86_400)) { (from, to) throws(CavernError) in
        [source.tables.voltageReadings(from: from, to: to)]
      }
    }
    try makeIndexes(target)
    return copied
  }

  private static func insert(
    _ rows: SQLRows, _ table: ConditionsTables.Table, into target: ConditionsDatabase, _ tables: ConditionsTables
  ) throws(CavernError) -> Int {
    guard rows.count > 0 else { return 0 }
    let most = target.rowsPerInsert
    let head = "INSERT INTO \(tables.name(table)) (\(table.columns.map(\.name).joined(separator: ", "))) VALUES "
    let one = "(" + table.columns.map { _ in "?" }.joined(separator: ", ") + ")"
    try target.transaction { (execute) throws(CavernError) in
      var row = 0
      while row < rows.count {
        let part = row..<min(row + most, rows.count)
        let values = part.flatMap { index in (0..<rows.columns.count).map { rows.value(index, $0) } }
        try execute(head + repeatElement(one, count: part.count).joined(separator: ", "), values)
        row = part.upperBound
      }
    }
    return rows.count
  }

  /// The portable form of the tables.
  static let creation: [(table: ConditionsTables.Table, sql: String)] = [
    (
      .aliases,
      "CREATE TABLE aliases (alias VARCHAR(256) NOT NULL, dpe_name VARCHAR(256) NOT NULL, since TIMESTAMP NOT NULL, "
        + "update_count INTEGER)"
    ),
    (.channels, "CREATE TABLE dp_name2id (id INTEGER NOT NULL, dpname VARCHAR(256) NOT NULL)"),
    (
      .supplies,
      "CREATE TABLE fwcaenchannel (dpid INTEGER NOT NULL, change_date TIMESTAMP NOT NULL, actual_imon DOUBLE PRECISION, "
        + "actual_vmon DOUBLE PRECISION)"
    ),
    (
      .sensors,
      "CREATE TABLE tkplcreadsensor (dpid INTEGER NOT NULL, change_date TIMESTAMP NOT NULL, value_converted DOUBLE PRECISION)"
    ),
    (
      .voltages,
      "CREATE TABLE v_voltages (cable VARCHAR(128) NOT NULL, change_date TIMESTAMP NOT NULL, vmon DOUBLE PRECISION)"
    ),
  ]

  /// Indexes that every copy has.
  static let indexes = [
    "CREATE INDEX fwcaenchannel_dpid ON fwcaenchannel (dpid, change_date)",
    "CREATE INDEX tkplcreadsensor_dpid ON tkplcreadsensor (dpid, change_date)",
    "CREATE INDEX v_voltages_cable ON v_voltages (cable, change_date)",
  ]

  private static func makeTables(_ target: ConditionsDatabase, _ tables: ConditionsTables) throws(CavernError) {
    for (table, sql) in creation {
      do throws(CavernError) {
        let rows = try target.rows(tables.extent(table))
        guard rows.integers(0).first.flatMap({ $0 }) == 0 else {
          throw CavernError(
            "database.exists", "table \(table.rawValue) of the target holds rows already", exit: .cannotCreate,
            file: target.source.name, hint: "copy to an empty database")
        }
      } catch {
        guard error.code == "database.noTable" else { throw error }
        try target.execute(sql)
      }
    }
  }

  private static func makeIndexes(_ target: ConditionsDatabase) throws(CavernError) {
    for sql in indexes {
      do throws(CavernError) {
        try target.execute(sql)
      } catch {
        // A target that had the tables may have the indexes.
        guard error.message.contains("exists") else { throw error }
      }
    }
  }
}
