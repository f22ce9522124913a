import Fitting
import JSON
import TestSupport
import Testing

/// Profiles of the wire-scanner reference cases with the independently found least-squares optimum.
struct WireScannerProfile {
  let name: String
  let x, y: [Double]
  let gaussian, qGaussian: JSONValue
  let qGaussianRefined: [Double]

  static func all() throws -> [WireScannerProfile] {
    let list = try TestResources.json("fitting/wire-scanner-optima.json").arrayValue ?? []
    return try list.map { entry in
      func numbers(_ key: String) -> [Double] { entry[key]?.arrayValue?.compactMap(\.doubleValue) ?? [] }
      return WireScannerProfile(
        name: try #require(entry["name"]?.stringValue), x: numbers("x"), y: numbers("y"),
        gaussian: try #require(entry["gaussian"]), qGaussian: try #require(entry["qGaussian"]),
        qGaussianRefined: numbers("qGaussianRefined"))
    }
  }
}

@Suite("The optimum of every reference profile")
struct WireScannerOptimaTests {
  @Test("The Gaussian optimum and its standard errors agree with the reference to the digits it prints")
  func gaussian() throws {
    let profiles = try WireScannerProfile.all()
    #expect(profiles.count == 64)
    let fits = try BatchFitter.fit(
      ProfileBatch(profiles: profiles.map { ($0.x, $0.y) }), model: GaussianPeak.self)
    for (i, profile) in profiles.enumerated() {
      #expect(fits.states[i] == .converged, "\(profile.name)")
      let expected = try ["amplitude", "mean_mm", "sigma_mm", "offset"].map {
        try #require(profile.gaussian[$0]?.doubleValue)
      }
      let errors = try #require(profile.gaussian["stdErr"]?.arrayValue).compactMap(\.doubleValue)
      for j in 0..<4 {
        let scale = j == 1 ? expected[2] : j == 3 ? expected[0] : expected[j]
        #expect(abs(fits.parameter(i, j) - expected[j]) < 3e-9 * scale, "\(profile.name) \(fits.parameterNames[j])")
        #expect(abs(fits.standardError(i, j) / errors[j] - 1) < 1e-4, "\(profile.name) \(fits.parameterNames[j])")
      }
      let variance = try #require(profile.gaussian["residualVariance"]?.doubleValue)
      #expect(abs(fits.residualVariance(i) / variance - 1) < 1e-6, "\(profile.name)")
    }
  }

  @Test("The q-Gaussian optimum and its derived widths agree with the reference to the digits it prints")
  func qGaussian() throws {
    let profiles = try WireScannerProfile.all()
    let fits = try BatchFitter.fit(
      ProfileBatch(profiles: profiles.map { ($0.x, $0.y) }), model: QGaussianPeak.self)
    for (i, profile) in profiles.enumerated() {
      #expect(fits.states[i] == .converged, "\(profile.name)")
      func expected(_ key: String) throws -> Double { try #require(profile.qGaussian[key]?.doubleValue, "\(key)") }
      let (width, q) = (fits.parameter(i, 2), fits.parameter(i, 3))
      // The reference's optimum, to what its own search resolved, ...
      #expect(abs(q - (try expected("q"))) < 5e-7, "\(profile.name)")
      #expect(abs(fits.parameter(i, 0) / (try expected("peak")) - 1) < 1e-7, "\(profile.name)")
      #expect(abs(fits.parameter(i, 1) - (try expected("mu_mm"))) < 1e-7, "\(profile.name)")
      #expect(abs(1 / (width * width) / (try expected("beta_per_mm2")) - 1) < 2e-6, "\(profile.name)")
      #expect(
        abs(QGaussianPeak.area(peak: fits.parameter(i, 0), width: width, q: q) / (try expected("area")) - 1) < 1e-6,
        "\(profile.name)")
      #expect(abs(QGaussianPeak.rmsSigma(width: width, q: q) / (try expected("sigmaRms_mm")) - 1) < 1e-6)
      #expect(abs(QGaussianPeak.fwhm(width: width, q: q) / (try expected("fwhm_mm")) - 1) < 1e-6)
      // ... and the same optimum refined in extended precision.
      #expect(profile.qGaussianRefined.count == 5)
      for (j, value) in profile.qGaussianRefined.enumerated() {
        let scale = j == 1 ? width : j == 4 ? fits.parameter(i, 0) : abs(value)
        #expect(abs(fits.parameter(i, j) - value) < 1e-10 * scale, "\(profile.name) \(fits.parameterNames[j])")
      }
      #expect(abs(fits.standardError(i, 3) / (try expected("qStdErr")) - 1) < 1e-3, "\(profile.name)")
      let error = QGaussianPeak.rmsSigmaError(
        width: width, q: q, varianceOfWidth: fits.covariance(i, 2, 2), covariance: fits.covariance(i, 2, 3),
        varianceOfQ: fits.covariance(i, 3, 3))
      #expect(abs(error / (try expected("sigmaRmsStdErr_mm")) - 1) < 1e-3, "\(profile.name)")
      #expect(abs(fits.residualVariance(i) / (try expected("residualVariance")) - 1) < 1e-6, "\(profile.name)")
    }
  }
}
