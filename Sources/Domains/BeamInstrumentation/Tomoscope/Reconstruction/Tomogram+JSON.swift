import Errors
import JSON
import Tables

extension Tomogram {
  /// The object `reconstruction` of `--json`; the distribution and the projections only when asked for.
  public func json(withImage: Bool) -> JSONValue {
    var object = JSONObject([
      ("frame", .integer(frame)), ("frames", .integer(frameCount)), ("firstBin", .integer(grid.firstBin)),
      ("columns", .integer(grid.columns)), ("rows", .integer(grid.rows)), ("cells", .integer(grid.cells.count)),
      ("particles", .integer(particleCount)), ("mapEntries", .integer(mapEntries)),
      ("binWidth_ns", .number(grid.binWidth * 1e9)), ("rowHeight_MeV", .number(grid.rowHeight / 1e6)),
      ("synchronousBin", .number(grid.synchronousBin)),
      ("synchronousPhase_rad", .number(grid.synchronousPhase * 2 * .pi)),
      ("iterations", .integer(discrepancies.count - 1)), ("discrepancies", .numbers(discrepancies)),
      ("emittance", emittance.json),
    ])
    if withImage {
      let image = image
      object["distribution"] = .array(
        (0..<grid.rows).map { .numbers(image[$0 * grid.columns..<($0 + 1) * grid.columns]) })
      object["measured"] = rows(measured)
      object["projected"] = rows(projected)
    }
    return .object(object)
  }

  private func rows(_ values: [Double]) -> JSONValue {
    .array((0..<frameCount).map { .numbers(values[$0 * grid.columns..<($0 + 1) * grid.columns]) })
  }

  /// The distribution as rows × columns, lowest energy first; 0 outside the grid.
  ///
  /// The sum is 1.
  public var image: [Double] {
    var image = [Double](repeating: 0, count: grid.rows * grid.columns)
    for (cell, weight) in zip(grid.cells, weights) { image[Int(cell.y) * grid.columns + Int(cell.x)] = weight }
    return image
  }

  /// The cells as a table: time, energy and share of the bunch.
  ///
  /// - Throws: nothing that whole results give.
  public func table() throws(CavernError) -> Table {
    try Table(columns: [
      Column("time_ns", grid.cells.map { grid.time(Int($0.x)) * 1e9 }, unit: "ns"),
      Column("energy_MeV", grid.cells.map { grid.energy(Int($0.y)) / 1e6 }, unit: "MeV"), Column("share", weights),
    ])
  }
}
