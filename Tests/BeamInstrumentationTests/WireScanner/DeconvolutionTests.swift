import Errors
import Fitting
import Foundation
import Tables
import TestSupport
import Testing

@testable import BeamInstrumentation

@Suite("The momentum distribution is taken out of profiles")
struct DeconvolutionTests {
  static let x = (0..<160).map { -20 + 0.25 * Double($0) }

  /// A betatron q-Gaussian of that rms size folded with a parabola or a normal distribution of rms `dispersive`, on a
  /// grid far finer than that of the fit.
  static func profile(sigma: Double, q: Double, dispersive: Double, isParabola: Bool) -> [Double] {
    let nodes = (0..<400).map { (Double($0) + 0.5) / 200 - 1 }
    let reach = isParabola ? 5.0.squareRoot() : 6
    let density = nodes.map { isParabola ? 1 - $0 * $0 : exp(-0.5 * $0 * $0 * reach * reach) }
    let sum = density.reduce(0, +)
    return x.map { position in
      var value = 0.0
      for (node, share) in zip(nodes, density) {
        let distance = position - 0.4 - node * reach * dispersive
        value += share * Scalar.qExponential(-distance * distance / (sigma * sigma * (5 - 3 * q)), q: q)
      }
      return 5000 * value / sum + 120
    }
  }

  static func fit(_ y: [Double], dispersive: Double, _ shape: MomentumDistribution) throws -> DeconvolvedFit {
    let batch = try ProfileBatch(x: x, y: y, offsets: [0, x.count])
    let gaussian = GaussianFit(try BatchFitter.fit(batch, model: GaussianPeak.self), problem: 0)
    let tails = QGaussianFit(
      try BatchFitter.fit(batch, model: QGaussianPeak.self), problem: 0, gaussianSigma: gaussian.sigma)
    return DeconvolvedFit(x: x, y: y, weights: nil, start: tails, dispersiveSize: dispersive, shape: shape)
  }

  @Test(
    "what was folded comes back, also where the dispersive part is not small",
    arguments: [
      (3.0, 1.0, 0.4), (3.0, 1.0, 2.5), (2.0, 1.2, 1.5), (2.5, 0.85, -1.2),
    ])
  func parabola(sigma: Double, q: Double, dispersive: Double) throws {
    let y = Self.profile(sigma: sigma, q: q, dispersive: dispersive, isParabola: true)
    let fit = try Self.fit(y, dispersive: dispersive, .parabolic)
    #expect(fit.state == .converged)
    #expect(abs(fit.q - q) < 5e-3)
    #expect(abs(try #require(fit.rmsSigma) / sigma - 1) < 3e-3)
  }

  @Test("for two Gaussians it is subtraction in quadrature")
  func gaussians() throws {
    let y = Self.profile(sigma: 2.4, q: 1, dispersive: 1.8, isParabola: false)
    let fit = try Self.fit(y, dispersive: 1.8, .gaussian)
    #expect(abs(try #require(fit.rmsSigma) - (9 - 1.8 * 1.8).squareRoot()) < 2e-3)
  }

  @Test("its error is a standard error: pulls have width one")
  func pulls() throws {
    let clean = Self.profile(sigma: 2.4, q: 1.1, dispersive: 1.5, isParabola: true)
    var random = RandomSource(seed: 4)
    var pulls: [Double] = []
    for _ in 0..<150 {
      let fit = try Self.fit(clean.map { $0 + 25 * random.normal() }, dispersive: 1.5, .parabolic)
      pulls.append((try #require(fit.rmsSigma) - 2.4) / (try #require(fit.rmsSigmaError)))
    }
    let mean = pulls.reduce(0, +) / 150
    let width = (pulls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 150).squareRoot()
    #expect(abs(mean) < 0.3)
    #expect(abs(width - 1) < 0.2)
  }

  @Test("a measured distribution counts by its shape; one that is none is refused")
  func measured() throws {
    let places = (0...40).map { 1e-3 * (Double($0) / 20 - 1) + 2e-4 }
    let shape = try MomentumDistribution(
      name: "measured", momenta: places, densities: places.map { max(0, 1 - pow(($0 - 2e-4) / 1e-3, 2)) })
    let y = Self.profile(sigma: 2.5, q: 1, dispersive: 1.5, isParabola: true)
    #expect(abs(try #require(try Self.fit(y, dispersive: 1.5, shape).rmsSigma) / 2.5 - 1) < 5e-3)
    for (momenta, densities) in [
      ([0, 1], [1, 1]), ([0, 0, 1], [1, 1, 1]), ([0, 1, 2], [1, -1, 1]), ([0, 1, 2], [0, 0, 0]),
      ([0, 1, .nan], [1, 1, 1]),
    ] as [([Double], [Double])] {
      let fault = caught { try MomentumDistribution(name: "x", momenta: momenta, densities: densities) }
      #expect(fault?.code == "ws.badMomentumDistribution")
    }
  }

  @Test("a table of positions and signals is a profile like any other")
  func table() throws {
    let y = Self.profile(sigma: 2.5, q: 1, dispersive: 0, isParabola: false).enumerated().map { index, value in
      // Something like noise: an exact curve has none.
      value + 3 * sin(Double(index * index))
    }
    let text = "position,signal\n" + zip(Self.x, y).map { "\($0),\($1)" }.joined(separator: "\n") + "\n"
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "IPM.csv").path
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      var options = WireScanOptions()
      options.planes = [.vertical]
      options.gamma = 7.3
      let file = try WireScanFile(
        table: try readTable(path: path), path: path, request: WireScanFile.Request(options))
      let analysis = try WireScanAnalysis(file, options: options, table: try OpticsTable.builtIn())
      let profile = try #require(analysis.profiles.first)
      #expect(analysis.profiles.count == 1)
      #expect(profile.plane == .vertical)
      #expect(profile.device == "IPM")
      #expect(abs(try #require(profile.gaussian?.sigma) / 2.5 - 1) < 2e-3)
      #expect(profile.emittance == nil)
    }
  }
}
