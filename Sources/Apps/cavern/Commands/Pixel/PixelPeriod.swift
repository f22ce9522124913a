import Arguments
import Conditions
import Errors
import PixelMonitoring

/// A period of time given by times or by fills.
struct PixelPeriod {
  /// The begin.
  var begin: ConditionsTime
  /// The end, which does not belong to it.
  var end: ConditionsTime

  /// `--from` and `--to`.
  static let options: [Option] = [
    .option("from", "TIME", .text, "Begin: a day or time in UTC, or the number of a fill of --fills."),
    .option("to", "TIME", .text, "End: a day (which belongs to it) or time in UTC, or the number of a fill."),
    .option("fills", "FILE", .file(["csv"]), "List of fills, for periods given by fills."),
  ]

  /// The period of the command line.
  init(_ arguments: ParsedArguments) throws(CavernError) {
    begin = try Self.time(arguments, "from", isEnd: false)
    end = try Self.time(arguments, "to", isEnd: true)
    guard begin < end else {
      throw CavernError(
        "usage.badRange", "the period ends at \(end.text), before its begin \(begin.text)", exit: .usage)
    }
  }

  private static func time(
    _ arguments: ParsedArguments, _ name: String, isEnd: Bool
  ) throws(CavernError) -> ConditionsTime {
    guard let text = try arguments.optionalString(name) else {
      throw CavernError(
        "usage.missingOption", "--\(name) is missing", exit: .usage,
        expected: "YYYY-MM-DD, YYYY-MM-DD HH:MM:SS or a fill")
    }
    if let fill = Int(text) {
      guard let path = try arguments.optionalString("fills") else {
        throw CavernError(
          "usage.missingOption", "--\(name) \(text) is a fill, but --fills is missing", exit: .usage,
          hint: "a day is written YYYY-MM-DD")
      }
      let list = try FillList(path: path)
      guard let found = list.fills.first(where: { $0.number == fill }) else {
        throw CavernError(
          "pixel.noFills", "fill \(fill) is not in the list", exit: .badData, file: path,
          nearest: nearestNames(to: text, in: list.fills.map { "\($0.number)" }))
      }
      return isEnd ? found.end : found.start
    }
    guard let time = ConditionsTime(text) else {
      throw arguments.fault(
        "usage.badTime", "'\(text)' is no time", about: name,
        expected: "YYYY-MM-DD or YYYY-MM-DD HH:MM:SS in UTC, or a fill")
    }
    return isEnd && text.utf8.count == 10 ? time.adding(seconds: 86_400) : time
  }
}
