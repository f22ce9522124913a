import Conditions

/// The steps that a period of fills is cut into.
public struct ProfileSteps: Sendable, Equatable {
  /// How steps are cut.
  public struct Options: Sendable, Equatable {
    /// Length of the first step of a fill, in s.
    public var fillDelay = 1200.0
    /// Length of the first step between fills, in s.
    public var interfillDelay = 1200.0
    /// Length of the further steps of a fill, in s.
    public var fillStep = 3600.0
    /// Length of the further steps between fills, in s.
    public var interfillStep = 3600.0
    /// Whether fills and pauses shorter than their delay are passed over, as the earlier program did.
    public var skipsShort = false

    /// Delays of 20 minutes, steps of an hour, nothing passed over.
    public init() {}
  }

  /// One step: when it is and over which window its values are taken; times in s since 1970.
  public struct Step: Sendable, Equatable {
    /// Fill; `nil` between fills.
    public var fill: Int?
    /// Its beginning.
    public var start: Double
    /// Its end.
    public var end: Double
    /// End of the window that values are taken from; before `end` in the last step of a fill, when bias goes off.
    public var measuredEnd: Double
    /// Beginning of the fill it lies in, or of the pause.
    public var periodStart: Double
    /// End of the fill it lies in, or of the pause.
    public var periodEnd: Double

    /// Length, in s.
    public var duration: Double { end - start }
  }

  /// A fill or pause that was too short for a step.
  public struct Skipped: Sendable, Equatable {
    /// Fill; `nil` for the pause before `nextFill`.
    public var fill: Int?
    /// The fill after a pause.
    public var nextFill: Int?
    /// Its beginning, in s since 1970.
    public var start: Double
    /// Its end, in s since 1970.
    public var end: Double
  }

  /// The steps in order of time.
  public private(set) var steps: [Step] = []
  /// What was passed over.
  public private(set) var skipped: [Skipped] = []

  /// Cuts fills and the pauses between them; nothing before the first and behind the last.
  ///
  /// Boundaries are rounded to whole seconds first, so that lengths add up to the whole.
  ///
  /// - Parameters:
  ///   - fills: in order of time.
  ///   - previous: the fill before the first, whose pause then counts; `nil` for none.
  public init(_ fills: [Fill], after previous: Fill? = nil, options: Options = Options()) {
    var before = previous
    for fill in fills {
      let (start, end) = (fill.start.seconds.rounded(), fill.end.seconds.rounded())
      if let before {
        let last = before.end.seconds.rounded()
        if last < start {
          add(nil, next: fill.number, last, start, options.interfillDelay, options.interfillStep, options)
        }
      }
      add(fill.number, next: nil, start, end, options.fillDelay, options.fillStep, options)
      before = fill
    }
  }

  private mutating func add(
    _ fill: Int?, next: Int?, _ start: Double, _ end: Double, _ delay: Double, _ step: Double, _ options: Options
  ) {
    guard end > start else { return }
    let periodEnd = end
    guard end - start >= delay else {
      if options.skipsShort {
        skipped.append(Skipped(fill: fill, nextFill: next, start: start, end: end))
      } else {
        steps.append(
          Step(fill: fill, start: start, end: end, measuredEnd: end, periodStart: start, periodEnd: periodEnd))
      }
      return
    }
    var last = start + delay
    steps.append(Step(fill: fill, start: start, end: last, measuredEnd: last, periodStart: start, periodEnd: periodEnd))
    while last + step < end {
      steps.append(
        Step(
          fill: fill, start: last, end: last + step, measuredEnd: last + step, periodStart: start, periodEnd: periodEnd)
      )
      last += step
    }
    let rest = end - last
    guard rest > 0 else { return }
    // Bias goes off a few minutes before the end.
    let margin: Double = rest > 300 ? 300 : rest > 120 ? 120 : 0
    steps.append(
      Step(fill: fill, start: last, end: end, measuredEnd: end - margin, periodStart: start, periodEnd: periodEnd))
  }
}
