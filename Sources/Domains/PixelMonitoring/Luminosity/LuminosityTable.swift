import Errors

/// Delivered and recorded luminosity by fill with running sums.
public struct LuminosityTable: Sendable, Equatable {
  /// One fill.
  public struct Row: Sendable, Equatable {
    /// The fill.
    public var fill: Int
    /// Delivered, in fb⁻¹.
    public var delivered: Double
    /// Recorded, in fb⁻¹.
    public var recorded: Double
    /// Sum of the delivered luminosity up to and with this fill, in fb⁻¹.
    public var integratedDelivered: Double
    /// Sum of the recorded luminosity up to and with this fill, in fb⁻¹.
    public var integratedRecorded: Double
  }

  /// The fills by number.
  public private(set) var rows: [Row]

  /// A table of fills in any order; sums start at zero with the lowest number.
  public init(_ fills: [(fill: Int, delivered: Double, recorded: Double)]) {
    var (delivered, recorded) = (0.0, 0.0)
    rows = fills.sorted { $0.fill < $1.fill }.map { fill in
      delivered += fill.delivered
      recorded += fill.recorded
      return Row(
        fill: fill.fill, delivered: fill.delivered, recorded: fill.recorded, integratedDelivered: delivered,
        integratedRecorded: recorded)
    }
  }

  /// The columns of the file.
  public static let header =
    "fill,delivered (/fb),recorded (/fb),integrated delivered (/fb),integrated recorded (/fb)"

  /// The file in full precision.
  public var csv: String {
    Self.header + "\n"
      + rows.map {
        "\($0.fill),\($0.delivered),\($0.recorded),\($0.integratedDelivered),\($0.integratedRecorded)\n"
      }.joined()
  }

  /// Reads a file; sums are made anew.
  ///
  /// - Throws: `lumi.badHeader`, `lumi.badLine` with the line.
  public init(csv text: String, path: String) throws(CavernError) {
    let lines = TextLines.split(text).filter { !$0.line.isEmpty }
    guard let first = lines.first, first.line.hasPrefix("fill,delivered (/fb),recorded (/fb)") else {
      throw CavernError(
        "lumi.badHeader", text.isEmpty ? "the file is empty (0 bytes)" : "the first line names other columns",
        exit: .badData, file: path, line: 1, expected: Self.header)
    }
    var fills: [(fill: Int, delivered: Double, recorded: Double)] = []
    var seen: Set<Int> = []
    for (number, line) in lines.dropFirst() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      guard cells.count >= 3, let fill = Int(cells[0]), let delivered = Double(cells[1]), delivered.isFinite,
        let recorded = Double(cells[2]), recorded.isFinite
      else {
        throw CavernError(
          "lumi.badLine", "this line holds no fill with luminosities", exit: .badData, file: path, line: number,
          expected: Self.header)
      }
      guard seen.insert(fill).inserted else {
        throw CavernError("lumi.badLine", "fill \(fill) comes twice", exit: .badData, file: path, line: number)
      }
      fills.append((fill, delivered, recorded))
    }
    self.init(fills)
  }
}
