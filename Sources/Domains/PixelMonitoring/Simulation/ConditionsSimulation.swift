import Conditions
import Errors
import Fitting
import Foundation

/// Made-up conditions of many fills with known truth: currents that grow with luminosity and vary with the azimuth,
/// temperatures of loops, bias that is switched on and off.
public struct ConditionsSimulation: Sendable {
  /// What is made.
  public struct Options: Sendable, Equatable {
    /// Seed; the same seed gives the same data.
    public var seed: UInt64 = 1
    /// Number of fills.
    public var fills = 600
    /// Number of the first fill.
    public var firstFill = 8000
    /// Day of the first fill, `YYYY-MM-DD`.
    public var begin = "2022-07-05"
    /// Readings of each supply channel in an hour of a fill.
    public var supplyReadingsPerHour = 1.5
    /// Readings of each sensor in an hour.
    public var sensorReadingsPerHour = 0.5
    /// Whether there are silent sensors, names that move, bias that is off, copies of rows and gaps.
    public var hasFaults = false

    /// The size of a run of three years.
    public init() {}
  }

  /// The truth of a simulation.
  public struct Truth: Sendable, Equatable {
    /// Relative amplitude of the azimuthal modulation.
    public var amplitude = 0.18
    /// Its phase in radians: A + B sin(φ − φ₀).
    public var phase = 0.4
    /// Temperature of the cooling in °C.
    public var coolantCelsius = -21.0
    /// Growth of the current with luminosity, as a factor 1 + L/L₀ with L₀ in fb⁻¹.
    public var growth = 25.0
  }

  /// What is made.
  public let options: Options
  /// The truth.
  public let truth = Truth()
  /// The fills, by number.
  public let fills: [Fill]
  /// Delivered and recorded luminosity of the fills.
  public let luminosities: LuminosityTable
  let facts: PixelFacts
  private let supplyNames: [SupplyChannel]
  private let sensorNames: [String]
  /// Positions of the sensors that tell the temperature of a group.
  private let sensorsOfGroup: [ReadoutGroupName: [Int]]

  /// Makes fills and luminosities; conditions are written by `write(to:)`.
  ///
  /// - Throws: `pixel.badDay`.
  public init(_ options: Options, facts: PixelFacts) throws(CavernError) {
    self.options = options
    self.facts = facts
    guard let begin = ConditionsTime(options.begin) else {
      throw CavernError("pixel.badDay", "'\(options.begin)' is no day", exit: .usage, expected: "YYYY-MM-DD")
    }
    var random = RandomSource(seed: options.seed)
    var time = begin.adding(seconds: 6 * 3600)
    var number = options.firstFill
    var fills: [Fill] = []
    var luminosities: [(fill: Int, delivered: Double, recorded: Double)] = []
    for _ in 0..<max(1, options.fills) {
      let length = random.uniform() < 0.05 ? 400 + 700 * random.uniform() : 3600 * (3 + 11 * random.uniform())
      let start = ConditionsTime(seconds: time.wholeSeconds)
      let fill = Fill(
        number: number, start: start, end: ConditionsTime(seconds: start.adding(seconds: length).wholeSeconds))
      fills.append(fill)
      // 1 to 2 × 10³⁴ cm⁻² s⁻¹ that fall with 16 h: 10³⁴ cm⁻² s⁻¹ are 10⁻⁵ fb⁻¹ a second.
      let life = 16 * 3600.0
      let delivered = (1 + random.uniform()) * 1e-5 * life * (1 - exp(-length / life))
      luminosities.append((number, delivered, delivered * (0.92 + 0.06 * random.uniform())))
      number += 1 + (random.uniform() < 0.4 ? 1 + Int(3 * random.uniform()) : 0)
      time = fill.end.adding(seconds: 3600 * (3 + 18 * random.uniform() * random.uniform()))
      // The winter stop, from December to the middle of March.
      let day = ConditionsTime(dayNumber: time.dayNumber).day
      if day.dropFirst(5) >= "12-01" || day.dropFirst(5) < "03-15", let year = Int(day.prefix(4)),
        let spring = ConditionsTime(year: day.dropFirst(5) >= "12-01" ? year + 1 : year, month: 3, day: 15, hour: 8)
      {
        time = spring
      }
    }
    self.fills = fills
    self.luminosities = LuminosityTable(luminosities)
    let supplies = Set(facts.groups.map(\.supply)).sorted()
    supplyNames = supplies.flatMap { supply in (0..<4).compactMap { SupplyChannel(cable: "\(supply)/channel00\($0)") } }
    let airs = HalfCylinder.allCases.flatMap { ["PixelBarrel_\($0.rawValue)_Air", "PixelEndcap_\($0.rawValue)_Air"] }
    let cards = HalfCylinder.allCases.flatMap { half in
      (1...3).flatMap { disk in ["A", "B", "C", "D"].map { "PixelEndcap_\(half.rawValue)_PC_\(disk)\($0)" } }
    }
    // 3I_L1D1PN sits at the plus end (P) of a tube that cools the near halves (N): its half is BpI.
    let loops = (facts.loops.flatMap(\.storedLabels) + facts.brokenSensors).map { label in
      let end = label.suffix(2)
      return "PixelBarrel_B\(end.first == "M" ? "m" : "p")\(end.last == "N" ? "I" : "O")_\(label)"
    }
    let names = (loops + airs + cards).sorted()
    sensorNames = names
    let places = SensorPlaces(names, facts: facts)
    sensorsOfGroup = Dictionary(
      uniqueKeysWithValues: facts.groups.map { group in
        let used: [String] =
          switch group.name {
          case .barrel: places.byLoop[group.coolingLoop ?? ""] ?? []
          case .endCap(let half, let disk, let quarter, _):
            places.byPortCard[SensorPlaces.PortCard(half: half, disk: disk, group: quarter)] ?? []
          }
        return (group.name, used.compactMap { names.firstIndex(of: $0) })
      })
  }

  /// Number of the channel that a supply or sensor has.
  func supplyID(_ index: Int) -> Int64 { 4_100_000 + Int64(index) }
  func sensorID(_ index: Int) -> Int64 { 4_200_000 + Int64(index) }
  var supplies: [SupplyChannel] { supplyNames }
  var sensors: [String] { sensorNames }

  /// The current of a bias channel at a sensor temperature, in µA, without noise.
  public func leakage(of group: ReadoutGroup, luminosity: Double, kelvin: Double) -> Double {
    let reference = facts.constants.zeroCelsius - 20
    let perChip: Double =
      switch group.name {
      case .barrel(_, _, let layer): [2.4, 1.1, 0.62, 0.4][layer - 1]
      case .endCap(_, _, _, let ring): ring == 1 ? 1.3 : 0.7
      }
    let modulation = 1 + truth.amplitude * sin(group.azimuth - truth.phase)
    let scale = LeakageScaling(facts).factor(from: reference, to: kelvin)
    return Double(group.chipCount) * perChip * (1 + luminosity / truth.growth) * modulation * scale
  }

  /// The temperature of a group's loop at a time, in °C: that of its sensors.
  func loopCelsius(_ group: ReadoutGroup, at time: ConditionsTime) -> Double {
    Statistics.mean((sensorsOfGroup[group.name] ?? []).map { celsius(sensor: $0, at: time) })
  }

  /// The temperature of a loop sensor, in °C: the coolant with an offset of its own and a slow wave.
  func celsius(sensor index: Int, at time: ConditionsTime) -> Double {
    // A fixed offset by number: golden-ratio steps fill the interval evenly.
    let offset = (Double(index) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1) - 0.5
    let base = sensorNames[index].hasSuffix("_Air") ? -16.0 : truth.coolantCelsius
    return base + 1.2 * offset + 0.3 * sin(time.seconds / 86_400 / 9)
  }
}
