import Errors
import Foundation
import Instruments
import JSON

/// Takes sweeps from an oscilloscope into a run folder.
///
/// The loop: clear `INR?`, `ARM`, poll `INR?` until a sweep is there, read every channel, check that they belong together and
/// are new, hand them to the writer, and only then arm again: arming before a transfer is complete destroys it. A fault of the
/// line costs the sweep it happened in and nothing else: the line is made anew, the instrument's serial number and settings are
/// compared, and the loop goes on.
public struct Acquisition {
  /// What is taken.
  public let plan: AcquisitionPlan
  /// Where high-voltage and gas values come from.
  public var readings: any BenchReadings = NoReadings()
  /// What the user calls the program and its version, for the manifest.
  public var program = "cavern"
  /// Asked between sweeps whether to stop.
  public var isInterrupted: () -> Bool = { false }
  /// Told after every sweep.
  public var onSweep: (AcquisitionCounts) -> Void = { _ in }
  /// How many sweeps are in memory at the most, those being read and written included.
  static let setsOfBuffers = 3

  private let scope: LeCroyOscilloscope
  private let requests: [ScopeRequest]

  /// An acquisition.
  ///
  /// - Parameters:
  ///   - scope: the oscilloscope.
  ///   - plan: what is taken.
  ///   - requests: settings that are made before, and again after a fault of the line.
  public init(_ scope: LeCroyOscilloscope, plan: AcquisitionPlan, requests: [ScopeRequest] = []) {
    (self.scope, self.plan, self.requests) = (scope, plan, requests)
  }

  /// What an acquisition leaves.
  public struct Outcome: Sendable {
    /// Why it ended.
    public var end: AcquisitionEnd
    /// What happened.
    public var counts: AcquisitionCounts
    /// The settings made before it, as asked for and as they were.
    public var settings: [ScopeSetting]
    /// The last fault of the line, if there was one.
    public var lastFault: CavernError?
  }

  /// Runs until an end of the plan.
  ///
  /// - Parameter folder: opened for writing.
  /// - Throws: faults of the set-up (as `LeCroyOscilloscope.set`) and of the first manifest; later faults end the run and are in
  ///   the outcome.
  public func run(into folder: RunFolder) throws(CavernError) -> Outcome {
    var settings: [ScopeSetting] = []
    for request in requests { settings.append(try scope.set(request)) }
    var facts = manifest(settings, started: Date())
    try folder.writeManifest(facts + [("state", "running")])
    try scope.lock()
    let queue = SweepQueue(sets: Self.setsOfBuffers, channels: plan.channels.count)
    let writer = RunWriter(folder, queue, isSynchronised: plan.isSynchronised)
    writer.start()
    var loop = AcquisitionLoop(self, scope, queue, writer, settings, nextSweep: folder.nextSweep)
    let end = loop.run()
    try? scope.unlock()
    let written = writer.finish()
    let counts = loop.counts(writer)
    facts += [
      ("state", .string(end.rawValue)), ("ended", .string(Self.time(Date()))), ("counts", counts.json),
      ("fault", .optional(loop.lastFault?.message)),
    ]
    let failure = queue.failure
    try written.writeManifest(facts)
    onSweep(counts)
    return Outcome(end: end, counts: counts, settings: settings, lastFault: failure ?? loop.lastFault)
  }

  /// The settings to be made again after a fault of the line.
  var setUp: [ScopeRequest] { requests }

  private func manifest(_ settings: [ScopeSetting], started: Date) -> [(String, JSONValue)] {
    [
      ("program", .string(program)), ("host", .string(ProcessInfo.processInfo.hostName)),
      ("started", .string(Self.time(started))), ("resource", .string(scope.resource)),
      ("oscilloscope", scope.identity.json), ("plan", plan.json), ("settings", .array(settings.map(\.json))),
    ]
  }

  private static func time(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt))
  }
}
