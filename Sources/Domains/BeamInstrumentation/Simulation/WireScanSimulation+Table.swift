import Errors
import Fitting
import JSON
import Tables

extension WireScanSimulation {
  /// What the detector recorded of one scan.
  public struct Recording: Sendable, Equatable {
    /// Positions in mm, row by row.
    public var positions: [[Double]]
    /// Signals, row by row; the channels of a row one after another.
    public var signals: [[Double]]
  }

  /// One scan as recorded: signal, fluctuation, full scale, rounding.
  public func recording(_ scanner: Scanner, _ scan: ScanDirection) -> Recording {
    var random = RandomSource(seed: Self.seed(seed, scanner.device, UInt64(scan.set)))
    let bunches = Dictionary(profiles(scanner, scan).map { ($0.row, $0) }, uniquingKeysWith: { first, _ in first })
    var recording = Recording(positions: [], signals: [])
    for row in 0..<rowCount {
      let x = positions(row: row, scan)
      let signal = x.map { place in bunches[row].map { $0(place) } ?? 0 }
      var samples: [Double] = []
      samples.reserveCapacity(sampleCount * channelCount)
      for channel in 1...max(channelCount, 1) {
        let gain = channelCount == 1 || channel == bestChannel ? 1 : 0.45 / Double(1 + channel)
        for index in x.indices {
          // Only the signal's own fluctuation is attenuated with it; the electronics' noise is not.
          let width =
            (scanner.noise * scanner.noise + scanner.noiseGrowth * scanner.noiseGrowth * gain * signal[index])
            .squareRoot()
          var value = scanner.offset + scanner.slope * x[index] + gain * signal[index]
          if width > 0 { value += width * random.normal() }
          if let top = scanner.saturation { value = min(value, top) }
          samples.append(isDigitised ? value.rounded() : value)
        }
      }
      recording.positions.append(x)
      recording.signals.append(samples)
    }
    spoil(&recording)
    return recording
  }

  /// What a defect does to the samples.
  private func spoil(_ recording: inout Recording) {
    switch defect {
    case .rowCountMismatch: recording.positions.removeLast(min(2, recording.positions.count))
    case .unorderedPositions:
      for row in recording.positions.indices where row % 2 == 0 {
        for index in stride(from: 3, to: recording.positions[row].count - 1, by: 9) {
          recording.positions[row].swapAt(index, index + 1)
        }
      }
    case .fewSamples:
      for (place, row) in filledRows.enumerated() where place % 2 == 0 && recording.signals.indices.contains(row) {
        for index in recording.signals[row].indices.dropFirst(7) { recording.signals[row][index] = .nan }
      }
    case .constantRows:
      for row in filledRows.prefix(3) where recording.signals.indices.contains(row) {
        recording.signals[row] = recording.signals[row].map { _ in 0 }
      }
    case nil, .missingField, .badTimeStamp: break
    }
  }

  /// The acquisition file: one row, one column a device, and the Lorentz factor.
  ///
  /// - Throws: nothing that equal lengths give.
  public func table() throws(CavernError) -> Table { try Self.table([self]) }

  /// A file with several acquisitions of the same scanners, one a row.
  public static func table(_ acquisitions: [WireScanSimulation]) throws(CavernError) -> Table {
    var columns: [Column] = []
    for index in acquisitions.first?.scanners.indices ?? 0..<0 {
      columns.append(try column(acquisitions, scanner: index))
    }
    if acquisitions.first?.hasGamma == true { columns.append(try gammaColumn(acquisitions)) }
    return try Table(columns: columns)
  }

  private static func column(_ acquisitions: [WireScanSimulation], scanner index: Int) throws(CavernError) -> Column {
    let scanners = acquisitions.map { $0.scanners[index] }
    let records = zip(acquisitions, scanners).map { simulation, scanner in
      ScanDirection.allCases.map { scanner.isPublished ? simulation.recording(scanner, $0) : nil }
    }
    func each<Value>(_ value: (WireScanSimulation) -> Value) -> [Value] { acquisitions.map(value) }
    let isAll = each { $0.channelCount == 4 }
    let choice = try Column(
      "JAPC_ENUM",
      members: [Column("code", isAll.map { $0 ? 5 : 1 }), Column("string", isAll.map { $0 ? "PM_ALL" : "PM_1" })])
    var members = [
      Column("acqTime", each(\.acquisitionTimeText)),
      Column("acqTimeInCycleSet1", each { 1e3 * $0.time(.inward) + 3.27 }),
      Column("acqTimeInCycleSet2", each { 1e3 * $0.time(.outward) + 3.27 }),
      Column("bestChannelSet1", each { _ in Int32(1) }), Column("bestChannelSet2", each { _ in Int32(1) }),
      Column("bunchSelection", lists: each { ($0.slots ?? Array(1...max($0.rowCount, 1))).map { Int32($0) } }),
      Column("delays", lists: each { [1e6 * $0.time(.inward), 1e6 * $0.time(.outward)] }),
      Column("nbAcqChannels", each { Int32($0.channelCount) }), try Column("pmtSelection", members: [choice]),
      Column("projDataSet1", matrices: records.map { $0[0]?.signals }),
      Column("projDataSet2", matrices: records.map { $0[1]?.signals }),
      Column("projPositionSet1", matrices: records.map { $0[0]?.positions }),
      Column("projPositionSet2", matrices: records.map { $0[1]?.positions }),
    ]
    if let defect = acquisitions.first?.defect, defect == .missingField, index == 0 {
      members.removeAll { $0.name == "projDataSet2" }
    }
    let value = try Column("value", members: members, missing: scanners.map { !$0.isPublished })
    let device = scanners.first?.device ?? ""
    return try Column(
      "\(device)/Acquisition",
      members: [
        value, try AcquisitionSimulation.header(each { ($0.stamp, $0.selector) }),
        Column("exception", scanners.map { $0.isPublished ? nil : "Device did not publish: scanner not fired" }),
      ])
  }

  private static func gammaColumn(_ acquisitions: [WireScanSimulation]) throws(CavernError) -> Column {
    let function = try Column(
      "JAPC_FUNCTION",
      members: [
        Column("X", lists: acquisitions.map(\.gamma.times)), Column("Y", lists: acquisitions.map(\.gamma.values)),
      ])
    return try Column(
      "SPSBEAM/GAMMA",
      members: [
        try Column("value", members: [function]),
        try AcquisitionSimulation.header(acquisitions.map { ($0.stamp, $0.selector) }),
        Column("exception", acquisitions.map { _ in String?.none }),
      ])
  }

  /// The time stamp as front-ends write it.
  public var acquisitionTimeText: String {
    defect == .badTimeStamp ? "noon, more or less" : AcquisitionSimulation.timeText(stamp: stamp)
  }

  /// What is true about the file.
  public var truth: JSONValue {
    [
      "seed": .integer(Int(truncatingIfNeeded: seed)), "optics": .string(optics.name),
      "momentumSpread": .number(momentumSpread), "cycleStamp": .integer(stamp), "selector": .string(selector),
      "rows": .integer(rowCount), "filledRows": .array(filledRows.map { .integer($0) }),
      "planes": .array(scanners.filter(\.isPublished).map(truth)),
    ]
  }

  private func truth(_ scanner: Scanner) -> JSONValue {
    var object = JSONObject([
      ("device", .string(scanner.device)), ("emittance_um", .number(scanner.emittance)), ("q", .number(scanner.q)),
      ("noise", .number(scanner.noise)), ("noiseGrowth", .number(scanner.noiseGrowth)),
      ("saturation", .optional(scanner.saturation)),
    ])
    for scan in ScanDirection.allCases {
      object["gamma_\(scan.rawValue)"] = .number(gamma(scan))
      object["sigma_rms_mm_\(scan.rawValue)"] = .number(sigma(scanner, scan))
      object[scan.rawValue] = .array(
        profiles(scanner, scan).map { profile in
          [
            "row": .integer(profile.row), "amplitude": .number(profile.amplitude), "mean_mm": .number(profile.mean),
            "sigma_rms_mm": .number(profile.sigma), "q": .number(profile.q), "offset": .number(scanner.offset),
            "slope_per_mm": .number(scanner.slope), "saturated": .bool(scanner.saturatedRows.contains(profile.row)),
            "weak": .bool(scanner.weakRows.contains(profile.row)),
          ]
        })
    }
    return .object(object)
  }
}

/// What all simulated acquisitions have in common.
enum AcquisitionSimulation {
  /// The header of a device property, one per acquisition.
  static func header(_ cycles: [(stamp: Int, selector: String)]) throws(CavernError) -> Column {
    try Column(
      "header",
      members: [
        Column("acqStamp", cycles.map { $0.stamp + 120_000_000 }), Column("cycleStamp", cycles.map(\.stamp)),
        Column("setStamp", cycles.map { _ in 0 }), Column("selector", cycles.map(\.selector)),
        Column("isFirstUpdate", cycles.map { _ in false }), Column("isImmediateUpdate", cycles.map { _ in false }),
      ])
  }

  /// `yyyy-MM-dd HH:mm:ss.ffffff`, UTC.
  static func timeText(stamp: Int) -> String {
    let text = AcquisitionTime(nanoseconds: stamp).text
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(15))"
  }

  /// `yyyy.MM.dd.HH.mm.ss.ffffff` in the local time of the control room, as file names carry it.
  ///
  /// - Parameter offset: hours from UTC to local time.
  static func fileStamp(stamp: Int, offset: Int = 2) -> String {
    let text = AcquisitionTime(nanoseconds: stamp + offset * 3_600_000_000_000).text
    return text.dropLast().map { "-T:".contains($0) ? "." : String($0) }.joined()
  }
}
