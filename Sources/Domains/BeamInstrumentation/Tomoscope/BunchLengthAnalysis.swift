import Errors
import Fitting

/// Bunch lengths along the cycle: `record → peaks → fits → evolution`.
public struct BunchLengthAnalysis: Sendable {
  /// One frame.
  public struct Frame: Sendable, Equatable {
    /// Number in the file, from 0.
    public var number: Int
    /// Time in the cycle in s; `nil` when neither the header nor an option gives the spacing.
    public var cycleTime: Double?
    /// Velocity over that of light.
    public var beta: Double?
    /// Root-mean-square noise of a bin.
    public var noise: Double
    /// Baseline common to the fits of all bunches.
    public var baseline: Double
    /// Mean of the bins that hold no bunch: the pedestal whatever the shape of the bunches.
    public var pedestal: Double
    /// Bunches found.
    public var bunchCount: Int
    /// Their fits, earliest first; under `isCompatible` the one fit of the earlier program.
    public var bunches: [BunchFit]

    /// The earliest bunch.
    public var earliest: BunchFit? { bunches.first }

    /// Whether the earliest bunch counts in the rolling mean: a usable fit that is not too wide.
    public var isAccepted: Bool {
      guard let fit = earliest else { return false }
      return fit.state.isUsable && !fit.flags.contains(.tooWide)
    }
  }

  /// A bunch becoming several.
  public struct Splitting: Sendable, Equatable {
    /// First frame with a bunch that is splitting, or with more bunches.
    public var startFrame: Int
    /// First frame from which on the larger number of bunches is found.
    public var resolvedFrame: Int
    /// Bunches before and after.
    public var bunches: (before: Int, after: Int)

    /// Equal when all numbers are.
    public static func == (left: Splitting, right: Splitting) -> Bool {
      left.startFrame == right.startFrame && left.resolvedFrame == right.resolvedFrame && left.bunches == right.bunches
    }
  }

  /// What was recorded.
  public var record: TomoscopeRecord
  /// How it was analysed.
  public var options: BunchLengthOptions
  /// Velocity, period and field; `nil` when the header does not know the machine.
  public var clock: MachineClock?
  /// The kept frames.
  public var frames: [Frame]
  /// The splitting, when the number of bunches grows for good.
  public var splitting: Splitting?
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// Analyses a record.
  ///
  /// - Throws: what the fits throw, which for whole records is nothing.
  public init(
    _ record: TomoscopeRecord, options: BunchLengthOptions = BunchLengthOptions()
  ) throws(CavernError) {
    self.record = record
    self.options = options
    warnings = record.warnings
    let all = record.firstFrame + record.frameCount
    var clock = MachineClock(record.header)
    if let known = clock, !known.holds(frames: all) {
      clock = nil
      warnings.append(
        CavernWarning(
          "tomoscope.badField",
          "a field of \(Text.short(known.field)) T that changes by \(Text.short(known.fieldRate)) T/s does not stay above 0 "
            + "over the frames: no velocity and no times", file: record.path))
    }
    self.clock = clock
    let times = Self.times(all, clock, options)
    if times == nil {
      warnings.append(
        CavernWarning(
          "tomoscope.noTimes", "neither header nor options give the time between frames", file: record.path))
    }
    let reference = clock?.frameTimes(count: all)
    let bucket = clock.flatMap { clock in
      record.header.harmonic.map { clock.revolutionPeriod(at: 0) / Double($0) / record.binWidth }
    }
    let search = BunchSearch(
      prominence: options.prominence,
      separation: max(2, (bucket ?? Double(record.binCount) / 3) * options.separation),
      smoothing: (bucket ?? Double(record.binCount)) / 80)
    let found = (0..<record.frameCount).map { search(record.frame($0)) }
    let fits =
      options.isCompatible
      ? try CompatibleFits(record, found, options).bunches
      : try BunchFits(record, found, bucket: bucket, options).bunches
    frames = (0..<record.frameCount).map { index in
      let number = record.firstFrame + index
      return Frame(
        number: number, cycleTime: times?[number], beta: reference.flatMap { times in clock?.beta(at: times[number]) },
        noise: found[index].noise, baseline: fits[index].first?.baseline ?? found[index].baseline,
        pedestal: found[index].baseline, bunchCount: found[index].peaks.count, bunches: fits[index])
    }
    splitting = Self.splitting(frames, found)
  }

  private static func times(_ count: Int, _ clock: MachineClock?, _ options: BunchLengthOptions) -> [Double]? {
    if let span = options.span {
      return (0..<count).map { options.injectionTime + span * Double($0) / Double(max(count - 1, 1)) }
    }
    guard let times = clock?.frameTimes(count: count), let first = times.first else { return nil }
    return times.map { options.injectionTime + $0 - first }
  }

  /// The splitting that the numbers of bunches tell: from some frame on more of them than at first, to the end.
  private static func splitting(_ frames: [Frame], _ found: [BunchSearch.Finding]) -> Splitting? {
    let counts = found.map(\.peaks.count)
    guard let before = counts.first(where: { $0 > 0 }), let after = counts.last, after > before else { return nil }
    // The last frame with fewer bunches than in the end; one frame in ten may miscount.
    guard let last = counts.lastIndex(where: { $0 <= before }), last + 1 < counts.count else { return nil }
    let isFlagged = { (frame: Int) in frames[frame].bunches.contains { $0.flags.contains(.split) } }
    var start = last + 1
    while start > 0, isFlagged(start - 1) || counts[start - 1] > before { start -= 1 }
    return Splitting(
      startFrame: frames[start].number, resolvedFrame: frames[last + 1].number, bunches: (before, after))
  }

  /// Sigma of the earliest bunch in ns, averaged over the last `rollingFrames` accepted frames; `nil` before there are as many,
  /// and for frames that are not accepted.
  public var rollingMean: [Double?] {
    var recent: [Double] = []
    return frames.map { frame in
      guard frame.isAccepted, let sigma = frame.earliest?.sigma.value else { return nil }
      recent.append(sigma)
      if recent.count > options.rollingFrames { recent.removeFirst() }
      return recent.count == options.rollingFrames ? recent.reduce(0, +) / Double(recent.count) : nil
    }
  }

  /// A length in ns as a length in m along the orbit; `nil` without the velocity.
  public static func metres(_ nanoseconds: Double, beta: Double?) -> Double? {
    beta.map { nanoseconds * 1e-9 * Relativity.speedOfLight * $0 }
  }
}
