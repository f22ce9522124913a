import Errors
import Fitting
import JSON

/// Goodness of fit by parametric bootstrap: with few counts the deviance is not χ²-distributed, so its distribution is simulated.
///
/// For each pixel of a sample, counts are drawn from its fitted curve and fitted again; the p-value is the share of
/// deviances at least as large as the one found, (1 + k)/(1 + toys) (Davison and Hinkley, "Bootstrap Methods", 4.2). Draws depend on
/// the pixel alone.
public struct BootstrapGoodness: Sendable {
  /// Pixels of the sample: at most 256, evenly spaced among those that converged.
  public let pixels: [Int]
  /// Simulated fits of each.
  public let toys: Int
  /// The p-value of each pixel.
  public let probabilities: [Double]
  /// The p-value of the merged χ² of the same pixels.
  public let mergedProbabilities: [Double]

  /// Simulates as many fits as the options ask for; `nil` when they ask for none or no pixel converged.
  ///
  /// - Throws: as `EdgeFitter.fit`.
  init?(_ fits: PixelFits, _ counts: ScanCounts) throws(CavernError) {
    let toys = fits.options.toys
    guard toys > 0 else { return nil }
    let converged = (0..<PixelMatrix.count).filter { fits.categories[$0] == .good || fits.categories[$0] == .bad }
      .filter { fits.hasConverged($0) }
    guard !converged.isEmpty else { return nil }
    let size = min(256, converged.count)
    let pixels = (0..<size).map { converged[$0 * converged.count / size] }
    let thresholds = counts.thresholds.map(Double.init)
    let live = counts.liveSeconds
    let equation = fits.options.equation
    var probabilities: [Double] = []
    for pixel in pixels {
      let place = Int(fits.places[pixel])
      let values = (0..<equation.parameterCount).map { fits.fits.parameter(place, $0) }
      let background = fits.options.hasBackground ? fits.fits.parameter(place, equation.parameterCount) : 0
      var random = RandomSource(seed: 0x626f_6f74 &+ UInt64(pixel))
      var drawn: [UInt32] = []
      drawn.reserveCapacity(thresholds.count * toys)
      for (threshold, seconds) in zip(thresholds, live) {
        let mean = (equation.value(threshold, values) + background) * seconds
        for _ in 0..<toys { drawn.append(UInt32(clamping: random.poisson(mean: mean))) }
      }
      var options = EdgeFitOptions()
      options.start = values
      options.hasBackground = fits.options.hasBackground
      options.threads = fits.options.threads
      let scan = try EdgeScan(
        thresholds: thresholds, exposures: live, counts: drawn, pixelCount: toys)
      let again = try EdgeFitter.fit(scan, pixels: Array(0..<toys), equation: equation, options: options)
      let found = fits.fits.objective[place]
      let usable = again.states.indices.filter { again.states[$0].isUsable }
      let larger = usable.count { again.objective[$0] >= found }
      probabilities.append(Double(1 + larger) / Double(1 + usable.count))
    }
    self.pixels = pixels
    self.toys = toys
    self.probabilities = probabilities
    mergedProbabilities = pixels.map { fits.fits.probability[Int(fits.places[$0])] }
  }

  /// What `calibration.json` says: means near ½ and shares near a tenth each belong to good fits.
  public var json: JSONValue {
    func tenths(_ values: [Double]) -> JSONValue {
      .array(
        (0..<10).map { bin in
          .integer(values.count { !$0.isNaN && min(Int($0 * 10), 9) == bin })
        })
    }
    return [
      "pixels": .integer(pixels.count), "toys": .integer(toys), "meanP": .number(RobustStatistics.mean(probabilities)),
      "tenths": tenths(probabilities), "tenths_mergedChi2": tenths(mergedProbabilities),
      "list": .array(
        pixels.indices.map { index in
          [
            "row": .integer(pixels[index] / PixelMatrix.side), "col": .integer(pixels[index] % PixelMatrix.side),
            "p": .number(probabilities[index]), "p_mergedChi2": .number(mergedProbabilities[index]),
          ]
        }),
    ]
  }
}
