import Errors
import Tables

extension WireScanFile {
  /// Profiles of any instrument from a table: ionisation profile monitors, grids, digitised plots.
  ///
  /// Columns `position` (mm; or `position_mm`, `x`) and `signal` (or `amplitude`, `y`); of a table with other names the first
  /// two. A column `row` parts several profiles. There is one device, named after the file, with one incoming scan in the first of
  /// the planes asked for; gamma and optics are the user's.
  ///
  /// - Throws: `ws.noProfile` for a table of less than two columns or without rows, and what reading the columns throws.
  public init(table: Table, path: String, request: Request = Request()) throws(CavernError) {
    func column(_ names: [String], orAt place: Int) -> String? {
      names.first(where: table.columnNames.contains) ?? table.columnNames.dropFirst(place).first
    }
    guard let positionName = column(["position", "position_mm", "x"], orAt: 0),
      let signalName = column(["signal", "amplitude", "y"], orAt: 1), table.rowCount > 0
    else {
      throw CavernError(
        "ws.noProfile", "the table holds no profile", exit: .badData, file: path,
        expected: "columns 'position' and 'signal' with at least 8 rows")
    }
    let positions = try table.column(positionName).doubles()
    let signals = try table.column(signalName).doubles()
    var rows: [Int: [Int]] = [:]
    if table.columnNames.contains("row") {
      for (index, row) in try table.column("row").doubles().enumerated() where row >= 0 && row < 1e6 {
        rows[Int(row), default: []].append(index)
      }
    } else {
      rows[0] = Array(positions.indices)
    }
    let finite = positions.filter(\.isFinite)
    let isInMicrometres = (finite.max() ?? 0) - (finite.min() ?? 0) > 500
    let profiles = (0...(rows.keys.max() ?? 0)).map { row in
      let members = rows[row] ?? []
      return ProfileSamples(
        positions: members.map { positions[$0] }[...], signals: members.map { signals[$0] }[...],
        scale: isInMicrometres ? 1e-3 : 1)
    }
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let name = file.split(separator: ".").first.map(String.init) ?? file
    let plane = request.planes.sorted().first ?? .horizontal
    self.path = path
    acquisitionCount = 1
    gammas = [nil]
    faults = []
    warnings = []
    if isInMicrometres {
      warnings.append(
        CavernWarning("ws.micrometres", "positions span more than 500 units: taken as micrometres", file: path))
    }
    scanners = [
      Scanner(
        device: name, plane: plane, acquisition: 0, time: AcquisitionTime(fileName: file),
        scans: [
          ScanProfiles(
            device: name, equipment: name, plane: plane, scan: .inward, acquisition: 0, channels: [profiles],
            isInMicrometres: isInMicrometres, mismatchedRows: [])
        ])
    ]
  }
}
