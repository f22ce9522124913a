import Errors
import Fitting
import JSON
import Results

/// A page with maps of the pixels on which a click shows the curve of a pixel, its fit, residuals and numbers.
///
/// Everything is inside, nothing is fetched: numbers as deflated arrays, drawing by a script of its own.
public struct PixelPage: Sendable {
  /// One scan of the page.
  public struct Scan: Sendable {
    /// Its result.
    public var maps: PixelMaps
    /// Its sums.
    public var counts: ScanCounts

    /// A scan.
    public init(maps: PixelMaps, counts: ScanCounts) {
      self.maps = maps
      self.counts = counts
    }
  }

  private let title: String
  private let facts: [(String, String)]
  private let scans: [Scan]
  private let warnings: [CavernWarning]
  private let version: String

  /// A page.
  ///
  /// - Parameters:
  ///   - title: what stands at the top.
  ///   - facts: names and values below it.
  ///   - scans: the scans in order.
  ///   - warnings: what should be known.
  ///   - version: of the program.
  public init(
    title: String, facts: [(String, String)], scans: [Scan], warnings: [CavernWarning], version: String
  ) {
    self.title = title
    self.facts = facts
    self.scans = scans
    self.warnings = warnings
    self.version = version
  }

  /// Columns that the page can map, in the order of its menu.
  static let columns = ["E0", "target", "K", "f", "A", "B", "s", "s2", "c", "p", "deviance", "chi2_merged"]

  /// The page in UTF-8.
  ///
  /// - Throws: what reading the maps throws.
  public func bytes() throws(CavernError) -> [UInt8] {
    var page = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; \
      style-src 'unsafe-inline'; img-src data: blob:; connect-src 'none'; form-action 'none'; base-uri 'none'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Self.escaped(title))</title>
      <style>
      \(PixelPageAssets.style)
      </style></head><body>
      <h1>\(Self.escaped(title))</h1>
      <dl>
      """
    for (name, value) in facts { page += "<div><dt>\(Self.escaped(name))</dt><dd>\(Self.escaped(value))</dd></div>" }
    page += "</dl>\n\(PixelPageAssets.body)\n"
    page += try summaryTable()
    if !warnings.isEmpty {
      page += "<section><h2>Remarks</h2><ul>"
      for warning in warnings {
        page += "<li><code>\(Self.escaped(warning.code))</code> \(Self.escaped(warning.message))</li>"
      }
      page += "</ul></section>"
    }
    page += "<footer>cavern \(Self.escaped(version))</footer>\n"
    for (index, scan) in scans.enumerated() {
      page += "<script type=\"application/json\" class=\"scan\" id=\"scan\(index)\">"
      page += try data(scan).text().replacing("</", with: "<\\/")
      page += "</script>\n"
    }
    page += "<script>\n\(PixelPageAssets.script)\n</script>\n</body></html>\n"
    return Array(page.utf8)
  }

  private func data(_ scan: Scan) throws(CavernError) -> JSONValue {
    let maps = scan.maps
    let names = maps.names
    var columns = JSONObject()
    for name in Self.columns where names.contains(name) {
      var entry = JSONObject([("values", .string(DeflatedBytes.base64(try maps.values(name).map(Float.init))))])
      if let errors = maps.errors(of: name) {
        entry["errors"] = .string(DeflatedBytes.base64(errors.map(Float.init)))
      }
      columns[name] = .object(entry)
    }
    let counts = scan.counts
    let live = counts.liveSeconds
    return [
      "label": .string(maps.label), "shutter": .string(maps.shutter), "equation": .string(maps.equation.rawValue),
      "parameters": .array(maps.equation.parameterNames.map { .string($0) }),
      "thresholds": .array(counts.thresholds.map { .integer($0) }), "live": .numbers(live),
      "columns": .object(columns),
      "category": .string(DeflatedBytes.base64(try maps.values("category").map { Int8($0) })),
      "reason": .string(DeflatedBytes.base64(try maps.values("reason").map { UInt8($0) })),
      "counts": .string(DeflatedBytes.base64(counts.hits.map { UInt16(min($0, 65_535)) })),
    ]
  }

  private func summaryTable() throws(CavernError) -> String {
    var text = """
      <section><h2>Summary</h2><table><thead><tr><th>scan</th><th>good</th><th>bad</th><th>not converged</th>\
      <th>too few hits</th><th>masked</th><th>noisy</th><th>target [DAC]</th><th>K [e-/DAC]</th><th>K ASIC</th>\
      <th>K ASICgood</th></tr></thead><tbody>
      """
    for scan in scans {
      let json = scan.maps.json
      func count(_ name: String) -> String { json["categories"]?[name]?.intValue.map(String.init) ?? "" }
      func mean(_ name: String) -> String {
        guard let value = json[name]?["mean"]?.doubleValue, let error = json[name]?["errorOfMean"]?.doubleValue else {
          return "–"
        }
        return MeasuredValue(value, statistical: error).text()
      }
      func asic(_ curve: String) -> String {
        guard let pair = scan.maps.asic(curve, "K") else { return "–" }
        return MeasuredValue(pair.value, statistical: pair.error.isFinite ? pair.error : nil).text()
      }
      let cells =
        [scan.maps.label]
        + ["good", "bad", "not-converged", "too-few-hits", "masked", "noisy"].map(count)
        + [mean("target_DAC"), mean("K_e_per_DAC"), asic("ASIC"), asic("ASICgood")]
      text += "<tr>" + cells.map { "<td>\(Self.escaped($0))</td>" }.joined() + "</tr>"
    }
    return text + "</tbody></table></section>\n"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
