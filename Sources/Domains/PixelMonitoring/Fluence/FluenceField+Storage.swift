import Errors
import Files
import Foundation
import Histograms
import Tables

extension FluenceField {
  /// The name of the Parquet file in a folder that `import` fills.
  public static let tableName = "fluence.parquet"
  /// The name of the ROOT file.
  public static let rootName = "fluence_field.root"

  private static let kind = "cavern.fluence/1"

  /// The field as a table: a row a bin, r running fastest; the grid and notes stand in the remarks.
  ///
  /// Columns: `r_cm` and `z_cm` (middles), then for every kind of particle its value and, where known, `<kind>_error`
  /// (standard uncertainty), both in n_eq/cm² per collision.
  public func table() throws(CavernError) -> Table {
    var columns = [
      Column("r_cm", (0..<grid.count).map { grid.r.centre($0 % grid.r.count) }, unit: "cm"),
      Column("z_cm", (0..<grid.count).map { grid.z.centre($0 / grid.r.count) }, unit: "cm"),
    ]
    for particle in particles {
      let component = try component(particle)
      columns.append(Column(particle.rawValue, component.values, unit: "1/cm2"))
      if let errors = component.uncertainties {
        columns.append(Column("\(particle.rawValue)_error", errors, unit: "1/cm2"))
      }
    }
    func text(_ axis: FluenceGrid.Axis) -> String { "\(axis.lower),\(axis.upper),\(axis.count)" }
    return try Table(
      columns: columns,
      metadata: [
        "kind": Self.kind, "r_cm": text(grid.r), "z_cm": text(grid.z), "notes": notes.joined(separator: "\n"),
      ])
  }

  /// A field from the table that `table()` makes.
  ///
  /// - Throws: `fluence.notAField` when the table is another one.
  public init(_ table: Table) throws(CavernError) {
    func axis(_ name: String) -> FluenceGrid.Axis? {
      let parts = (table.metadata[name] ?? "").split(separator: ",")
      guard parts.count == 3, let lower = Double(parts[0]), let upper = Double(parts[1]), let count = Int(parts[2]),
        lower < upper, count > 0
      else { return nil }
      return FluenceGrid.Axis(lower: lower, upper: upper, count: count)
    }
    guard table.metadata["kind"] == Self.kind, let r = axis("r_cm"), let z = axis("z_cm") else {
      throw CavernError(
        "fluence.notAField", "the table is no fluence field", exit: .badData,
        expected: "a table that 'cavern pixel fluence import' wrote")
    }
    var scored: [FluenceParticle: Component] = [:]
    for particle in FluenceParticle.allCases {
      guard let column = table[particle.rawValue] else { continue }
      scored[particle] = Component(
        values: try column.doubles(), uncertainties: try table["\(particle.rawValue)_error"]?.doubles())
    }
    let notes = (table.metadata["notes"] ?? "").split(separator: "\n").map(String.init)
    try self.init(grid: FluenceGrid(r: r, z: z), scored: scored, notes: notes)
  }

  /// Reads a field: the folder that `import` filled, its Parquet or ROOT file, or the FLUKA text itself.
  ///
  /// - Throws: `fluence.noField` when the folder holds none, and what the readers throw.
  public static func read(_ path: String) throws(CavernError) -> (field: FluenceField, warnings: [CavernWarning]) {
    var isFolder: ObjCBool = false
    var file = path
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      let found = [tableName, rootName].map { "\(path)/\($0)" }.first { FileManager.default.fileExists(atPath: $0) }
      guard let found else {
        throw CavernError(
          "fluence.noField", "the folder holds no fluence field", exit: .noInput, file: path,
          expected: "\(tableName) or \(rootName)", hint: "make it with 'cavern pixel fluence import FILE --out DIR'")
      }
      file = found
    }
    if file.hasSuffix(".parquet") {
      do throws(CavernError) {
        return (try FluenceField(try ParquetFile(path: file).read()), [])
      } catch {
        throw error.inFile(file)
      }
    }
    if file.hasSuffix(".root") { return try readROOT(file) }
    return try FlukaReader.read(path: file)
  }

  /// One text table of a kind of particle: blocks `z = …` of lines `r<TAB>value`, as the earlier program wrote them.
  ///
  /// - Parameter isError: whether uncertainties are written instead of values.
  /// - Returns: `nil` when the kind or its uncertainties are not known.
  public func textTable(_ particle: FluenceParticle, isError: Bool = false) -> String? {
    guard let component = components[particle] else { return nil }
    guard let values = isError ? component.uncertainties : component.values else { return nil }
    var text = ""
    for z in 0..<grid.z.count {
      text += "z = \(Self.short(grid.z.centre(z)))\n"
      for r in 0..<grid.r.count { text += "\(Self.short(grid.r.centre(r)))\t\(values[grid.index(r, z)])\n" }
    }
    return text
  }

  /// A coordinate without the dust of binary fractions.
  private static func short(_ value: Double) -> String { ((value * 1e6).rounded() / 1e6).description }

  /// The text that says the units of the ROOT file.
  public static let unitsText = "fluence: n_{eq} cm^{-2}\nr: cm\nz: cm\n"
}
