import Errors
import Fitting

/// One scan from profiles to sizes, emittances and flags.
public struct ScanAnalysis: Sendable, Equatable {
  /// The filled rows and every row with a remark, ascending.
  public var profiles: [ProfileResult]
  /// Photomultiplier chosen for the scan, from 1; `nil` when it was chosen per row.
  public var photomultiplier: Int?
  /// The largest area found in a row, in signal units times mm; says why when nothing was found.
  public var largestArea: Double?
  /// The area that counts as typical in the selection of rows.
  public var typicalArea: Double?
  /// Median noise of the rows.
  public var medianNoise: Double?

  /// Analyses a scan.
  ///
  /// - Parameters:
  ///   - scan: the profiles.
  ///   - options: thresholds, weights, models.
  ///   - optics: lattice functions at the device; `nil` gives sizes without emittances.
  ///   - gamma: Lorentz factor at the scan; `nil` gives sizes without emittances.
  /// - Throws: `ws.noSuchPhotomultiplier` when options ask for one that was not recorded.
  public init(_ scan: ScanProfiles, options: WireScanOptions, optics: ScanOptics?, gamma: ScanGamma?)
    throws(CavernError)
  {
    let choice = try ChannelChoice(scan, options: options)
    photomultiplier = choice.channel.map(scan.photomultiplier)
    typicalArea = choice.typicalArea
    largestArea = choice.baselines.compactMap { $0?.area }.max()
    var noises = choice.baselines.compactMap { $0?.noise }
    medianNoise = noises.isEmpty ? nil : median(of: &noises)

    var results: [ProfileResult] = []
    var fitted: [Int] = []
    for row in 0..<scan.rowCount {
      let samples = choice.profiles[row]
      var flags = Self.readingFlags(samples, isMismatched: scan.mismatchedRows.contains(row))
      switch choice.contents[row] {
      case .vacant:
        // A row with lost samples may have held a bunch; steps that go backwards concern the whole scan.
        flags.removeAll { $0.kind == .positionJumps }
        if flags.isEmpty { continue }
      case .constant: flags.append(ProfileFlag(.empty, samples.signals.first ?? .nan))
      case .unusable: flags.append(ProfileFlag(.unusableRow, Double(samples.count)))
      case .weak:
        flags.append(ProfileFlag(.weakBunch, (choice.baselines[row]?.area ?? 0) / (choice.typicalArea ?? .nan)))
      case .filled: break
      }
      if choice.contents[row] == .filled || choice.contents[row] == .weak { fitted.append(results.count) }
      results.append(
        ProfileResult(
          device: scan.device, plane: scan.plane, scan: scan.scan, acquisition: scan.acquisition, row: row,
          slot: scan.slots.flatMap { $0.indices.contains(row) ? $0[row] : nil },
          photomultiplier: scan.photomultiplier(choice.channels[row]), samples: samples,
          baseline: choice.baselines[row], gamma: gamma?.gamma, flags: flags))
    }

    let rows = fitted.map { results[$0] }
    let towers = rows.map { profile in profile.baseline.flatMap { profile.samples.towers(over: $0) } }
    var clipped = rows.map { Saturation.clipping($0.samples, scanMaximum: choice.scanMaximum) }
    let fits = try Self.fits(rows, towers: towers, clipped: &clipped, options: options)
    for (position, index) in fitted.enumerated() {
      if let clipped = clipped[position] {
        results[index].flags.append(ProfileFlag(.saturated, Double(clipped.samples.count { $0 })))
      }
      results[index].sigmaErrorWithNoise = fits.sigmaErrors[position]
      if choice.runnerUp > 0.95 { results[index].flags.append(ProfileFlag(.channelAmbiguous, choice.runnerUp)) }
      results[index].gaussian = fits.gaussians[position]
      results[index].qGaussian = fits.qGaussians?[position]
      results[index].goodness = fits.goodness[position]
      results[index].addFitFlags()
      if let inspection = fits.inspections[position] { results[index].flags += inspection.flags() }
      if let optics, let gamma {
        results[index].addEmittances(optics: optics, gamma: gamma, options: options)
        if let shape = options.momentumShape, let inspection = fits.inspections[position] {
          results[index].addDeconvolution(inspection, shape, optics: optics, gamma: gamma, options: options)
        }
      }
      results[index].flags += gamma?.flags ?? []
    }
    Self.flagSlopes(&results, fitted, fits.inspections)
    for index in results.indices { results[index].sortFlags() }
    profiles = results
  }

  /// Fits rows without their clipped and towering samples; samples that turn out not to be clipped are taken back, and
  /// these rows fitted again.
  private static func fits(
    _ rows: [ProfileResult], towers: [[Bool]?], clipped: inout [Saturation.Clipping?], options: WireScanOptions
  ) throws(CavernError) -> ProfileFits {
    func leftOut(_ position: Int) -> [Bool]? {
      guard let clipping = clipped[position] else { return towers[position] }
      return towers[position].map { zip($0, clipping.samples).map { $0 || $1 } } ?? clipping.samples
    }
    var fits = try ProfileFits(rows, leftOut: rows.indices.map(leftOut), options: options)
    let accidental = rows.indices.filter { position in
      guard let clipping = clipped[position] else { return false }
      let samples = rows[position].samples
      return !Saturation.isConfirmed(
        clipping, x: samples.positions.map { $0 - samples.peakPosition }, gaussian: fits.gaussians[position],
        qGaussian: fits.qGaussians?[position], resolution: ProfileBaseline.resolution(of: samples.signals))
    }
    guard !accidental.isEmpty else { return fits }
    for position in accidental { clipped[position] = nil }
    let again = try ProfileFits(
      accidental.map { rows[$0] }, leftOut: accidental.map { towers[$0] }, options: options)
    for (place, position) in accidental.enumerated() { fits.replace(position, with: place, of: again) }
    return fits
  }

  private static func readingFlags(_ samples: ProfileSamples, isMismatched: Bool) -> [ProfileFlag] {
    var flags: [ProfileFlag] = []
    if samples.nonFiniteCount > 0 { flags.append(ProfileFlag(.nonFiniteSamples, Double(samples.nonFiniteCount))) }
    if samples.reversalShare > 0.01 { flags.append(ProfileFlag(.positionJumps, samples.reversalShare)) }
    if samples.lengthMismatch > 0 || isMismatched {
      flags.append(ProfileFlag(.lengthMismatch, Double(samples.lengthMismatch)))
    }
    return flags
  }

  /// An inclined baseline is a property of the electronics, common to the rows of a scan: a row is flagged when its own
  /// slope has four sigmas, or two while the slopes of all rows together have five.
  private static func flagSlopes(
    _ results: inout [ProfileResult], _ fitted: [Int], _ inspections: [ProfileInspection?]
  ) {
    let slopes = inspections.map { $0?.wingSlope() }
    var weighted = 0.0
    var weight = 0.0
    for case let value? in slopes where value.error > 0 {
      weighted += value.slope / (value.error * value.error)
      weight += 1 / (value.error * value.error)
    }
    let common = weight > 0 ? abs(weighted) / weight.squareRoot() : 0
    for (position, index) in fitted.enumerated() {
      guard let value = slopes[position], value.error > 0 else { continue }
      let own = value.slope / value.error
      if abs(own) > 4 || abs(own) > 2 && common > 5 && own * weighted > 0 {
        results[index].flags.append(ProfileFlag(.slopedBaseline, own))
      }
    }
  }
}

extension ProfileResult {
  /// Remarks that follow from the fits alone.
  mutating func addFitFlags() {
    if let gaussian, !gaussian.state.isUsable {
      flags.append(ProfileFlag(.fitNotConverged, Double(gaussian.iterations)))
    }
    if let qGaussian, qGaussian.state.isUsable, qGaussian.q >= 5.0 / 3 {
      flags.append(ProfileFlag(.qUndefinedVariance, qGaussian.q))
    }
  }

  /// Emittances from the fitted sizes, or the remark that the dispersive part is too large.
  mutating func addEmittances(optics: ScanOptics, gamma: ScanGamma, options: WireScanOptions) {
    guard let gaussian, gaussian.state.isUsable else { return }
    emittance = Emittance(
      sigma: gaussian.sigma, sigmaError: gaussian.standardError(2), optics: optics, gamma: gamma,
      positionScaleUncertainty: options.positionScaleUncertainty)
    if emittance == nil {
      flags.append(ProfileFlag(.dispersionExceedsSize, optics.dispersiveSize / gaussian.sigma))
    }
    if let qGaussian, qGaussian.state.isUsable, let sigma = qGaussian.rmsSigma, let error = qGaussian.rmsSigmaError,
      qGaussian.q + 2 * qGaussian.qError < 5.0 / 3
    {
      emittanceRms = Emittance(
        sigma: sigma, sigmaError: error, optics: optics, gamma: gamma,
        positionScaleUncertainty: options.positionScaleUncertainty)
    }
  }

  /// The emittance of the betatron profile that, folded with the momentum distribution, gives the measured one.
  mutating func addDeconvolution(
    _ inspection: ProfileInspection, _ shape: MomentumDistribution, optics: ScanOptics, gamma: ScanGamma,
    options: WireScanOptions
  ) {
    guard let gaussian, let qGaussian, qGaussian.state.isUsable, optics.dispersiveSize > 0 else { return }
    let input = inspection.input
    let fit = DeconvolvedFit(
      x: input.x, y: input.y,
      weights: options.weights == .noise
        ? input.weights(inspection.noise, gaussian: gaussian, qGaussian: qGaussian) : nil, start: qGaussian,
      dispersiveSize: optics.dispersion * optics.momentumSpread * 1e3, shape: shape)
    deconvolved = fit
    guard fit.state.isUsable, let sigma = fit.rmsSigma, let error = fit.rmsSigmaError, fit.q + 2 * fit.qError < 5.0 / 3
    else { return }
    // The size that this emittance would have in quadrature, so that the uncertainties of D and δ enter as they do there.
    let whole = (sigma * sigma + optics.dispersiveSize * optics.dispersiveSize).squareRoot()
    emittanceDeconvolved = Emittance(
      sigma: whole, sigmaError: error * sigma / whole, optics: optics, gamma: gamma,
      positionScaleUncertainty: options.positionScaleUncertainty)
  }

  /// Brings the flags into the order in which they are declared.
  mutating func sortFlags() {
    let order = Dictionary(
      uniqueKeysWithValues: ProfileFlag.Kind.allCases.enumerated().map { ($0.element, $0.offset) })
    flags.sort { (order[$0.kind] ?? 0) < (order[$1.kind] ?? 0) }
  }
}
