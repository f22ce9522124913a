import BeamHalo
import Conditions
import Errors
import Foundation
import Tables
import TestSupport

/// One folder of known answers.
struct GoldenCase {
  static let names = ["two-runs", "continuation-files", "plus-minus-names", "text-oddities"]

  let name: String

  var folder: String { TestResources.path("halo/\(name)") }

  func capture(threads: Int = 1, blockBytes: Int = 4 << 20) throws -> HaloCapture {
    try HaloCapture(
      reading: try HaloPieces(folder + "/raw"), reader: HaloFileReader(threads: threads, blockBytes: blockBytes))
  }

  func analysis(_ method: HaloMethod = .classic) throws -> HaloAnalysis {
    var options = HaloAnalysis.Options()
    options.method = method
    return HaloAnalysis(try capture(), detector: try HaloDetector(), options: options)
  }

  /// Lines of an expected file as cells.
  func rows(_ file: String) throws -> [[String]] {
    try String(contentsOfFile: "\(folder)/expected/\(file)", encoding: .utf8).split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }
}

/// The cells of a table's columns that a golden file has, header first.
func cells(_ table: Table, _ names: [String]) throws -> [[String]] {
  let text = String(decoding: try table.csvBytes(), as: UTF8.self)
  let lines = text.split(separator: "\n").map {
    $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
  let places = names.compactMap { name in lines[0].firstIndex(of: name) }
  return lines.map { line in places.map { line[$0] } }
}

/// Whether cells agree: equal, or numbers within a relative or absolute distance.
func agree(_ left: String, _ right: String, _ tolerance: Double) -> Bool {
  if left == right { return true }
  guard let a = Double(left), let b = Double(right) else { return false }
  return abs(a - b) <= tolerance * max(1, abs(b))
}
