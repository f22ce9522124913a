import Conditions
import Errors
import Foundation
import SQLite
import TestSupport

@testable import PixelMonitoring

/// The reference case: seven fills with their conditions.
enum PixelCase {
  /// The text of a golden file.
  static func text(_ name: String) throws -> String {
    String(decoding: try TestResources.bytes("pixel/\(name)"), as: UTF8.self)
  }

  /// The seven fills.
  static func fills() throws -> [Fill] {
    try FillList(path: TestResources.path("pixel/expected/fills/fills_run3.csv")).fills
  }

  /// Runs `body` with the reference conditions in an SQLite file, after `sql` has changed them.
  static func withConditions<Value>(
    _ sql: String = "", options: ConditionsDatabase.Options = .init(), _ body: (PixelConditions) throws -> Value
  ) throws -> Value {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "conditions.sqlite").path
      let database = try SQLiteDatabase(path, mode: .create)
      try database.execute("BEGIN;" + (try text("db/conditions.sql")) + sql + ";COMMIT")
      return try body(
        PixelConditions(try ConditionsDatabase(.file(path), options: options), tables: try ConditionsTables()))
    }
  }

  /// Currents of some fills, by fill.
  static func currents(
    _ conditions: PixelConditions, _ fills: [Fill], _ subsystem: Subsystem = .barrel,
    _ change: (inout CurrentOptions) -> Void = { _ in }
  ) throws -> (currents: [Int: FillCurrents], warnings: [CavernWarning]) {
    var options = CurrentOptions(subsystem)
    change(&options)
    let reader = CurrentReader(conditions, facts: try PixelFacts.builtIn(), options: options)
    var found: [Int: FillCurrents] = [:]
    let warnings = try reader.read(fills) { found[$0.fill.number] = $0 }
    return (found, warnings)
  }

  /// Temperatures of some fills, by fill.
  static func temperatures(
    _ conditions: PixelConditions, _ fills: [Fill], _ subsystem: Subsystem = .barrel,
    options: TemperatureOptions = .compatible
  ) throws -> (temperatures: [Int: FillTemperatures], warnings: [CavernWarning]) {
    let reader = GroupTemperatureReader(
      conditions, facts: try PixelFacts.builtIn(), options: options, subsystems: [subsystem])
    var found: [Int: FillTemperatures] = [:]
    let warnings = try reader.read(fills) { found[$0.fill.number] = $0 }
    return (found, warnings)
  }

  /// Currents and temperatures of a fill as the reference has them.
  static func leakage(_ fill: Int) throws -> FillLeakage {
    let facts = try PixelFacts.builtIn()
    return try FillLeakage.read(
      fill: fill, subsystem: .barrel, currents: TestResources.path("pixel/expected/currents_processed"),
      temperatures: TestResources.path("pixel/expected/temperatures_readout_group"), facts: facts
    ).leakage
  }
}
