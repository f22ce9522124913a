import Errors
import Fitting
import Tables

/// The files that surround the acquisitions of a simulated ASIC.
public enum AsicFiles {
  /// The mask as text.
  public static func mask(_ truth: AsicTruth) -> [UInt8] {
    MatrixText.bytes(truth.isMasked.map { $0 ? "1" : "0" })
  }

  /// The baseline as text, 0 where it is not known.
  public static func baseline(_ truth: AsicTruth) -> [UInt8] {
    MatrixText.bytes(
      truth.baseline.indices.map {
        truth.hasNoBaseline[$0] || truth.isMasked[$0] ? "0" : MatrixText.decimals(truth.baseline[$0], 4)
      })
  }

  /// The noise width as text.
  public static func width(_ truth: AsicTruth) -> [UInt8] {
    MatrixText.bytes(truth.noise.map { MatrixText.decimals($0, 4) })
  }

  /// The files of an equalisation by what follows `<module>_<asic>_`: baselines and noise at the trims 0, 15 and 16 and
  /// the trims that were chosen.
  ///
  /// A trim step moves the baseline by 2.4 DAC codes; the chosen trim is what brings a pixel nearest to the mean.
  public static func equalisation(_ truth: AsicTruth, seed: UInt64) -> [(name: String, bytes: [UInt8])] {
    var random = RandomSource(seed: seed)
    let step = 2.4
    var trim: [Int] = []
    var lowest: [Double] = []
    for pixel in 0..<PixelMatrix.count {
      let chosen = min(max(Int((7.5 + 2.6 * random.normal()).rounded()), 0), 15)
      trim.append(chosen)
      lowest.append(truth.baseline[pixel] - step * Double(chosen))
    }
    func matrix(_ value: (Int) -> Double) -> [UInt8] {
      MatrixText.bytes((0..<PixelMatrix.count).map { truth.isMasked[$0] ? "0" : MatrixText.decimals(value($0), 4) })
    }
    var files: [(String, [UInt8])] = [
      ("TrimBest_Noise_Predict.csv", baseline(truth)), ("Matrix_Mask.csv", mask(truth)),
      ("Matrix_Trim.csv", MatrixText.bytes(trim.map(String.init))),
    ]
    for (name, shift) in [(0, 0.0), (15, 15), (16, -1)] {
      // Trim 16 stands for the trims that were chosen: a control of the equalisation.
      files.append(
        (
          "Trim\(name)_Noise_Mean.csv",
          matrix { shift < 0 ? truth.baseline[$0] + 0.3 * random.normal() : lowest[$0] + step * shift }
        ))
      files.append(
        ("Trim\(name)_Noise_Width.csv", name == 0 ? width(truth) : matrix { truth.noise[$0] + 0.1 * random.normal() }))
      files.append(("Trim\(name)_Noise_Rate.csv", matrix { _ in max(0, 1e5 * (1 + 0.05 * random.normal())) }))
    }
    return files
  }
}

/// Matrices of 256 × 256 numbers as text.
enum MatrixText {
  /// Lines of 256 words parted by commas.
  static func bytes(_ words: [String]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(8 * words.count)
    for (pixel, word) in words.enumerated() {
      text.append(contentsOf: word.utf8)
      text.append(pixel % PixelMatrix.side == PixelMatrix.side - 1 ? 10 : 44)
    }
    return text
  }

  /// A number with this many digits after the point.
  static func decimals(_ value: Double, _ digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let whole = Int((abs(value) * Double(scale)).rounded())
    let fraction = String(whole % scale)
    return (value < 0 ? "-" : "") + "\(whole / scale)." + String(repeating: "0", count: digits - fraction.count)
      + fraction
  }
}
