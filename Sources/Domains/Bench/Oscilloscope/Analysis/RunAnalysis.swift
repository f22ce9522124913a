import Dispatch
import Errors
import Foundation
import Instruments
import JSON
import Synchronization
import Tables

/// Pulses of a run and the time resolution between its channels.
public struct RunAnalysis: Sendable {
  /// A waveform file with the channel and sweep it belongs to.
  public struct Input: Sendable, Equatable {
    /// Path to open.
    public var path: String
    /// Channel, from 1; `nil` takes it from the descriptor.
    public var channel: Int?
    /// Sweep, from 0.
    public var sweep: Int

    /// A file.
    public init(path: String, channel: Int?, sweep: Int) {
      (self.path, self.channel, self.sweep) = (path, channel, sweep)
    }

    /// A file whose name may say channel and sweep, as `C2-00000012.trc` does.
    ///
    /// - Parameter number: the sweep when it does not.
    public init(named path: String, otherwise number: Int) {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      let parts = RunFolder.parts(name)
      self.init(path: path, channel: parts.flatMap { Int($0.channel.dropFirst()) }, sweep: parts?.sweep ?? number)
    }

    /// The files of a run folder, or of a folder of files such as `C2-00000012.trc`, in order of sweep and channel.
    ///
    /// - Throws: `scope.notARun` (exit 66) for a folder without waveforms.
    public static func files(of folder: String) throws(CavernError) -> [Input] {
      let isRun = FileManager.default.fileExists(atPath: "\(folder)/raw")
      let place = isRun ? "\(folder)/raw" : folder
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
      let found = names.compactMap { name -> Input? in
        guard name.hasSuffix(".trc"), let (channel, sweep) = RunFolder.parts(name) else { return nil }
        return Input(path: "\(place)/\(name)", channel: Int(channel.dropFirst()), sweep: sweep)
      }
      guard !found.isEmpty else {
        throw CavernError(
          "scope.notARun", "there are no waveforms here", exit: .noInput, file: folder,
          expected: "files such as C2-00000012.trc, or a run folder")
      }
      return found.sorted { ($0.sweep, $0.channel ?? 0, $0.path) < ($1.sweep, $1.channel ?? 0, $1.path) }
    }
  }

  /// Times of one channel against those of the reference by one method.
  public struct Pair: Sendable {
    /// Channels, from 1.
    public var reference: Int, channel: Int
    /// How arrivals were told.
    public var method: PulseOptions.Method
    /// Differences as measured, and with the walk taken off.
    public var raw: TimeDistribution, corrected: TimeDistribution?
    /// The walk of the channel; `nil` with too few pulses.
    public var walk: TimeWalk?
  }

  /// All pulses in order of sweep, segment and channel.
  public var pulses: PulseColumns
  /// The channels that have pulses.
  public var channels: [Int]
  /// The channel that the others are compared with.
  public var reference: Int
  /// One entry for each other channel and method.
  public var pairs: [Pair]
  /// How pulses were measured.
  public var options: PulseOptions
  /// Files that could not be used.
  public var warnings: [CavernWarning]

  /// Measures the pulses of files and compares the channels.
  ///
  /// - Parameters:
  ///   - inputs: the files.
  ///   - options: how pulses are measured.
  ///   - reference: the channel that the others are compared with, from 1; the first one when not given.
  ///   - threads: how many threads to use; the result does not depend on it.
  /// - Throws: the fault of the first file when none can be used; `scope.noReference` (exit 65).
  public init(
    _ inputs: [Input], options: PulseOptions, reference: Int? = nil, threads: Int = 1
  ) throws(CavernError) {
    self.options = options
    warnings = []
    var columns: [PulseColumns] = []
    var firstFault: CavernError?
    for outcome in Self.measure(inputs, options, threads) {
      switch outcome {
      case .success(let found): columns.append(found)
      case .failure(let error):
        firstFault = firstFault ?? error
        warnings.append(CavernWarning(error))
      }
    }
    if columns.isEmpty, let firstFault { throw firstFault }
    pulses = PulseColumns()
    for part in columns { pulses.append(part) }
    channels = Set(pulses.channel.map(Int.init)).sorted()
    self.reference = reference ?? channels.first ?? 1
    pairs = []
    guard channels.contains(self.reference) else {
      throw CavernError(
        "scope.noReference", "there are no pulses of channel C\(self.reference)", exit: .badData,
        expected: channels.map { "C\($0)" }.joined(separator: ", "))
    }
    try compare()
  }

  private static func measure(
    _ inputs: [Input], _ options: PulseOptions, _ threads: Int
  ) -> [Result<PulseColumns, CavernError>] {
    let results = Mutex<[Int: Result<PulseColumns, CavernError>]>([:])
    let count = max(1, min(threads, inputs.count))
    DispatchQueue.concurrentPerform(iterations: count) { thread in
      for place in stride(from: thread, to: inputs.count, by: count) {
        let result = one(inputs[place], options)
        results.withLock { $0[place] = result }
      }
    }
    let all = results.withLock { $0 }
    return inputs.indices.compactMap { all[$0] }
  }

  private static func one(_ input: Input, _ options: PulseOptions) -> Result<PulseColumns, CavernError> {
    do throws(CavernError) {
      let waveform = try Waveform(decoding: try FileBytes.read(input.path))
      let channel = input.channel ?? min(254, waveform.descriptor.waveSource) + 1
      return .success(try PulseAnalysis.measure(waveform, channel: channel, sweep: input.sweep, options: options))
    } catch {
      return .failure(error.inFile(input.path))
    }
  }

  /// Joins pulses of one segment over the channels and fits their differences.
  private mutating func compare() throws(CavernError) {
    struct Place: Hashable { var sweep: Int, segment: Int }
    var references: [Place: Int] = [:]
    for row in 0..<pulses.count where Int(pulses.channel[row]) == reference && pulses.flags[row].isGood {
      references[Place(sweep: pulses.sweep[row], segment: pulses.segment[row])] = row
    }
    for channel in channels where channel != reference {
      let rows = (0..<pulses.count).filter { Int(pulses.channel[$0]) == channel && pulses.flags[$0].isGood }
      let joined = rows.compactMap { row in
        references[Place(sweep: pulses.sweep[row], segment: pulses.segment[row])].map { (row, $0) }
      }
      for method in PulseOptions.Method.allCases where method != .sigmoid || options.hasSigmoid {
        let arrivals = pulses.arrivals(method)
        let differences = joined.map { arrivals[$0.0] - arrivals[$0.1] }
        let amplitudes = joined.map { pulses.amplitude[$0.0] }
        guard let raw = try TimeDistribution(differences) else { continue }
        let walk = try TimeWalk(differences, amplitudes)
        let corrected = try walk.flatMap { (walk) throws(CavernError) in
          try TimeDistribution(walk.corrected(differences, amplitudes))
        }
        pairs.append(
          Pair(reference: reference, channel: channel, method: method, raw: raw, corrected: corrected, walk: walk))
      }
    }
  }
}
