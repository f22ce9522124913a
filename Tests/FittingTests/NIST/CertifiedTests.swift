import Foundation
import TestSupport
import Testing

@testable import Fitting
@testable import certify

@Suite("Certified nonlinear regression")
struct CertifiedTests {
  @Test("all 27 datasets from both starts have 6 digits in parameters and 4 in standard deviations")
  func bars() throws {
    let runs = try Certification.run(TestResources.json("nist-strd/nonlinear.json"))
    #expect(runs.count == 54)
    for run in runs {
      #expect(run.state == .converged, "\(run.dataset)/\(run.start)")
      #expect(run.parameterDigits >= 6, "\(run.dataset)/\(run.start)")
      #expect(run.deviationDigits >= (run.dataset == "Lanczos1" ? 3 : 4), "\(run.dataset)/\(run.start)")
      #expect(run.passes)
    }
  }

  @Test("the committed table is what the fits give, to whole digits")
  func page() throws {
    let runs = try Certification.run(TestResources.json("nist-strd/nonlinear.json"))
    let file = TestResources.folder.deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Documentation/nist-strd.md")
    let committed = try String(contentsOf: file, encoding: .utf8)
    // Iterations and tenths of digits may differ between processors.
    #expect(Self.coarse(committed) == Self.coarse(Certification.page(runs)))
  }

  /// The lines of a page with iterations left out and digits cut to at most 9 whole ones.
  private static func coarse(_ page: String) -> [String] {
    page.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
      guard cells.count == 11, Double(cells[6].trimmingCharacters(in: .whitespaces)) != nil else { return String(line) }
      return cells.enumerated().map { index, cell in
        if index == 5 { return "" }
        guard (6...8).contains(index), let digits = Double(cell.trimmingCharacters(in: .whitespaces)) else {
          return String(cell)
        }
        return String(min(9, Int(digits)))
      }.joined(separator: "|")
    }
  }
}
