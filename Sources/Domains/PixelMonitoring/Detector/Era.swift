import Errors

/// A period of data taking as a range of fills.
public struct Era: Sendable, Hashable {
  /// Its name, for example `2022` or `run3`.
  public var name: String
  /// The parts it is made of, in order; one for a plain era.
  public var ranges: [ClosedRange<Int>]
  /// What figures call it.
  public var label: String
  /// Centre-of-mass energies in TeV, in order, without doubles.
  public var energiesTeV: [Double]

  /// Whether a fill belongs to it.
  public func holds(_ fill: Int) -> Bool { ranges.contains { $0.contains(fill) } }
}

/// Which detector was in place.
public enum DetectorPhase: Int, Sendable, Hashable {
  /// Until 2016: three barrel layers.
  case phase0 = 0
  /// Since 2017: four barrel layers.
  case phase1 = 1
}

extension PixelFacts {
  /// The era of that name.
  ///
  /// - Throws: `pixel.unknownEra` with the nearest names.
  public func era(named name: String) throws(CavernError) -> Era {
    if let era = eras.first(where: { $0.name == name.lowercased() }) { return era }
    let names = eras.map(\.name)
    throw CavernError(
      "pixel.unknownEra", "there is no era '\(name)'", exit: .usage, expected: names.joined(separator: ", "),
      nearest: nearestNames(to: name, in: names))
  }

  /// The plain era (a year) a fill belongs to.
  ///
  /// - Throws: `pixel.noEra` naming the fill.
  public func era(of fill: Int) throws(CavernError) -> Era {
    if let era = eras.first(where: { $0.ranges.count == 1 && $0.holds(fill) }) { return era }
    throw CavernError(
      "pixel.noEra", "fill \(fill) belongs to no era", exit: .badData,
      expected: "a fill of " + eras.filter { $0.ranges.count == 1 }.map(\.name).joined(separator: ", "))
  }

  /// The detector that was in place in a fill.
  ///
  /// - Throws: `pixel.noPhase` naming the fill.
  public func phase(ofFill fill: Int) throws(CavernError) -> DetectorPhase {
    for entry in phases where entry.fills.contains(fill) { return entry.phase }
    let first = phases.map(\.fills.lowerBound).min() ?? 0
    throw CavernError(
      "pixel.noPhase", "there was no pixel detector in fill \(fill)", exit: .badData,
      expected: "a fill from \(first) on, but not between the detectors of 2016 and 2017 (5576 to 5697)")
  }

  /// The detector of a fill; the present one when there was none.
  public func detector(ofFill fill: Int) -> DetectorPhase { (try? phase(ofFill: fill)) ?? .phase1 }

  /// The detector that was in place on a day.
  ///
  /// - Parameter day: `YYYY-MM-DD`.
  /// - Throws: `pixel.noPhase` naming the day.
  public func phase(onDay day: String) throws(CavernError) -> DetectorPhase {
    for entry in phases where day >= entry.fromDay && day < entry.beforeDay { return entry.phase }
    throw CavernError(
      "pixel.noPhase", "there was no pixel detector on \(day)", exit: .badData,
      expected: "a day before 2016-12-06 or from 2017-05-23 on")
  }
}
