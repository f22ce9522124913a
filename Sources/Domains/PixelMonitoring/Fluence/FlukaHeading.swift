import Errors
import Foundation

/// The line that opens a binning, for example `R - Z binning n. 1 "ALLPART " , generalized particle n. 236`.
struct FlukaHeading {
  /// Number of the binning.
  let number: Int
  /// Its name.
  let name: String
  /// Whether it has bins over the azimuth.
  let isOverAzimuth: Bool

  /// How errors name it.
  var title: String { "binning \(number) \"\(name)\"" }

  /// Takes a heading apart.
  ///
  /// - Throws: `fluka.unsupportedBinning` for geometries other than R-Z and R-Phi-Z.
  init(_ text: String, line: Int) throws(CavernError) {
    let lower = text.lowercased()
    let parts = lower.components(before: "binning n.")
    var geometry = parts.before.filter { !$0.isWhitespace }
    // The printer control may stand in the first column.
    if geometry.first == "1" || geometry.first == "0" { geometry.removeFirst() }
    number = Int(parts.after.drop { $0 == " " }.prefix { $0.isNumber }) ?? 0
    let quoted = text.split(separator: "\"", omittingEmptySubsequences: false)
    name = quoted.count > 1 ? quoted[1].trimmingBlanks() : ""
    switch geometry {
    case "r-z": isOverAzimuth = false
    case "r-phi-z": isOverAzimuth = true
    default:
      throw CavernError(
        "fluka.unsupportedBinning",
        "binning \(number) \"\(name)\" is of the kind '\(parts.before.trimmingBlanks())', which has no r and z",
        exit: .badData, line: line, expected: "R - Z or R-Phi-Z")
    }
  }

  /// Bins along a coordinate: `R coordinate: from 0.0000E+00 to 1.8000E+01 cm, 60 bins ( 3.0000E-01 cm wide)`.
  struct Axis {
    /// `r`, `phi` or `z`.
    let name: String
    /// Its bins; for `phi` in radians.
    let bins: FluenceGrid.Axis

    /// Takes a line apart.
    ///
    /// - Throws: `fluka.badHeading` when it does not hold what it should.
    init(_ text: String, line: Int) throws(CavernError) {
      let words = text.lowercased().split { " ,():\t".contains($0) }
      func number(after word: String) -> Double? {
        words.firstIndex(of: Substring(word)).flatMap { $0 + 1 < words.count ? fortran(words[$0 + 1]) : nil }
      }
      let count = words.firstIndex { $0 == "bins" || $0 == "bin" }.flatMap { $0 > 0 ? Int(words[$0 - 1]) : nil }
      guard let word = words.first, let from = number(after: "from"), let to = number(after: "to"), let count,
        count > 0,
        from < to, from.isFinite, to.isFinite
      else {
        throw CavernError(
          "fluka.badHeading", "this does not give the bins of a coordinate: \(text)", exit: .badData, line: line,
          expected: "R coordinate: from 0.0000E+00 to 1.8000E+01 cm, 60 bins ( 3.0000E-01 cm wide)")
      }
      name = String(word)
      bins = FluenceGrid.Axis(lower: from, upper: to, count: count)
    }
  }

  /// The distance of the axis from the beam in `axis coordinates: X = …, Y = … cm`; `nil` when the line says none.
  static func offset(_ text: String) -> Double? {
    let words = text.lowercased().split { " ,=\t".contains($0) }
    let numbers = words.compactMap { fortran($0) }
    return numbers.isEmpty ? nil : numbers.map { $0 * $0 }.reduce(0, +).squareRoot()
  }
}

/// A number in one of Fortran's forms.
private func fortran(_ word: Substring) -> Double? {
  var scanner = FlukaScanner(Array(word.utf8))
  let (values, end) = scanner.numbers(2)
  return end == .endOfText ? values.first : nil
}

extension StringProtocol {
  /// What stands before and after the first occurrence of a text.
  fileprivate func components(before separator: String) -> (before: String, after: String) {
    guard let range = self.range(of: separator) else { return (String(self), "") }
    return (String(self[..<range.lowerBound]), String(self[range.upperBound...]))
  }

  /// The text without blanks at its ends.
  fileprivate func trimmingBlanks() -> String {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
