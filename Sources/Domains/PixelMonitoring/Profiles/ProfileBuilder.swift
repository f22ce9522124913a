import Errors

/// Makes the rows of radiation profiles from series in memory.
public struct ProfileBuilder: Sendable {
  /// How values are taken.
  public struct Options: Sendable, Equatable {
    /// How steps are cut.
    public var steps = ProfileSteps.Options()
    /// How far before the end of a step a temperature may lie, in s.
    public var temperatureLookback = 48 * 3600.0
    /// How far before the end of a step a bias voltage may lie, in s.
    public var biasLookback = 30 * 86_400.0
    /// Bias above this is on, in V.
    public var biasThreshold = 10.0
    /// How far before a step a current may lie, in s; `nil` up to the beginning of the fill.
    public var currentLookback: Double?
    /// Whether bias is on when it is so for most of a step; otherwise as at its end.
    public var biasByMajority = true
    /// Extra temperature with bias on, in K per n_eq/cm²/s; 0 for none.
    public var kelvinPerFluenceRate = 3e-8
    /// Whether the fluence of a group is the sum over its modules in steps, as the earlier program had it.
    public var usesCompatibleFluence = false
    /// pp cross section of all fills, in mb; `nil` for that of their run.
    public var crossSection: Double?

    /// The usual options.
    public init() {}

    /// What the earlier program did.
    public static var compatible: Options {
      var options = Options()
      options.steps.skipsShort = true
      options.biasThreshold = 0
      options.currentLookback = .infinity
      options.biasByMajority = false
      options.usesCompatibleFluence = true
      return options
    }
  }

  /// What is known of a group apart from its series.
  public struct Group: Sendable {
    /// Its name.
    public var name: String
    /// The loop or port card that cools it.
    public var place: String
    /// Sensors that should have a reading.
    public var expectedSensors: Int
    /// How much warmer the sensors are with bias on, in K.
    public var selfHeating: Double
    /// Mean fluence of its modules for 1 /fb, in n_eq/cm².
    public var fluence: Double
    /// The earlier program's number for it, in n_eq/cm².
    public var compatibleFluence: Double
    /// Volume of its sensors, in cm³.
    public var volume: Double
    /// How its current scales with temperature.
    public var scaling: LeakageScaling
  }

  /// A step of one group with where its values come from.
  public struct Value: Sendable, Equatable {
    /// The row.
    public var row: RadiationProfile.Row
    /// Luminosity delivered in the step, in /fb; NaN when not known.
    public var luminosity: Double
    /// Sensors with a reading.
    public var sensors: Int
    /// Age of the oldest temperature at the end of the step, in s.
    public var temperatureAge: Double
    /// Bias: 1 on, 0 off, -1 not known.
    public var bias: Int
    /// Temperature of the coolant, in K; NaN when missing.
    public var loopTemperature: Double
    /// Age of the current at the end of the step, in s; NaN when there is none.
    public var currentAge: Double
    /// Length of the window that values were taken from, in s.
    public var windowLength: Double
  }

  /// The options.
  public let options: Options
  /// The groups.
  public let groups: [Group]
  private let series: ProfileSeries
  private let luminosity: DeliveredLuminosity

  init(_ groups: [Group], series: ProfileSeries, luminosity: DeliveredLuminosity, options: Options) {
    self.options = options
    self.groups = groups
    self.series = series
    self.luminosity = luminosity
  }

  /// The mean over the sensors of a place at a step.
  private struct PlaceMean {
    var celsius = Double.nan
    var sensors = 0
    var age = Double.nan
  }

  /// All groups over some steps: for each group one value a step.
  ///
  /// What groups share is looked up once a step.
  ///
  /// - Parameter badFills: whose currents are left out.
  public func values(_ steps: [ProfileSteps.Step], withoutCurrentsOf badFills: Set<Int> = []) -> [[Value]] {
    var result = [[Value]](repeating: [], count: groups.count)
    for index in result.indices { result[index].reserveCapacity(steps.count) }
    let places = Array(Set(groups.map(\.place))).sorted()
    let placeIndex = groups.map { group in places.firstIndex(of: group.place) ?? 0 }
    let sensors = places.map { series.sensors[$0] ?? [] }
    var means = [PlaceMean](repeating: PlaceMean(), count: places.count)
    for step in steps {
      for index in places.indices { means[index] = mean(sensors[index], before: step.measuredEnd) }
      let delivered =
        step.fill == nil
        ? 0
        : luminosity.delivered(from: step.start, to: step.measuredEnd, in: step.periodStart...step.periodEnd) ?? .nan
      for index in groups.indices {
        var value = value(index, step, means[placeIndex[index]], delivered)
        if let fill = step.fill, badFills.contains(fill) {
          value.row.current = RadiationProfile.missing
          value.currentAge = .nan
        }
        result[index].append(value)
      }
    }
    return result
  }

  private func mean(_ sensors: [ReadingSeries], before end: Double) -> PlaceMean {
    var mean = PlaceMean()
    var sum = 0.0
    var oldest = 0.0
    for sensor in sensors {
      guard let reading = sensor.latest(before: end, notBefore: end - options.temperatureLookback) else { continue }
      sum += reading.value
      mean.sensors += 1
      oldest = max(oldest, end - reading.time)
    }
    guard mean.sensors > 0 else { return mean }
    mean.celsius = sum / Double(mean.sensors)
    mean.age = oldest
    return mean
  }

  private func value(_ index: Int, _ step: ProfileSteps.Step, _ place: PlaceMean, _ delivered: Double) -> Value {
    let group = groups[index]
    let missing = RadiationProfile.missing
    let length = step.measuredEnd - step.start
    let perFemtobarn = options.usesCompatibleFluence ? group.compatibleFluence : group.fluence
    let rate = step.fill == nil ? 0 : delivered.isNaN ? missing : delivered / length * perFemtobarn
    let bias = bias(series.voltages[index], step)
    let loop = place.celsius + 273.15
    var temperature = missing
    if !place.celsius.isNaN {
      temperature = loop
      if bias == 1 {
        temperature += group.selfHeating
        if step.fill != nil, rate > 0 { temperature += options.kelvinPerFluenceRate * rate }
      }
    }
    var current = missing
    var age = Double.nan
    if step.fill != nil {
      let begin = options.currentLookback.map { step.start - $0 } ?? step.periodStart
      if let reading = series.currents[index].latest(upTo: step.measuredEnd, notBefore: begin) {
        current = reading.value
        age = step.measuredEnd - reading.time
      }
    }
    return Value(
      row: RadiationProfile.Row(
        fill: step.fill ?? Int(missing), timestamp: step.end, duration: step.duration, temperature: temperature,
        fluenceRate: rate, current: current),
      luminosity: delivered, sensors: place.sensors, temperatureAge: place.age, bias: bias, loopTemperature: loop,
      currentAge: age, windowLength: length)
  }

  /// 1 on, 0 off, -1 not known.
  private func bias(_ voltages: ReadingSeries, _ step: ProfileSteps.Step) -> Int {
    let (begin, end) = (step.start, step.measuredEnd)
    let last = voltages.count(before: end) - 1
    guard last >= 0, voltages.times[last] >= end - options.biasLookback else { return -1 }
    let isOn = voltages.values[last] > options.biasThreshold
    guard options.biasByMajority, voltages.times[last] > begin else { return isOn ? 1 : 0 }
    // Time under bias, from the end back to the beginning.
    var on = 0.0
    var until = end
    var index = last
    while until > begin {
      let isFirst = index < 0
      let from = isFirst ? begin : max(voltages.times[index], begin)
      // Before the first reading the state is that of the first.
      if voltages.values[max(index, 0)] > options.biasThreshold { on += until - from }
      until = from
      index -= 1
      if isFirst { break }
    }
    return on > (end - begin) / 2 ? 1 : 0
  }
}
