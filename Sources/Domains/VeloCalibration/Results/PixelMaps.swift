import Errors
import Fitting
import Foundation
import JSON
import Tables

/// The result of a calibration by name of column: what figures, comparisons and pages are made of.
///
/// Made from a calibration in memory, or read back from the folder of a scan.
public struct PixelMaps: Sendable {
  /// Name of the dataset.
  public let dataset: String
  /// Label of the scan.
  public let label: String
  /// Shutter time as file names write it, `2s621ms`.
  public let shutter: String
  /// The content of `calibration.json` below `result`.
  public let json: JSONValue
  private let table: Table

  /// The maps of a calibration in memory.
  public init(_ calibration: ScanCalibration, dataset: String) throws(CavernError) {
    self.dataset = dataset
    label = calibration.scan.label
    shutter = calibration.scan.shutter.text
    json = calibration.json
    table = try calibration.pixelTable()
  }

  /// Reads the maps of a scan from its folder.
  ///
  /// - Throws: `velo.result` (exit 66 or 65) when the folder is no result of a calibration, and what reading throws.
  public init(folder: String) throws(CavernError) {
    let path = folder + "/calibration.json"
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CavernError(
        "velo.result", "there is no calibration in the folder", exit: .noInput, file: folder,
        expected: "the folder of a scan as 'cavern velo run' writes it")
    }
    guard let document = try? JSONValue(parsing: Array(data)),
      document["schema"]?.stringValue == "cavern.velo.calibration/1", let result = document["result"]
    else { throw CavernError("velo.result", "the file is no calibration", exit: .badData, file: path) }
    json = result
    dataset = document["dataset"]?.stringValue ?? ""
    label = result["label"]?.stringValue ?? ""
    shutter = result["shutter"]?.stringValue ?? ""
    table = try ParquetFile(path: folder + "/pixels.parquet").read()
    guard table.rowCount == PixelMatrix.count else {
      throw CavernError(
        "velo.result", "\(table.rowCount) pixels instead of 65536", exit: .badData, file: folder + "/pixels.parquet")
    }
  }

  /// Equation of the flux.
  public var equation: EdgeEquation { json["equation"]?.stringValue.flatMap(EdgeEquation.init) ?? .F1_0 }
  /// Whether the earlier program's method was used.
  public var isLegacy: Bool { json["method"]?.stringValue == "legacy" }
  /// Names of the columns.
  public var names: [String] { table.columns.map(\.name) }

  /// 65,536 values of a column, NaN where there is none; values that the earlier program writes as 0 are NaN as well.
  ///
  /// - Throws: `table.missingColumn` with the nearest names.
  public func values(_ name: String) throws(CavernError) -> [Double] {
    let values = try table.column(name).doubles()
    guard isLegacy, !["row", "col", "fittype", "category", "reason"].contains(name) else { return values }
    return values.map { $0 == 0 ? .nan : $0 }
  }

  /// The uncertainties that belong to a column; `nil` when there are none.
  public func errors(of name: String) -> [Double]? {
    let column = isLegacy ? "u\(name)" : ["target", "K"].contains(name) ? "u\(name)_stat" : "u\(name)"
    return try? values(column)
  }

  /// Whether the fit of each pixel is good.
  public func isGood() throws(CavernError) -> [Bool] { try values("category").map { $0 == 1 } }

  /// The values of good pixels, NaN elsewhere.
  public func goodValues(_ name: String) throws(CavernError) -> [Double] {
    zip(try values(name), try isGood()).map { $1 ? $0 : .nan }
  }

  /// Value and uncertainty of a quantity of the ASIC's curve (`ASIC` or `ASICgood`); `nil` when it has none.
  public func asic(_ curve: String, _ name: String) -> (value: Double, error: Double)? {
    let entry: JSONValue?
    switch name {
    case "target": entry = json[curve]?["target_DAC"]
    case "K": entry = json[curve]?["K_e_per_DAC"]
    default: entry = json[curve]?["parameters"]?[name]
    }
    guard let value = entry?["value"]?.doubleValue, value.isFinite else { return nil }
    return (value, entry?["error"]?.doubleValue ?? .nan)
  }

  /// Values of the fitted parameters of an ASIC's curve in the order of the equation.
  public func asicParameters(_ curve: String) -> [Double]? {
    let values = equation.parameterNames.compactMap { asic(curve, $0)?.value }
    return values.count == equation.parameterCount ? values : nil
  }
}
