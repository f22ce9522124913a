import Errors
import JSON

/// Wire scans with the intensities of the same cycles: brightness and emittance against intensity, bunch by bunch.
public struct IntensityJoin: Sendable {
  /// How a wire scan found its intensities.
  public enum Match: Sendable, Equatable {
    /// Both carry the same stamp of the machine cycle.
    case cycleStamp
    /// No record carries the stamp; this one is nearest in time, so many seconds away.
    case nearest(Double)

    /// The word in the outputs.
    public var name: String { self == .cycleStamp ? "cycleStamp" : "nearest" }
    /// Distance in s; 0 for equal stamps.
    public var seconds: Double { if case .nearest(let seconds) = self { seconds } else { 0 } }
  }

  /// An intensity record that scans can be joined with.
  public struct Reference: Sendable, Equatable {
    /// File, as reported.
    public var file: String
    /// Device.
    public var device: String
    /// Number of the record in the file.
    public var index: Int
    /// Stamp of the machine cycle.
    public var cycleStamp: Int?
    /// Moment of the acquisition.
    public var time: AcquisitionTime?
    /// Charges per particle, when known.
    public var chargeState: Double?

    /// A record.
    public init(
      file: String, device: String, index: Int = 0, cycleStamp: Int?, time: AcquisitionTime?, chargeState: Double? = nil
    ) {
      self.file = file
      self.device = device
      self.index = index
      self.cycleStamp = cycleStamp
      self.time = time
      self.chargeState = chargeState
    }
  }

  /// One bunch in one scan.
  public struct Bunch: Sendable, Equatable {
    /// Row of the profile.
    public var row: Int
    /// Slot in the intensity record, from 0.
    public var slot: Int
    /// Charges at the time of the scan, and their error.
    public var intensity: BunchEvolution.Measured
    /// Normalised emittance in µm, and its statistical error.
    public var emittance: BunchEvolution.Measured
    /// Charges per µm, and the statistical error.
    public var brightness: BunchEvolution.Measured
  }

  /// One scan with its intensities.
  public struct Pair: Sendable, Equatable {
    /// File of the wire scan.
    public var file: String
    /// Device of the wire scan.
    public var device: String
    /// Plane.
    public var plane: Plane
    /// Direction.
    public var scan: ScanDirection
    /// Row of the acquisition.
    public var acquisition: Int
    /// Moment.
    public var time: AcquisitionTime?
    /// Time in the cycle in s.
    public var cycleTime: Double
    /// The intensity record.
    public var reference: Reference
    /// How it was found.
    public var match: Match
    /// Added to the slots of the wire scan, counted from 0, to get those of the transformer.
    public var slotOffset: Int
    /// Bunches in both, in order of slots.
    public var bunches: [Bunch]
    /// Rows with an emittance and no bunch in the intensity record.
    public var unmatchedRows: [Int]

    /// Mean emittance of the joined bunches in µm with its standard error.
    public var emittance: BunchEvolution.Measured? { mean(\.emittance) }
    /// Mean charges of the joined bunches with their standard error.
    public var intensity: BunchEvolution.Measured? { mean(\.intensity) }
    /// Mean brightness of the joined bunches in charges per µm with its standard error.
    public var brightness: BunchEvolution.Measured? { mean(\.brightness) }

    private func mean(_ part: (Bunch) -> BunchEvolution.Measured) -> BunchEvolution.Measured? {
      let values = bunches.map { part($0).value }
      guard let mean = Moments.mean(values), let deviation = Moments.populationDeviation(values) else { return nil }
      let single = bunches.first.map { part($0).error } ?? .nan
      return BunchEvolution.Measured(
        value: mean, error: values.count > 1 ? deviation / Double(values.count - 1).squareRoot() : single)
    }

    /// Emittance in µm against intensity in 10¹⁰ charges, through the bunches of the scan; `nil` below three.
    public var slope: StraightLine? {
      guard bunches.count >= 3, bunches.allSatisfy({ $0.emittance.error > 0 }) else { return nil }
      return StraightLine(
        x: bunches.map { $0.intensity.value * 1e-10 }, y: bunches.map(\.emittance.value),
        errors: bunches.map(\.emittance.error))
    }
  }

  /// The scans that were joined, in the order given.
  public var pairs: [Pair] = []
  /// Files of wire scans for which there is no intensity, and why.
  public var unmatched: [(file: String, cause: String)] = []

  /// No scan at all.
  public init() {}

  /// Joins scans with intensities.
  ///
  /// - Parameters:
  ///   - scans: wire scans with their files.
  ///   - references: the intensity records there are.
  ///   - tolerance: how far apart in s they may be without a common cycle stamp.
  ///   - slotOffset: see `Pair.slotOffset`; `nil` takes 0, or, when fewer than half of the rows then have a bunch, the offset with the most.
  ///   - curve: gets the intensities of a record; called once for scans in a row that share one.
  /// - Throws: what `curve` throws.
  public init(
    scans: [(file: String, scan: WireScanSession.Scan)], references: [Reference], tolerance: Double = 60,
    slotOffset: Int? = nil, curve: (Reference) throws(CavernError) -> IntensityCurve
  ) throws(CavernError) {
    var loaded: (reference: Reference, curve: IntensityCurve)?
    let byStamp = Dictionary(
      references.compactMap { reference in reference.cycleStamp.map { ($0, reference) } },
      uniquingKeysWith: { first, _ in first })
    let timed = references.filter { $0.time != nil }.sorted {
      ($0.time?.nanoseconds ?? 0) < ($1.time?.nanoseconds ?? 0)
    }
    for (file, scan) in scans {
      func miss(_ cause: String) {
        if unmatched.last?.file != file || unmatched.last?.cause != cause { unmatched.append((file, cause)) }
      }
      guard scan.emittances.contains(where: \.isFinite) else { continue }
      guard let cycleTime = scan.cycleTime else {
        miss("the scan has no time in the cycle")
        continue
      }
      guard let found = Self.match(scan, byStamp, timed, tolerance: tolerance) else {
        miss("no intensity record of the same cycle, nor within \(Text.short(tolerance)) s")
        continue
      }
      if loaded?.reference != found.reference { loaded = (found.reference, try curve(found.reference)) }
      guard let intensities = loaded?.curve else { continue }
      let pair = Self.pair(
        file, scan, cycleTime: cycleTime, found.reference, found.match, intensities, slotOffset: slotOffset)
      if pair.bunches.isEmpty {
        miss("no slot of the scan holds a bunch in \(found.reference.file) at \(Text.fixed(cycleTime, 2)) s")
      } else {
        pairs.append(pair)
      }
    }
  }

  /// The record of the same cycle, else the nearest in time.
  static func match(
    _ scan: WireScanSession.Scan, _ byStamp: [Int: Reference], _ timed: [Reference], tolerance: Double
  ) -> (reference: Reference, match: Match)? {
    if let stamp = scan.cycleStamp, let same = byStamp[stamp] { return (same, .cycleStamp) }
    guard let time = scan.time?.nanoseconds else { return nil }
    func distance(_ reference: Reference) -> Double { abs(Double((reference.time?.nanoseconds ?? .max) - time)) / 1e9 }
    // The first record not before the scan, and the one before it.
    var (low, high) = (0, timed.count)
    while low < high {
      let middle = (low + high) / 2
      if (timed[middle].time?.nanoseconds ?? 0) < time { low = middle + 1 } else { high = middle }
    }
    let near = [low - 1, low].filter(timed.indices.contains).map { timed[$0] }
    guard let best = near.min(by: { distance($0) < distance($1) }), distance(best) <= tolerance else { return nil }
    return (best, .nearest(distance(best)))
  }

  private static func pair(
    _ file: String, _ scan: WireScanSession.Scan, cycleTime: Double, _ reference: Reference, _ match: Match,
    _ curve: IntensityCurve, slotOffset: Int?
  ) -> Pair {
    let rows = scan.rows.indices.filter { scan.emittances[$0].isFinite && scan.counted[$0] }
    // Slots of wire scans count from 1, places in the transformer's record from 0.
    let slots = rows.map { index in
      (scan.slots.indices.contains(index) ? scan.slots[index] : nil).map { $0 - 1 } ?? scan.rows[index]
    }
    let present = Set(curve.slots.filter { (curve.charges(slot: $0, at: cycleTime)?.value ?? 0) > 8 * curve.noise })
    let offset = slotOffset ?? self.offset(of: slots, in: present)
    var pair = Pair(
      file: file, device: scan.device, plane: scan.plane, scan: scan.scan, acquisition: scan.acquisition,
      time: scan.time, cycleTime: cycleTime, reference: reference, match: match, slotOffset: offset, bunches: [],
      unmatchedRows: [])
    for (index, slot) in zip(rows, slots) {
      let place = slot + offset
      guard present.contains(place), let charges = curve.charges(slot: place, at: cycleTime) else {
        pair.unmatchedRows.append(scan.rows[index])
        continue
      }
      let emittance = BunchEvolution.Measured(
        value: scan.emittances[index],
        error: scan.emittanceErrors.indices.contains(index) ? scan.emittanceErrors[index] : .nan)
      let intensity = BunchEvolution.Measured(value: charges.value, error: charges.error)
      guard let brightness = BunchEvolution.ratio(intensity, emittance) else { continue }
      pair.bunches.append(
        Bunch(
          row: scan.rows[index], slot: place, intensity: intensity, emittance: emittance, brightness: brightness))
    }
    pair.bunches.sort { $0.slot < $1.slot }
    return pair
  }

  /// 0 when at least half of the rows have a bunch then; else the offset with the most, the smallest of equals.
  static func offset(of slots: [Int], in present: Set<Int>) -> Int {
    let plain = slots.count { present.contains($0) }
    if 2 * plain >= slots.count { return 0 }
    var votes: [Int: Int] = [:]
    for slot in slots { for place in present { votes[place - slot, default: 0] += 1 } }
    let best = votes.max { one, other in
      one.value == other.value ? (abs(one.key), one.key) > (abs(other.key), other.key) : one.value < other.value
    }
    guard let best, best.value > plain else { return 0 }
    return best.key
  }
}

extension Session {
  /// The intensity records to join with.
  public var references: [IntensityJoin.Reference] {
    contents(BeamCurrentContent.self).flatMap { entry, content in
      content.records.enumerated().filter { $0.element.bunches > 0 }.map { index, record in
        IntensityJoin.Reference(
          file: entry.file, device: record.device, index: index, cycleStamp: record.cycleStamp, time: record.time,
          chargeState: record.chargeState)
      }
    }
  }

  /// Joins the wire scans with the intensities of the session.
  ///
  /// - Throws: what `curve` throws.
  public mutating func joinIntensities(
    _ settings: SessionSettings, curve: (IntensityJoin.Reference) throws(CavernError) -> IntensityCurve
  ) throws(CavernError) {
    join = try IntensityJoin(
      scans: wireScans.scans.map { ($0.entry.file, $0.scan) }, references: references,
      tolerance: settings.joinTolerance, slotOffset: settings.slotOffset, curve: curve)
  }
}
