import Errors

/// A file of bunch intensities with the analysis of every record in it.
public struct BeamCurrentReading: Sendable {
  /// What was read.
  public var file: BeamCurrentFile
  /// One per record, the first one first.
  public var analyses: [BeamCurrentAnalysis]
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// Reads and analyses a file; the charge state comes from the timing user unless the options say it.
  ///
  /// - Parameters:
  ///   - device: only devices whose name contains this.
  ///   - acquisition: only this row of the file.
  /// - Throws: `fbct.noSuchAcquisition` besides what reading and analysing throw.
  public init(
    path: String, options: BeamCurrentOptions, device: String? = nil, acquisition: Int? = nil, table: DeviceTable
  ) throws(CavernError) {
    file = try BeamCurrentFile(path: path, device: device, table: table)
    let records = file.records.filter { acquisition == nil || $0.acquisition == acquisition }
    guard !records.isEmpty else {
      throw CavernError(
        "fbct.noSuchAcquisition", "there are no bunch intensities in acquisition \(acquisition ?? 0)", exit: .usage,
        file: path, expected: file.records.map { "\($0.acquisition)" }.joined(separator: ", "))
    }
    warnings = file.warnings + file.faults.map { CavernWarning($0) }
    analyses = []
    for record in records {
      var own = options
      let particle = table.particle(machine: record.machine, selector: record.selector)
      if own.chargeState == nil, let particle, record.unitExponent != nil {
        own.chargeState = try ParticleSpecies.named(particle).charge
      }
      let analysis = try BeamCurrentAnalysis(
        record, total: file.total(of: record), options: own, path: path,
        particle: options.chargeState == nil ? particle : nil)
      warnings += analysis.warnings
      analyses.append(analysis)
    }
  }
}
