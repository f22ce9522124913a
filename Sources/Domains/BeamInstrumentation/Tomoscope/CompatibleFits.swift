import Errors
import Fitting

/// The fits of the earlier program: one a frame, from the first bin to 100 bins after the highest, without a baseline in common.
struct CompatibleFits {
  /// One bunch for every frame.
  var bunches: [[BunchFit]]

  init(
    _ record: TomoscopeRecord, _ found: [BunchSearch.Finding], _ options: BunchLengthOptions
  ) throws(CavernError) {
    var x: [Double] = []
    var y: [Double] = []
    var offsets = [0]
    var starts: [Double] = []
    var windows: [Range<Int>] = []
    for index in 0..<record.frameCount {
      let frame = Array(record.frame(index))
      var highest = 0
      for bin in frame.indices where frame[bin] > frame[highest] { highest = bin }
      let end = min(frame.count, highest + 100)
      windows.append(0..<end)
      x += (0..<end).map(Double.init)
      y += frame[..<end]
      offsets.append(y.count)
      starts += [frame[highest], Double(highest), 50, 0]
    }
    let fits = try BatchFitter.fit(
      try ProfileBatch(x: x, y: y, offsets: offsets), model: GaussianPeak.self, starts: starts,
      options: FitOptions(threads: options.threads))
    let width = record.binWidth * 1e9
    bunches = windows.indices.map { index in
      var fit = BunchFit(fits, problem: index, window: windows[index], binWidth: width)
      if abs(fits.parameter(index, 2)) >= 65 { fit.flags.append(.tooWide) }
      return [fit]
    }
  }
}

extension BunchFit {
  /// The fit of one problem in bins, turned into ns.
  init(_ fits: BatchFitResult, problem: Int, window: Range<Int>, binWidth: Double) {
    let scale = [1, binWidth, binWidth, 1]
    var covariance: [Double] = []
    for row in 0..<4 {
      for column in 0..<4 { covariance.append(fits.covariance(problem, row, column) * scale[row] * scale[column]) }
    }
    let values = (0..<4).map { fits.parameter(problem, $0) * scale[$0] }
    self.init(window: window, state: fits.states[problem], values: values, covariance: covariance)
  }

  /// A fit from its parameters (amplitude, position and sigma in ns, baseline) and their covariance.
  init(window: Range<Int>, state: FitState, values: [Double], covariance: [Double]) {
    let root = 2.506_628_274_631_000_5
    let (amplitude, sigma) = (values[0], values[2])
    let areaVariance =
      sigma * sigma * covariance[0] + amplitude * amplitude * covariance[10] + 2 * amplitude * sigma * covariance[2]
    self.init(
      window: window, state: state, amplitude: amplitude, position: (values[1], covariance[5].squareRoot()),
      sigma: (sigma, covariance[10].squareRoot()), baseline: values[3],
      area: (root * amplitude * sigma, root * areaVariance.squareRoot()), covariance: covariance, flags: [])
  }
}
