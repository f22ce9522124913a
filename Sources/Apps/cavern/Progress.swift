import Arguments
import Glibc
import Synchronization

/// Progress over a known number of items: count, rate and time left on standard error, only on a terminal and not under
/// `--quiet`.
///
/// May be told of finished items from any thread.
final class Progress: Sendable {
  private struct State {
    var done = 0
    var lastShown: ContinuousClock.Instant?
  }

  private let total: Int
  private let unit: String
  private let isShown: Bool
  private let width: Int
  private let start: ContinuousClock.Instant
  private let state = Mutex(State())

  /// Progress over `total` items.
  ///
  /// - Parameters:
  ///   - total: how many items there are.
  ///   - unit: what they are called, for example `files`.
  ///   - arguments: the command line, which says whether to show anything.
  init(total: Int, unit: String, _ arguments: ParsedArguments) {
    self.total = total
    self.unit = unit
    isShown = arguments.surroundings.isErrorTerminal && !arguments.flag("quiet")
    width = arguments.surroundings.width
    start = .now
  }

  /// One more item is finished; the line is renewed at most ten times a second.
  func advance() {
    guard isShown else { return }
    let now = ContinuousClock.now
    let line: String? = state.withLock { state in
      state.done += 1
      if let last = state.lastShown, now - last < .milliseconds(100), state.done < total { return nil }
      state.lastShown = now
      return Self.line(done: state.done, total: total, unit: unit, elapsed: start.duration(to: now))
    }
    if let line { StandardStreams.writeError(Array("\r\(line.prefix(width - 1))\u{1B}[K".utf8)) }
  }

  /// Takes the line away.
  func finish() {
    if isShown { StandardStreams.writeError(Array("\r\u{1B}[K".utf8)) }
  }

  /// `12/40 files  3.4 files/s  8 s left`.
  static func line(done: Int, total: Int, unit: String, elapsed: Duration) -> String {
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    guard seconds > 0, done > 0 else { return "\(done)/\(total) \(unit)" }
    let rate = Double(done) / seconds
    return "\(done)/\(total) \(unit)  \(short(rate)) \(unit)/s  \(span(Double(total - done) / rate)) left"
  }

  /// Three figures: `3.41`, `34.1`, `341`.
  private static func short(_ value: Double) -> String {
    let digits = value < 10 ? 100.0 : value < 100 ? 10 : 1
    let rounded = (value * digits).rounded() / digits
    return digits == 1 ? Int(exactly: rounded)?.description ?? rounded.description : rounded.description
  }

  /// `8 s`, `3 min 20 s`, `2 h 5 min`.
  private static func span(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9).rounded(.up))
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
