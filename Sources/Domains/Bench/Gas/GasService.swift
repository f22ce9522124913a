import Errors
import Instruments
import JSON
import TimeSeries

/// Reads the gas board on a grid of time and records what it says.
///
/// Nothing ends it but the wish to stop: a bad line is counted, a line that is gone is opened again, a store that refuses is
/// tried again. One owner, one thread.
public final class GasService {
  /// What the service tells whoever runs it.
  public enum Event: Sendable, Equatable {
    /// The line is open; the words of the board.
    case connected(String)
    /// The line is gone or cannot be opened.
    case disconnected(String)
    /// An exchange.
    case exchange(GasBoard.Result, Receipt)
    /// An alarm.
    case alarm(String, isRaised: Bool, message: String)
    /// The wall clock jumped by so many seconds.
    case clockStep(Double)
    /// An alarm or event could not be recorded.
    case recordFailed(String)
  }

  /// What the service does at the moment.
  public struct Status: Sendable {
    /// Whether the line is open.
    public var isConnected = false
    /// The present device.
    public var device: String
    /// Readings stored.
    public var readings = 0
    /// Exchanges and alarms.
    public var monitor: GasMonitor
    /// Readings that fell out because the one before took too long.
    public var skipped = 0
    /// Values of alarms and events that the disk has not taken so far.
    public internal(set) var unwritten = 0
  }

  private let clock: any BenchClock
  private let recorder: Recorder?
  private let open: (GasSettings) throws(CavernError) -> (line: any ByteLine, device: String)
  private let tell: (Event) -> Void
  private var settings: GasSettings
  private var board: GasBoard?
  private var nextAttempt: Duration
  private var steps = ClockStepDetector()
  /// Alarms and events that the disk has not taken yet: never dropped while the service lives.
  private var unwritten: [Point] = []
  /// What the service does at the moment.
  public private(set) var status: Status

  /// A service.
  ///
  /// - Parameters:
  ///   - settings: the board and how it is recorded.
  ///   - recorder: where values go; `nil` records nothing.
  ///   - clock: the time.
  ///   - open: opens the line.
  ///   - tell: is told of everything that happens.
  public init(
    _ settings: GasSettings, recorder: Recorder?, clock: any BenchClock,
    open: @escaping (GasSettings) throws(CavernError) -> (line: any ByteLine, device: String),
    tell: @escaping (Event) -> Void = { _ in }
  ) {
    self.settings = settings
    self.recorder = recorder
    self.clock = clock
    self.open = open
    self.tell = tell
    nextAttempt = clock.now
    status = Status(device: settings.port, monitor: GasMonitor(settings, now: clock.now))
  }

  /// Reads until the clock says to stop.
  ///
  /// - Parameters:
  ///   - limit: readings to try; `nil` for no limit.
  ///   - between: called after every reading, for example to feed a watchdog; new settings that it returns hold from then on.
  public func run(limit: Int? = nil, between: () -> GasSettings? = { nil }) {
    defer { writeDown() }
    var cadence = Cadence(start: clock.now, period: settings.period)
    var moment = clock.now
    var tried = 0
    while clock.wait(until: moment) {
      // The first reading waits for the board, which is deaf after the line was opened; the grid begins when it listens.
      let wasOpen = board != nil
      guard connect() else { return }
      if !wasOpen, board != nil {
        moment = clock.now
        cadence = Cadence(start: moment, period: settings.period)
      }
      read()
      tried += 1
      if let limit, tried >= limit { return }
      if let changed = between(), changed != settings {
        let isSameLine = changed.port == settings.port && changed.baud == settings.baud
        settings = changed
        if !isSameLine { board = nil }
        cadence = Cadence(start: clock.now, period: changed.period)
      }
      let planned = moment + settings.period
      moment = cadence.next(after: clock.now)
      // A reading that is late falls out; it is not made up for.
      if moment > planned { status.skipped += Int(((moment - planned) / settings.period).rounded()) }
      // A line that is gone is looked for between the readings too, which may be minutes apart.
      while board == nil, nextAttempt < moment {
        guard clock.wait(until: nextAttempt), connect() else { return }
        guard board != nil else { continue }
        moment = clock.now
        cadence = Cadence(start: moment, period: settings.period)
      }
    }
  }

  /// Tries to have the line open; `false` when the service is to stop.
  private func connect() -> Bool {
    guard board == nil, clock.now >= nextAttempt else { return true }
    do throws(CavernError) {
      let (line, device) = try open(settings)
      guard clock.wait(until: clock.now + settings.settle) else { return false }
      _ = try line.drain(quiet: .milliseconds(20), limit: .milliseconds(200))
      var options = GasBoard.Options()
      options.timeLimit = settings.timeLimit
      let board = GasBoard(line, options: options, wallClock: { [clock] in clock.wall })
      var words = "protocol version 0"
      if settings.protocolChoice != .version0 {
        let identification = try board.identify()
        if identification.version > 0 { words = identification.words.joined(separator: ";") }
      }
      self.board = board
      status.isConnected = true
      status.device = device
      tell(.connected("\(device): \(words)"))
    } catch {
      // The board is looked for once a second, however long it is away.
      nextAttempt = clock.now + .seconds(1)
      tell(.disconnected(error.message))
    }
    return true
  }

  private func read() {
    writeDown()
    if let size = steps.step(now: clock.now, wall: clock.wall) {
      tell(.clockStep(size))
      keep(GasPoints.clockStep(seconds: size, time: clock.wall))
    }
    guard let board else {
      take(status.monitor.missed("no line to the board", now: clock.now))
      return
    }
    do throws(CavernError) {
      let result = try board.measure()
      let points = GasPoints.reading(result.exchange, time: result.time, settings)
      let receipt = points.isEmpty ? Receipt() : recorder?.record(points) ?? Receipt()
      if result.exchange.outcome.isUsable { status.readings += 1 }
      tell(.exchange(result, receipt))
      take(status.monitor.take(result, now: clock.now))
    } catch {
      self.board = nil
      status.isConnected = false
      // A line that opens and fails at once is not opened without pause.
      nextAttempt = clock.now + .seconds(1)
      tell(.disconnected(error.message))
      take(status.monitor.disconnected(error.message, now: clock.now))
    }
  }

  private func take(_ changes: [GasMonitor.Change]) {
    for change in changes {
      switch change {
      case .raised(let name, let message):
        tell(.alarm(name, isRaised: true, message: message))
        keep(GasPoints.alarm(name, isRaised: true, message: message, time: clock.wall))
      case .cleared(let name):
        tell(.alarm(name, isRaised: false, message: ""))
        keep(GasPoints.alarm(name, isRaised: false, message: "", time: clock.wall))
      case .reopen:
        board = nil
        status.isConnected = false
        nextAttempt = clock.now
      }
    }
  }

  /// Records what must not be lost; alarms were told already, so that a full disk does not silence them.
  private func keep(_ point: Point) {
    guard recorder != nil else { return }
    unwritten.append(point)
    writeDown()
  }

  /// Writes down alarms and events, also those that the disk did not take before.
  private func writeDown() {
    guard let recorder, !unwritten.isEmpty else { return }
    do throws(CavernError) {
      try recorder.recordDurably(unwritten)
      unwritten = []
    } catch {
      tell(.recordFailed(error.message))
    }
    status.unwritten = unwritten.reduce(0) { $0 + $1.fields.count }
  }
}

extension GasService.Status {
  /// The status for `cavern bench status` and other scripts.
  public var json: JSONValue {
    let failed = monitor.counts.filter { !$0.key.isUsable }
    return [
      "device": .string(device),
      "state": .string(isConnected ? (monitor.alarms.isEmpty ? "ok" : "alarm") : "disconnected"),
      "readings": .integer(readings), "skipped": .integer(skipped),
      "lastGood": .optional(monitor.last.map { Int($0.time) }),
      "last": monitor.last.map { last in
        [
          "temperature_K": .number(last.reading.temperatureKelvin), "pressure_Pa": .number(last.reading.pressurePascal),
          "humidity_RH": .number(last.reading.humidityPercent), "voc_ohm": .optional(last.reading.resistanceOhm),
        ]
      } ?? .null,
      "errors": .object(
        JSONObject(failed.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, .integer($0.value)) })),
      "disconnections": .integer(monitor.disconnections), "alarms": .array(monitor.alarms.map { .string($0) }),
    ]
  }
}
