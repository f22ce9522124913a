import Fitting

/// How read-out faults in the last column are recognised.
public enum BadTest: String, Sendable, CaseIterable {
  /// The mean of the last column lies strictly within `bad_tolerance` of `bad_cut`.
  case window
  /// It lies above `bad_cut`.
  case above
  /// Not at all.
  case off
}

/// What becomes of acquisitions without a single hit.
public enum EmptyRule: String, Sendable, CaseIterable {
  /// They count as live time.
  case live
  /// They are left out, as the earlier program did.
  case drop
}

/// What the uncertainty of the baseline is.
public enum BaselineUncertainty: Sendable, Equatable {
  /// None.
  case none
  /// The width of the noise.
  case width
  /// A matrix in a file.
  case file(String)
}

/// Where the mask comes from.
public enum MaskChoice: Sendable, Equatable {
  /// `<module>_<asic>_Matrix_Mask.csv` in the folder of the scan, if it is there.
  case automatic
  /// No mask.
  case none
  /// A file.
  case file(String)
}

/// One threshold scan of a dataset.
public struct ScanSettings: Sendable, Equatable {
  /// Name, for example `warm`.
  public var label = ""
  /// Folder (or archive) of the acquisitions.
  public var folder = ""
  /// What their names begin with, up to the shutter time.
  public var prefix = ""
  /// Open time of each.
  public var shutter: Shutter
  /// Acquisitions at each threshold.
  public var acquisitions = 0
  /// Number of the first.
  public var firstAcquisition = 0
  /// Threshold codes, growing.
  public var thresholds: [Int] = []
  /// Distance of threshold codes as set.
  public var step = 1
  /// Highest threshold code as set; the last of `thresholds` may be lower.
  public var to = 0
  /// Where the mask comes from.
  public var mask = MaskChoice.automatic
  /// File of the baseline; `nil` without one.
  public var baseline: String?
  /// File of the noise widths; `nil` without one.
  public var baselineWidth: String?
  /// What the uncertainty of the baseline is.
  public var baselineUncertainty = BaselineUncertainty.none
  /// Mean of the last column that marks a read-out fault; `nil` for no test.
  public var badCut: Double?
  /// Half width of the window around it.
  public var badTolerance = 0.01
  /// How it is used.
  public var badTest = BadTest.window
  /// Acquisitions to leave out.
  public var exclude = Condition.never
  /// Whether the first line of each file is left out.
  public var skipsFirstRow = false
  /// What becomes of empty acquisitions; `nil` for `live`, or `drop` with the earlier program's method.
  public var empty: EmptyRule?
  /// Start values of the equation's parameters; `nil` for automatic ones.
  public var start: [Double]?
  /// Start values when the baseline is taken off before the fit.
  public var startAboveBaseline: [Double]?
  /// The equation that `start` and `startAboveBaseline` belong to.
  public var startEquation = EdgeEquation.F1_0

  /// A scan with everything but the shutter time still to be set.
  public init(shutter: Shutter) { self.shutter = shutter }

  /// Numbers of the acquisitions.
  public var acquisitionNumbers: Range<Int> { firstAcquisition..<firstAcquisition + acquisitions }

  /// The name of an acquisition file without compression ending.
  public func fileName(threshold: Int, acquisition: Int) -> String {
    "\(prefix)\(shutter.text)_THR_\(threshold)_\(acquisition).csv"
  }

  /// Start values for an equation, derived from those that are set.
  public func start(for equation: EdgeEquation, aboveBaseline: Bool = false) -> [Double]? {
    guard let values = aboveBaseline ? startAboveBaseline : start else { return nil }
    if startEquation == equation { return values }
    let position = values[values.count - 1]
    if equation == .Fdiff { return [0.7, 0.1, 2.6, position] }
    // Through amplitudes of tail and line: A' = f·A/2, B = (1 − f)·A/2.
    let tail = startEquation.hasFraction ? values[0] * values[1] / 2 : values[1]
    let line = startEquation.hasFraction ? (1 - values[0]) * values[1] / 2 : values[0]
    let widths = equation.hasTwoWidths ? [values[2], 8] : [values[2]]
    let sum = tail + line
    return (equation.hasFraction ? [tail / sum, 2 * sum] : [line, tail]) + widths + [position]
  }
}
