import Errors

extension LuminositySections {
  /// Where time and delivered luminosity stand in a row, and what takes the latter to /fb.
  struct Columns: Sendable {
    var time: Int
    var delivered: Int
    var factor: Double
  }

  /// One listing: its columns, and the sum over its rows that is held against the summary.
  struct Listing {
    let columns: Columns
    /// Sum of the rows so far, in /fb.
    var sum = 0.0
    private var names: String?
    private var total: Double?

    /// A listing by the line that names its columns.
    ///
    /// - Throws: `brilcalc.badOutput` when it has no sections, `brilcalc.unknownUnit`.
    init(_ heading: String) throws(CavernError) {
      let cells = heading.split(separator: ",", omittingEmptySubsequences: false)
      guard let time = cells.firstIndex(of: "time"), cells.contains("ls"),
        let delivered = cells.firstIndex(where: { $0.hasPrefix("delivered(") })
      else {
        throw CavernError(
          "brilcalc.badOutput", "the heading has no sections", exit: .badData,
          expected: "#run:fill,ls,time,…,delivered(/ub),…", hint: "call brilcalc with --byls")
      }
      columns = Columns(
        time: time, delivered: delivered, factor: try DeliveredLuminosity.femtobarns(cells[delivered]))
    }

    /// Takes a line that begins with `#`: the last two of a summary count.
    ///
    /// - Throws: `brilcalc.badOutput` when it was cut.
    mutating func take(summary words: String) throws(CavernError) {
      if words.hasPrefix("#nfill") {
        names = words
      } else if let names, total == nil, words.dropFirst().first?.isNumber ?? false {
        total = try DeliveredLuminosity.total(names, words)
      }
    }

    /// Ends the listing, which must have had its summary, and all rows that it counts.
    ///
    /// - Parameter line: where it ends; counted when it is needed.
    /// - Throws: `brilcalc.noSummary`, `brilcalc.sumDiffers` when the rows do not add up to the summary.
    func close(_ line: @autoclosure () -> Int) throws(CavernError) {
      guard let total else {
        throw CavernError(
          "brilcalc.noSummary", "the summary at the end is missing; the listing may have been cut", exit: .unavailable,
          line: line(), expected: "#Summary: and two lines after it")
      }
      guard abs(total - sum) > 1e-6 * max(abs(total), 1e-9) else { return }
      throw CavernError(
        "brilcalc.sumDiffers", "the sections add up to \(sum) /fb delivered, but the summary says \(total)",
        exit: .unavailable, line: line(), hint: "the listing was cut; ask for it again")
    }
  }
}
