import Conditions
import Fitting

/// What made-up data are like.
public struct HaloSynthesisOptions: Sendable, Equatable {
  /// Seed of the random numbers; the same seed gives the same bytes.
  public var seed: UInt64 = 1
  /// First run.
  public var firstRun: UInt32 = 380_115
  /// Lumisections of each run.
  public var sections = [20, 30]
  /// Hits a second on each side.
  public var hitsPerSecond = 3.0
  /// First orbit of the first run; close to 2^32 lets the counter turn.
  public var firstOrbit: UInt64 = 181_000_000
  /// Start of the first run in milliseconds since 1970 UTC.
  public var startMilliseconds = 1_714_557_600_000.0
  /// Channels that see nothing.
  public var dead: Set<String> = []
  /// Channels that see six times the background.
  public var noisy: Set<String> = []
  /// Counts by which the times of all channels are late.
  public var drift = 0.0
  /// Share of lines that are damaged.
  public var damage = 0.0

  /// The usual ones.
  public init() {}
}

/// Makes up captures of both ends: halo, collision and activation hits, glitches and codes that are no times.
///
/// Halo hits stand at the time of their channel, collision hits half a slot later and in proportion to the luminosity,
/// activation hits at all times with low codes.
public struct HaloSynthesizer {
  private let options: HaloSynthesisOptions
  private let detector: HaloDetector

  /// A source of captures.
  public init(_ options: HaloSynthesisOptions, detector: HaloDetector) {
    self.options = options
    self.detector = detector
  }

  /// Luminosity relative to its highest value, by share of the time that is over: none, ramp, slow decay.
  private func luminosity(_ share: Double) -> Double {
    if share < 0.15 { return 0 }
    if share < 0.2 { return (share - 0.15) / 0.05 }
    return 1 - 0.35 * (share - 0.2)
  }

  /// The text of a side, as the boards write it.
  public func text(_ side: HaloSide) -> [UInt8] {
    var random = RandomSource(seed: options.seed &* 1000 &+ UInt64(side.board))
    var text: [UInt8] = []
    var event: UInt32 = 0
    let rule = [UInt8](repeating: 45, count: 75) + [10]
    let orbitsPerSection = Double(HaloTime.orbitsPerLumisection)
    let allSections = Double(options.sections.reduce(0, +))
    var before = 0.0
    for (index, count) in options.sections.enumerated() {
      let length = Double(count) * orbitsPerSection
      let mean = options.hitsPerSecond * length * HaloTime.orbitMilliseconds / 1000 / 1.1
      let events = random.poisson(mean: mean)
      var orbits = (0..<events).map { _ in UInt64(random.uniform() * length) }
      orbits.sort()
      for orbit in orbits {
        let share = (before + Double(orbit) / orbitsPerSection) / allSections
        let absolute = options.firstOrbit + UInt64(before * orbitsPerSection) + orbit
        guard let kind = pick(&random, luminosity(share)) else { continue }
        let slot = bunchSlot(&random, kind)
        text += rule
        text += Array(
          "--- START Event: \(event), BX: \(slot), Orbit: \(absolute % HaloTime.counterPeriod), Run: \(options.firstRun + UInt32(index)), ---\n"
            .utf8)
        text += Array(" Fib Ch  ADC[0..19]  /  TDC\n".utf8)
        for _ in 0..<(random.uniform() < 0.1 ? 2 : 1) { append(&random, kind, side, to: &text) }
        event += 1
      }
      before += Double(count)
    }
    text += rule
    if options.damage > 0 { harm(&text, &random) }
    return text
  }

  private enum Kind { case halo, collision, activation, glitch }

  /// A kind of hit; nil where a collision would have been at full luminosity, so that the other kinds keep their rates.
  private func pick(_ random: inout RandomSource, _ luminosity: Double) -> Kind? {
    var place = random.uniform() * 1.04
    for (kind, weight) in [(Kind.halo, 0.42), (.activation, 0.24), (.glitch, 0.04)] {
      if place < weight { return kind }
      place -= weight
    }
    return place < 0.34 * luminosity ? .collision : nil
  }

  /// A slot of a pattern of trains: 4 × 36 bunches, a gap at the end of the orbit for the beam dump.
  private func bunchSlot(_ random: inout RandomSource, _ kind: Kind) -> Int {
    let train = Int(random.uniform() * 18)
    let filled = 60 + train * 185 + Int(random.uniform() * 144)
    if kind == .glitch { return Int(random.uniform() * 3564) }
    if kind != .activation { return min(filled, 3445) }
    let late = Double(filled) + 40 * -logarithm(1 - random.uniform())
    return min(Int(late), 3563)
  }

  private func append(_ random: inout RandomSource, _ kind: Kind, _ side: HaloSide, to text: inout [UInt8]) {
    let channels = detector.channels(of: side)
    var channel = channels[channels.startIndex + Int(random.uniform() * 20)]
    if kind == .activation, random.uniform() < 0.5,
      let noisy = channels.filter({ options.noisy.contains($0.name) }).first
    {
      channel = noisy
    }
    guard !options.dead.contains(channel.name) else { return }
    var times: [Int] = []
    var peak = 0.0
    switch kind {
    case .halo:
      times = [Int((Double(channel.defaults.tdcPeak) + options.drift + 0.55 * random.normal()).rounded())]
      peak = 152 + 4.2 * random.normal()
    case .collision:
      times = [Int((31 + random.normal()).rounded())]
      peak = 112 + 11 * random.normal()
    case .activation:
      times = [Int(random.uniform() * 50)]
      peak = 60 + 18 * -logarithm(1 - random.uniform())
    case .glitch:
      let odd: [([Int], Double)] = [
        ([25], 188), ([0], 124), ([6, 62], 150), ([62], 140), ([63], 90), ([], 70), ([5, 9, 20], 130),
      ]
      (times, peak) = odd[Int(random.uniform() * Double(odd.count))]
    }
    if kind != .glitch {
      times[0] = max(0, min(49, times[0]))
      if random.uniform() < 0.03 { times.append(min(49, times[0] + 4 + Int(random.uniform() * 10))) }
    }
    let code = max(8, min(255, Int(peak.rounded())))
    let place = 3 + Int(random.uniform() * 4)
    var line = "\(channel.fibre) \(channel.fibreChannel) "
    for sample in 0..<20 {
      switch sample - place {
      case 0: line += "\(code) "
      case 1: line += "\(code * 62 / 100) "
      case 2: line += "\(code * 35 / 100) "
      case 3: line += "\(code * 18 / 100) "
      default: line += "\(2 + Int(random.uniform() * 6)) "
      }
    }
    line += "\n" + times.map { "\($0) " }.joined() + "\n"
    text += Array(line.utf8)
  }

  /// Replaces single bytes by ones that no number holds.
  private func harm(_ text: inout [UInt8], _ random: inout RandomSource) {
    let lines = text.count { $0 == 10 }
    for _ in 0..<Int(Double(lines) * options.damage) {
      let place = Int(random.uniform() * Double(text.count))
      text[place] = [0, 0xFF, UInt8(ascii: "x"), 10][Int(random.uniform() * 4)]
    }
  }

  /// The runs as OMS answers.
  public func runs() -> [RunRecord] {
    var start = options.startMilliseconds
    return options.sections.enumerated().map { index, count in
      let length = Double(count) * HaloTime.lumisectionMilliseconds
      defer { start += length }
      return RunRecord(
        run: Int(options.firstRun) + index, fill: 9568, startMilliseconds: (start / 1000).rounded(.down) * 1000,
        endMilliseconds: ((start + length) / 1000).rounded(.down) * 1000, energy: 6800, isStable: index > 0)
    }
  }

  /// The lumisections as brilcalc lists them with `--tssec`: with norm tag (stable beams only), or all.
  public func listing(withNormTag: Bool) -> String {
    let all = Double(options.sections.reduce(0, +))
    var lines = [
      "#Data tag : made-up , Norm tag: \(withNormTag ? "/normtags/normtag_BRIL.json" : "onlineresult")",
      "#run:fill,ls,time,beamstatus,E(GeV),delivered(/ub),recorded(/ub),avgpu,source",
    ]
    var before = 0
    var (count, delivered, recorded) = (0, 0.0, 0.0)
    for (index, sections) in options.sections.enumerated() {
      for section in 0..<sections {
        let share = (Double(before + section) + 0.5) / all
        let relative = luminosity(share)
        let status = share < 0.15 ? "FLAT TOP" : share < 0.2 ? "ADJUST" : "STABLE BEAMS"
        let start = options.startMilliseconds + Double(before + section) * HaloTime.lumisectionMilliseconds
        guard !withNormTag || status == "STABLE BEAMS" else { continue }
        let luminosity = 470_000 * relative
        lines.append(
          "\(options.firstRun + UInt32(index)):9568,\(section + 1):\(section + 1),\(Int(start / 1000)),\(status),6800,\(luminosity),\(luminosity * 0.94),\((550 * relative).rounded() / 10),HFET"
        )
        count += 1
        delivered += luminosity
        recorded += luminosity * 0.94
      }
      before += sections
    }
    lines += [
      "#Summary:", "#nfill,nrun,nls,ncms,totdelivered(/ub),totrecorded(/ub)",
      "#1,\(options.sections.count),\(count),\(count),\(delivered),\(recorded)",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
