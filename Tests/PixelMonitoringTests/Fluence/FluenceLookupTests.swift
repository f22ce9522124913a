import Errors
import Foundation
import TestSupport
import Testing

@testable import PixelMonitoring

@Suite("Fluence between and beyond bins")
struct FluenceLookupTests {
  /// A field of any function, at the middles of bins.
  private func field(_ value: (Double, Double) -> Double, error: Double? = nil) throws -> FluenceField {
    let grid = FluenceGrid(r: .init(lower: 0, upper: 10, count: 20), z: .init(lower: -30, upper: 30, count: 60))
    var values: [Double] = []
    for z in 0..<60 { for r in 0..<20 { values.append(value(grid.r.centre(r), grid.z.centre(z))) } }
    let errors = error.map { relative in values.map { $0 * relative } }
    return try FluenceField(grid: grid, scored: [.allpart: .init(values: values, uncertainties: errors)])
  }

  @Test("the lower edge belongs to the field, the upper edge does not; outside is an error with the limits")
  func edges() throws {
    let field = try field { r, z in 1 + r + z * z }
    #expect(try field.value(of: .allpart, r: 0, z: -30).value == 1.25 + 29.5 * 29.5)
    #expect(try field.value(of: .allpart, r: 9.999, z: 29.999).value == 1 + 9.75 + 29.5 * 29.5)
    for (r, z) in [(10.0, 0.0), (-1e-9, 0), (1, 30), (1, -30.001), (.nan, 0)] {
      let error = try #require(caught { try field.value(of: .allpart, r: r, z: z) })
      #expect(error.code == "fluence.outside")
      #expect(error.expected == "0.0 ≤ r < 10.0 cm and -30.0 ≤ z < 30.0 cm")
      #expect(error.exit == .badData)
    }
  }

  @Test("bilinear interpolation is exact for a plane, logarithmic for an exponential")
  func interpolation() throws {
    let plane = try field { r, z in 3 + 2 * r - 0.05 * z }
    let exponential = try field { r, z in exp(-0.3 * r + 0.02 * z) }
    for (r, z) in [(3.3, 4.4), (0.26, -29.4), (9.7, 29.4), (5, 0)] {
      let linear = try plane.value(of: .allpart, r: r, z: z, interpolation: .bilinear).value
      #expect(abs(linear - (3 + 2 * r - 0.05 * z)) < 1e-12)
      let logarithmic = try exponential.value(of: .allpart, r: r, z: z, interpolation: .log).value
      #expect(abs(logarithmic / exp(-0.3 * r + 0.02 * z) - 1) < 1e-12)
    }
    let zero = try field { _, _ in 0 }
    #expect(caught { try zero.value(of: .allpart, r: 1, z: 1, interpolation: .log) }?.code == "fluence.notPositive")
  }

  @Test("the uncertainty halves in the middle of four equal bins and is that of a bin in its middle")
  func uncertainty() throws {
    let flat = try field({ _, _ in 2 }, error: 0.1)
    for interpolation in FluenceInterpolation.allCases {
      let middle = try flat.value(of: .allpart, r: 3.25, z: 0.5, interpolation: interpolation)
      #expect(abs((middle.uncertainty ?? 0) - 0.2) < 1e-12)
      guard interpolation != .bin else { continue }
      let corner = try flat.value(of: .allpart, r: 3, z: 1, interpolation: interpolation)
      #expect(abs((corner.uncertainty ?? 0) - 0.1) < 1e-12)
    }
  }

  @Test("the parameters that made a field are found again, with an error for the mean of a module")
  func fit() throws {
    let truth = [-0.0079183, 0.0488240, 14.765058, -17.694994, 0.5975360, -2.0280512, -0.0038413]
    func model(_ r: Double, _ z: Double) -> Double {
      let width = truth[2] * r + truth[3]
      return (truth[0] * r + truth[1]) / (1 + z * z / (width * width)) + truth[4] * pow(r, truth[5]) + truth[6]
    }
    let grid = FluenceGrid(r: .init(lower: 0, upper: 20, count: 200), z: .init(lower: -50, upper: 50, count: 100))
    var values: [Double] = []
    for z in 0..<100 { for r in 0..<200 { values.append(model(grid.r.centre(r), grid.z.centre(z))) } }
    let field = try FluenceField(
      grid: grid, scored: [.allpart: .init(values: values, uncertainties: values.map { abs($0) * 0.01 + 1e-6 })])
    let fit = try FluenceFit(field)
    let part = try #require(fit.parts.first)
    #expect(part.state.isUsable)
    #expect(part.points == 20 * 60)
    #expect(part.degreesOfFreedom == 20 * 60 - 7)
    #expect(part.chiSquare < 1e-3)
    for (found, wanted) in zip(part.parameters, truth) {
      #expect(abs(found.value - wanted) < 2e-3 * abs(wanted), "\(found)")
    }
    let value = try #require(fit.value(r: 3, z: 7))
    #expect(abs(value.value - model(3, 7)) < 1e-6)
    let error = try #require(value.uncertainty)
    #expect(error > 0 && error < 0.01 * value.value)
    let mean = try #require(fit.mean(r: 2.9, zFrom: 0.11, to: 6.59))
    #expect(mean.value > model(2.9, 6.59) && mean.value < model(2.9, 0.11))
    let correlated = try #require(mean.uncertainty)
    let diagonal = part.covariance.indices.reduce(0) { $0 + part.covariance[$1][$1] }
    #expect(correlated * correlated < diagonal)
  }

  @Test("projections in z give widths for every bin in r")
  func projections() throws {
    let field = try field({ r, z in (5 - 0.1 * r) / (1 + z * z / (100 + r)) + 0.3 }, error: 0.02)
    let fit = try FluenceFit(field, model: .projection)
    #expect(fit.parts.count == 4)
    for part in fit.parts {
      let r = (part.r.lowerBound + part.r.upperBound) / 2
      #expect(part.state.isUsable)
      #expect(abs(part.parameters[0].value - (5 - 0.1 * r)) < 1e-4)
      #expect(abs(abs(part.parameters[1].value) - (100 + r).squareRoot()) < 1e-3)
      #expect(part.parameters[2].value == 1)
    }
    #expect(caught { try FluenceFit(field, r: 2...2.1) }?.code == "fluence.fewBins")
    #expect(try FluenceFit(field, model: .projection, fixedPower: false).trend == nil)
  }

  @Test("the parameters of projections are followed along r: linear, linear and a power with a floor, with covariance")
  func trends() throws {
    let truth = [5, -0.1, 9, 0.5, 2, 1.5, 0.3]
    func model(_ r: Double, _ z: Double) -> Double {
      let width = truth[2] + truth[3] * r
      return (truth[0] + truth[1] * r) / (1 + z * z / (width * width)) + truth[4] * pow(r, -truth[5]) + truth[6]
    }
    let field = try field(model, error: 0.02)
    let fit = try FluenceFit(field, model: .projection, r: 1...10)
    let trend = try #require(fit.trend)
    #expect(trend.state.isUsable && trend.points == 3 * 18 && trend.degreesOfFreedom == 3 * 18 - 7)
    for (found, wanted) in zip(trend.parameters, truth) {
      #expect(abs(found.value - wanted) < 1e-3 * abs(wanted), "\(found)")
    }
    // Between and beyond the bins, with an error that is below that of a bin where many count.
    let value = try #require(fit.mean(r: 6.1, zFrom: -3, to: -3))
    #expect(abs(value.value - model(6.1, -3)) < 1e-5 * value.value)
    let error = try #require(value.uncertainty)
    #expect(error > 0 && error < 0.01 * value.value)
    #expect(abs((fit.value(r: 12, z: 0)?.value ?? 0) - model(12, 0)) < 1e-3)
  }
}
