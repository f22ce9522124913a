import Conditions
import Errors

/// The conditions database of the tracker as the pixel monitoring reads it: in stretches of time, each series once.
public struct PixelConditions: Sendable {
  /// The database.
  public let database: ConditionsDatabase
  /// Names and queries of its tables.
  public let tables: ConditionsTables
  /// Longest stretch of one query, in days; bounds the memory.
  public var stretchDays = 30.0
  /// Most numbers in one list of a query.
  static let listLimit = 500

  /// A database with the owner of its tables.
  public init(_ database: ConditionsDatabase, tables: ConditionsTables) {
    self.database = database
    self.tables = tables
  }

  /// Parts of a period that hold at least one of some windows, each no longer than `stretchDays` beyond its last window's
  /// length, with the windows that begin in them.
  ///
  /// - Parameter windows: in order of their begins.
  func stretches(_ windows: [ClosedRange<ConditionsTime>]) -> [(
    period: ClosedRange<ConditionsTime>, windows: Range<Int>
  )] {
    var stretches: [(period: ClosedRange<ConditionsTime>, windows: Range<Int>)] = []
    var first = 0
    while first < windows.count {
      let begin = windows[first].lowerBound
      let limit = begin.adding(seconds: stretchDays * 86_400)
      var next = first + 1
      var end = windows[first].upperBound
      while next < windows.count, windows[next].lowerBound < limit {
        end = max(end, windows[next].upperBound)
        next += 1
      }
      stretches.append((begin...end, first..<next))
      first = next
    }
    return stretches
  }

  /// Lists of numbers short enough for one query each.
  func lists(_ ids: [Int64]) -> [[Int64]] {
    stride(from: 0, to: ids.count, by: Self.listLimit).map { Array(ids[$0..<min($0 + Self.listLimit, ids.count)]) }
  }

  /// Whether the view of bias voltages is there.
  ///
  /// - Throws: failures other than a missing table.
  public func hasVoltageView() throws(CavernError) -> Bool {
    do throws(CavernError) {
      _ = try database.rows(tables.probe(.voltages, column: "vmon"))
      return true
    } catch {
      guard error.code == "database.noTable" else { throw error }
      return false
    }
  }
}
