import Conditions
import Errors

/// What a database holds of one table.
public struct ConditionsCheck: Sendable, Equatable {
  /// The table.
  public var table: ConditionsTables.Table
  /// Whether it is there.
  public var exists = true
  /// Columns it lacks.
  public var missing: [String] = []
  /// Number of rows; `nil` when it is not whole.
  public var rows: Int?
  /// First time in it.
  public var first: ConditionsTime?
  /// Last time in it.
  public var last: ConditionsTime?

  /// Whether the table is there with all columns.
  public var isGood: Bool { exists && missing.isEmpty }

  init(_ table: ConditionsTables.Table) { self.table = table }

  /// Looks at every table.
  ///
  /// - Throws: failures other than missing tables and columns.
  public static func run(_ conditions: PixelConditions) throws(CavernError) -> [ConditionsCheck] {
    var checks: [ConditionsCheck] = []
    for table in ConditionsTables.Table.allCases {
      var check = ConditionsCheck(table)
      for column in table.columns where column.name != "update_count" {
        do throws(CavernError) {
          _ = try conditions.database.rows(conditions.tables.probe(table, column: column.name))
        } catch {
          switch error.code {
          case "database.noTable": check.exists = false
          case "database.statement": check.missing.append(column.name)
          default: throw error
          }
        }
        if !check.exists { break }
      }
      if check.isGood {
        let rows = try conditions.database.rows(conditions.tables.extent(table))
        check.rows = rows.integers(0).first.flatMap { $0 }.map { Int($0) }
        check.first = rows.times(1).first.flatMap { $0 }
        check.last = rows.times(2).first.flatMap { $0 }
      }
      checks.append(check)
    }
    return checks
  }
}
