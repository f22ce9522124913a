import Errors
import Figures

extension FluenceField {
  /// A map of the fluence for 1 /fb over z and r.
  ///
  /// - Parameters:
  ///   - isLogarithmic: whether equal ratios are equal steps of colour.
  ///   - r: range shown, in cm.
  ///   - zLimit: largest |z| shown, in cm.
  /// - Throws: `fluence.noParticle`; `fluence.outside` when no bin lies in the range.
  public func mapFigure(
    _ particle: FluenceParticle = .allpart, conversion: FluenceConversion = .run2, isLogarithmic: Bool = true,
    r range: ClosedRange<Double> = 4...16, zLimit: Double = 50
  ) throws(CavernError) -> Figure {
    let component = try component(particle)
    let rBins = (0..<grid.r.count).filter {
      grid.r.edge($0 + 1) > range.lowerBound && grid.r.edge($0) < range.upperBound
    }
    let zBins = (0..<grid.z.count).filter { grid.z.edge($0 + 1) > -zLimit && grid.z.edge($0) < zLimit }
    guard let firstR = rBins.first, let lastR = rBins.last, let firstZ = zBins.first, let lastZ = zBins.last else {
      throw grid.outside(r: range.lowerBound, z: zLimit)
    }
    let scale = conversion.collisionsPerInverseFemtobarn
    let values = rBins.flatMap { r in zBins.map { component.values[grid.index(r, $0)] * scale } }
    let map = HeatMap(
      xEdges: (firstZ...lastZ + 1).map { grid.z.edge($0) }, yEdges: (firstR...lastR + 1).map { grid.r.edge($0) },
      values: values,
      scale: ColourScale("Fluence", unit: "n_eq cm⁻²", isLogarithmic: isLogarithmic))
    let what = particle == .allpart ? "all particles" : particle.rawValue
    return Figure(
      name: "fluence-map-\(particle.rawValue)", title: "Fluence for 1 fb⁻¹", qualifier: "Simulation", rightLabel: what,
      size: .inches(7.5, 4.2),
      panels: [
        Panel(
          x: Axis("z", unit: "cm", range: max(-zLimit, grid.z.lower)...min(zLimit, grid.z.upper)),
          y: Axis(
            "r", unit: "cm",
            range: max(range.lowerBound, grid.r.lower)...min(range.upperBound, grid.r.upper)),
          series: [.image(map)])
      ])
  }
}
