import Errors
import JSON

extension WireScanOptions {
  /// Reads what `json` writes, so that a stored result can be analysed again in the same way.
  ///
  /// - Throws: `ws.badOptions` that names the field.
  public init(json: JSONValue) throws(CavernError) {
    self.init()
    func bad(_ name: String) -> CavernError {
      CavernError("ws.badOptions", "the stored options have no usable '\(name)'", exit: .badData)
    }
    func number(_ name: String) throws(CavernError) -> Double {
      guard let value = json[name]?.doubleValue else { throw bad(name) }
      return value
    }
    func word(_ name: String) throws(CavernError) -> String {
      guard let value = json[name]?.stringValue else { throw bad(name) }
      return value
    }
    planes = Set(json["planes"]?.arrayValue?.compactMap { $0.stringValue.flatMap(Plane.init) } ?? [])
    scans = Set(json["scans"]?.arrayValue?.compactMap { $0.stringValue.flatMap(ScanDirection.init) } ?? [])
    guard !planes.isEmpty else { throw bad("planes") }
    guard !scans.isEmpty else { throw bad("scans") }
    device = json["device"]?.stringValue
    switch json["photomultiplier"] {
    case .integer(let number)?: photomultiplier = .number(number)
    case .string("best-per-row")?: photomultiplier = .bestPerRow
    case .string("best")?: photomultiplier = .best
    default: throw bad("photomultiplier")
    }
    threshold = try number("threshold")
    rows = json["rows"]?.arrayValue.map { Set($0.compactMap(\.intValue)) }
    guard let weights = Weights(rawValue: try word("weights")) else { throw bad("weights") }
    self.weights = weights
    guard let baseline = Baseline(rawValue: try word("baseline")) else { throw bad("baseline") }
    self.baseline = baseline
    guard let fits = json["fitsQGaussian"]?.boolValue else { throw bad("fitsQGaussian") }
    fitsQGaussian = fits
    if try word("optics") != "automatic" {
      guard let record = json["opticsTable"], let set = try OpticsTable(json: ["sets": [record]]).sets.first else {
        throw bad("opticsTable")
      }
      optics = .set(set)
    }
    momentumSpread = try number("momentumSpread")
    if let record = json["momentumShape"], record != .null {
      guard let shape = MomentumDistribution(json: record) else { throw bad("momentumShape") }
      momentumShape = shape
    }
    momentumSpreadUncertainty = try number("momentumSpreadUncertainty")
    betaUncertainty = try number("betaUncertainty")
    dispersionUncertainty = try number("dispersionUncertainty")
    positionScaleUncertainty = try number("positionScaleUncertainty")
    gamma = json["gamma"]?.doubleValue
    cycleOffset = try number("cycleOffset_ms")
  }
}
