import Errors
import Fitting
import JSON
import Tables

/// Makes a machine-study session with a known truth: wire scans and intensities of the same cycles, quadrupole currents,
/// tomoscope files, and now and then a broken one.
///
/// Files are made one at a time, so that sessions of any length need little memory. The same settings give the same files.
public struct SessionSimulation: Sendable, Equatable {
  /// Seed of the session.
  public var seed: UInt64 = 1
  /// Files in all.
  public var fileCount = 40
  /// Every so many files is a broken one, each kind in turn; `nil` for none.
  public var brokenEvery: Int? = 20
  /// Moment of the first cycle in ns since 1970.
  public var start = 1_697_446_759_964_739_000
  /// Time from cycle to cycle in s.
  public var cycleLength = 40.8
  /// Emittance at injection in µm, horizontal and vertical.
  public var emittance = (horizontal: 0.92, vertical: 0.71)
  /// Growth along the cycle in µm/s.
  public var growth = (horizontal: 0.006, vertical: 0.0042)
  /// Tail parameters.
  public var q = (horizontal: 1.08, vertical: 1.0)
  /// Change of the emittance from the weakest to the strongest bunch, relative to the mean.
  public var intensityDependence = 0.0
  /// Batches of four bunches, one injected every `injectionInterval` seconds from 0.8 s on.
  public var batches = 2
  /// Time between injections in s.
  public var injectionInterval = 3.6
  /// Mean charges of an injected bunch.
  public var intensity = 1.6e10
  /// Lifetime of the bunches in s.
  public var lifetime = 200.0
  /// Rows of a wire scan.
  public var rowCount = 36
  /// Samples of a profile.
  public var sampleCount = 200
  /// Slots of a turn in the intensity records.
  public var slotCount = 924
  /// Seconds of the quadrupole currents.
  public var rippleDuration = 5.0
  /// Frames of the tomoscope files.
  public var frameCount = 40
  /// Scan times in s of cycle time, taken in turn.
  public var scanTimes = [10.06, 14.06, 18.06, 22.06, 26.06, 30.06, 34.06, 38.06]
  /// Optics.
  public var optics: OpticsSet
  /// Names below lists in the Parquet files.
  public var naming = ParquetListNaming.item

  /// A session of ions at the SPS flat bottom.
  public init(optics: OpticsSet) { self.optics = optics }

  /// Equal when all parts are.
  public static func == (left: SessionSimulation, right: SessionSimulation) -> Bool {
    left.truth.text() == right.truth.text() && left.seed == right.seed
  }

  /// What a file of the session is.
  public enum Kind: Sendable, Equatable {
    /// A wire scan.
    case wireScan
    /// Bunch intensities of the cycle of the wire scan before it.
    case beamCurrent
    /// Current of a quadrupole family.
    case quadrupoleCurrent
    /// A tomoscope file.
    case tomoscope
    /// A broken file.
    case broken(BrokenFile)
  }

  /// One file.
  public struct File: Sendable {
    /// Name, without folder.
    public var name: String
    /// Kind.
    public var kind: Kind
    /// Content.
    public var bytes: [UInt8]
    /// What is true about it.
    public var truth: JSONValue
  }

  /// The kind of a file by its number: of ten whole files, five are wire scans and three intensities of their cycles.
  public func kind(_ number: Int) -> Kind {
    if let brokenEvery, brokenEvery > 0, number % brokenEvery == brokenEvery - 1 {
      let kinds = BrokenFile.allCases
      return .broken(kinds[number / brokenEvery % kinds.count])
    }
    switch number % 10 {
    case 0, 2, 4, 6, 7: return .wireScan
    case 1, 3, 5: return .beamCurrent
    case 8: return .quadrupoleCurrent
    default: return .tomoscope
    }
  }

  /// The cycle a file belongs to: intensities follow the wire scan of the same cycle.
  func cycle(_ number: Int) -> Int { [1, 3, 5].contains(number % 10) ? number - 1 : number }

  /// Stamp of a cycle in ns.
  func stamp(_ cycle: Int) -> Int { start + Int((Double(cycle) * cycleLength * 1e9).rounded()) }

  /// The rows of the wire scans that hold a bunch, ascending: late injections sit at low rows.
  var rows: [Int] {
    WireScanSimulation.schemeRows(firstRow: rowCount - 4, sets: 1, batches: batches)
  }

  /// Charges of the bunches of a cycle at injection, by ascending row; last batch first.
  func charges(_ cycle: Int) -> [Double] {
    var random = RandomSource(seed: WireScanSimulation.seed(seed, "charges", UInt64(cycle)))
    return rows.map { _ in intensity * (1 + 0.12 * max(-2, min(2, random.normal()))) }
  }

  /// The wire scan of a cycle.
  public func wireScan(_ cycle: Int) -> WireScanSimulation {
    var scan = WireScanSimulation(optics: optics)
    let time = scanTimes[cycle % max(scanTimes.count, 1)]
    scan.seed = WireScanSimulation.seed(seed, "scan", UInt64(cycle))
    scan.stamp = stamp(cycle)
    scan.scanTime = time
    scan.rowCount = rowCount
    scan.sampleCount = sampleCount
    scan.filledRows = rows
    scan.scanners = WireScanSimulation.ionScanners(
      horizontal: emittance.horizontal + growth.horizontal * time, vertical: emittance.vertical + growth.vertical * time
    )
    scan.scanners[0].q = q.horizontal
    scan.scanners[2].q = q.vertical
    let charges = charges(cycle)
    let mean = charges.reduce(0, +) / Double(max(charges.count, 1))
    scan.charges = charges.map { $0 / mean }
    return scan
  }

  /// The intensities of a cycle: the bunches of its wire scan, in the same slots.
  public func beamCurrent(_ cycle: Int) -> BeamCurrentSimulation {
    var current = BeamCurrentSimulation()
    current.seed = WireScanSimulation.seed(seed, "current", UInt64(cycle)) >> 1
    current.stamp = stamp(cycle)
    current.slotCount = slotCount
    // Row r of the scan has slot r + 1 counted from 1, which is place r in the record of the transformer.
    current.firstSlot = rows.first ?? 0
    current.injections = (0..<batches).reversed().map { 0.8 + injectionInterval * Double($0) }
    current.lifetimes = [lifetime]
    current.intensity = intensity
    current.intensities = charges(cycle)
    return current
  }

  /// A quadrupole current.
  public func quadrupoleCurrent(_ number: Int) -> QuadrupoleCurrentSimulation {
    var current = QuadrupoleCurrentSimulation()
    current.seed = WireScanSimulation.seed(seed, "ripple", UInt64(number))
    current.duration = rippleDuration
    return current
  }

  /// A tomoscope file.
  public func tomoscope(_ number: Int) -> TomoscopeSimulation {
    var simulation = TomoscopeSimulation()
    simulation.seed = WireScanSimulation.seed(seed, "tomoscope", UInt64(number))
    simulation.header.frameCount = frameCount
    return simulation
  }

  /// The bytes of a file of the session with its name and truth.
  ///
  /// - Throws: nothing that whole settings give.
  public func file(_ number: Int) throws(CavernError) -> File {
    let cycle = cycle(number)
    switch kind(number) {
    case .wireScan: return try file(wireScan(cycle))
    case .beamCurrent: return try file(beamCurrent(cycle))
    case .quadrupoleCurrent:
      return try file(
        quadrupoleCurrent(number), family: number / 10 % 2 == 0 ? "QF" : "QD", stamp: stamp(cycle))
    case .tomoscope: return file(tomoscope(number), stamp: stamp(cycle))
    case .broken(let fault):
      var scan = wireScan(cycle)
      // A moment of its own: no whole file of the session has its name or its cycle.
      scan.stamp += 13_000_000_000
      return try file(scan, broken: fault, number: number)
    }
  }

  /// A wire-scan file, whole or broken; kinds that concern other devices break one of theirs.
  public func file(_ scan: WireScanSimulation, broken fault: BrokenFile? = nil, number: Int = 0) throws(CavernError)
    -> File
  {
    let label = AcquisitionSimulation.fileStamp(stamp: scan.stamp)
    guard let fault else {
      return File(name: "WS_\(label).parquet", kind: .wireScan, bytes: try packed(scan.table()), truth: scan.truth)
    }
    var current = beamCurrent(cycle(number))
    current.stamp = scan.stamp
    let name =
      switch fault {
      case .tomoscopeCut: "PS_tomoscope_\(label).dat"
      case .intensityWithoutBeam, .unequalIntensityRows: "FBCT_\(label).parquet"
      default: "WS_\(label).parquet"
      }
    return File(
      name: name, kind: .broken(fault),
      bytes: try fault.bytes(scan, current, tomoscope(number), naming: naming),
      truth: ["broken": .string(fault.rawValue), "isWhole": .bool(fault.isWhole)])
  }

  /// A file of bunch intensities.
  public func file(_ current: BeamCurrentSimulation) throws(CavernError) -> File {
    File(
      name: "FBCT_\(AcquisitionSimulation.fileStamp(stamp: current.stamp)).parquet", kind: .beamCurrent,
      bytes: try packed(current.table()), truth: current.truthJSON)
  }

  /// A file of quadrupole currents.
  ///
  /// - Parameter stamp: its moment in ns since 1970; `nil` takes the start of the session.
  public func file(
    _ current: QuadrupoleCurrentSimulation, family: String, stamp: Int? = nil
  ) throws(CavernError) -> File {
    let seconds = (stamp ?? start) / 1_000_000_000
    return File(
      name: "SPSMAINPS.\(family)_DCCT_10kHz_\(seconds).parquet", kind: .quadrupoleCurrent,
      bytes: try packed(current.table(.text, timestamp: seconds)), truth: current.truth)
  }

  /// A tomoscope file.
  public func file(_ simulation: TomoscopeSimulation, stamp: Int? = nil) -> File {
    File(
      name: "PS_tomoscope_\(AcquisitionSimulation.fileStamp(stamp: stamp ?? start)).dat", kind: .tomoscope,
      bytes: Array(simulation.text.utf8), truth: simulation.truth)
  }

  private func packed(_ table: Table) throws(CavernError) -> [UInt8] {
    try table.parquetBytes(compression: .snappy, listNaming: naming)
  }

  /// What is true about the whole session.
  public var truth: JSONValue {
    [
      "seed": .integer(Int(truncatingIfNeeded: seed)), "files": .integer(fileCount), "optics": .string(optics.name),
      "emittanceAtInjection_um": ["H": .number(emittance.horizontal), "V": .number(emittance.vertical)],
      "growth_um_per_s": ["H": .number(growth.horizontal), "V": .number(growth.vertical)],
      "q": ["H": .number(q.horizontal), "V": .number(q.vertical)], "intensity": .number(intensity),
      "lifetime_s": .number(lifetime), "brokenEvery": .optional(brokenEvery),
      "scanTimes_s": .numbers(scanTimes), "rows": .array(rows.map { .integer($0) }),
    ]
  }
}
