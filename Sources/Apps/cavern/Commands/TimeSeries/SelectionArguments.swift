import Arguments
import Errors
import TimeSeries

/// Options that say which series and which times are meant.
enum SelectionArguments {
  static let options: [Option] = [
    .option("measurement", "NAME", .text, "The measurement.", note: "all"),
    .option("field", "NAME", .text, "The field.", note: "all"),
    .option("tag", "KEY=VALUE", .text, "A tag that series must have; may be repeated.", isRepeatable: true),
    .option(
      "from", "TIME", .text, "Begin: now, -1h, -90s, an RFC 3339 time or seconds since 1970; units ns us ms s m h d w.",
      note: "the first sample"),
    .option("to", "TIME", .text, "End, itself not included.", note: "after the last sample"),
  ]

  /// Which series are meant.
  static func selection(_ arguments: ParsedArguments) throws(CavernError) -> SeriesSelection {
    var tags: [PointKey.Tag] = []
    for text in try arguments.strings("tag") {
      guard let sign = text.firstIndex(of: "="), sign != text.startIndex, text.index(after: sign) != text.endIndex
      else {
        throw arguments.fault("usage.badValue", "'\(text)' is not a tag", about: "tag", expected: "KEY=VALUE")
      }
      tags.append(PointKey.Tag(key: String(text[..<sign]), value: String(text[text.index(after: sign)...])))
    }
    return SeriesSelection(
      measurement: try arguments.optionalString("measurement"), field: try arguments.optionalString("field"), tags: tags
    )
  }

  /// The window, half open.
  static func window(_ arguments: ParsedArguments) throws(CavernError) -> Range<Int64> {
    let now = TimeSeriesStore.now()
    let from = try moment(arguments, "from", now) ?? .min
    let to = try moment(arguments, "to", now) ?? .max
    guard from < to else {
      throw arguments.fault("ts.window", "--from is not before --to", about: "from")
    }
    return from..<to
  }

  private static func moment(
    _ arguments: ParsedArguments, _ name: String, _ now: Int64
  ) throws(CavernError) -> Int64? {
    guard let text = try arguments.optionalString(name) else { return nil }
    if let time = TimeText.moment(text, now: now) { return time }
    throw arguments.fault(
      "usage.badValue", "'\(text)' is no time", about: name,
      expected: "now, -1h, -90s, an RFC 3339 time or seconds since 1970")
  }

  /// The series that are meant.
  ///
  /// - Throws: `ts.unknownMeasurement` (exit 1) with the nearest names when the store has none.
  static func series(
    _ arguments: ParsedArguments, in store: TimeSeriesStore
  ) throws(CavernError) -> [SeriesDescription] {
    try store.series(try selection(arguments))
  }
}
