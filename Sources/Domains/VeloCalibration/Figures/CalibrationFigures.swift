import Errors
import Figures
import Fitting

/// The figures of a calibrated scan.
public struct CalibrationFigures: Sendable {
  /// The result.
  public let maps: PixelMaps
  /// The sums it came from; without them there are no curves.
  public let counts: ScanCounts?

  /// Figures of a result, with curves when its sums are given.
  public init(_ maps: PixelMaps, counts: ScanCounts?) {
    self.maps = maps
    self.counts = counts
  }

  /// Dataset, shutter and label as the names of files take them: `<dataset><middle>ST<gap><shutter>_<label>`.
  func stem(_ middle: String = "", gap: String = "") -> String {
    let name = "\(maps.dataset)\(middle)ST\(gap)\(maps.shutter)_\(maps.label)"
    return String(
      name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ".") ? $0 : "-" })
  }

  /// What stands at the upper right of every figure.
  var place: String { "\(maps.dataset) \(maps.label), ST = \(maps.shutter)" }

  /// Colour of the scan: orange for warm, blue for cold, else the first of the cycle.
  public static func colour(_ label: String, at index: Int = 0) -> Colour {
    if label.lowercased().contains("warm") { return .rgb(0xF89C20) }
    if label.lowercased().contains("cold") { return .rgb(0x5790FC) }
    return .cycle(index)
  }

  /// The figures that every run draws: four maps, the distributions and the curves of the ASIC.
  public func standard() throws(CavernError) -> [Figure] {
    var figures: [Figure] = []
    for name in ["E0", "target", "K", "Fittype"] where name == "Fittype" || hasValues(name) {
      figures.append(try heatMap(name))
    }
    figures.append(try distributions())
    if counts != nil { figures.append(try fluxCurves(FluxChoice())) }
    return figures
  }

  /// Whether any pixel has a value of this name.
  public func hasValues(_ name: String) -> Bool { ((try? maps.values(name)) ?? []).contains { $0.isFinite } }

  /// Title and unit of a quantity.
  static func axis(_ name: String) -> (title: String, unit: String?) {
    switch name {
    case "E0": ("E0", "DAC")
    case "s", "s2", "target": (name, "DAC")
    case "K": ("K", "e-/DAC")
    case "A": ("A", "Hz")
    case "totalflux": ("Hits/s", nil)
    case "chi2": ("merged χ²", nil)
    default: (name, nil)
    }
  }

  /// The column behind a name that the specification of figures uses.
  public static func column(_ name: String) -> String { name == "chi2" ? "chi2_merged" : name }
}
