import Errors
import JSON

/// Sums and counts over the rows of profiles, for the checks at the end.
public struct ProfileBuildSummary: Sendable, Equatable {
  /// Rows of all groups.
  public var rows = 0
  /// Rows without temperature, by group.
  public var missingTemperatures: [Int] = []
  /// Rows in fills without current, by group.
  public var missingCurrents: [Int] = []
  /// Rows whose temperature has not all its sensors, by group.
  public var partialSensors: [Int] = []
  /// Sum of lengths, in s, by group.
  public var durations: [Double] = []
  /// Sum of fluences, in n_eq/cm², by group.
  public var fluences: [Double] = []
  /// Sum of luminosity × cross section over window length × step length, in mb/fb, for the check of fluences.
  public var collisions = 0.0
  /// Sum of luminosity, in /fb.
  public var luminosity = 0.0
  /// Steps in fills whose luminosity is not known.
  public var missingLuminosity = 0
  /// The fills they lie in.
  public var fillsWithoutLuminosity: Set<Int> = []
  /// Fills with steps of more than two lumi sections in which nothing was delivered.
  public var fillsWithZero: Set<Int> = []
  /// Fills and pauses that were passed over.
  public var skipped: [ProfileSteps.Skipped] = []
  /// Luminosity in them, in /fb.
  public var lostLuminosity = 0.0
  /// Silence of all sensors over the period.
  public var sensors = SeriesContinuity()
  /// Silence of all currents within fills that are longer than that.
  public var currentGaps: [SeriesContinuity.Gap] = []
  /// Largest relative difference between fluence and conversion × luminosity over groups; NaN before the check.
  public var fluenceDifference = Double.nan
  /// Difference between covered span and sum of lengths, in s; NaN before the check.
  public var durationDifference = Double.nan

  /// Nothing yet, for some groups.
  public init(groups: Int = 0) {
    missingTemperatures = Array(repeating: 0, count: groups)
    missingCurrents = missingTemperatures
    partialSensors = missingTemperatures
    durations = Array(repeating: 0, count: groups)
    fluences = durations
  }

  /// Seconds that were passed over.
  public var lostSeconds: Double { skipped.reduce(0) { $0 + $1.end - $1.start } }

  /// Whether no value is missing and nothing was passed over.
  public var isWhole: Bool {
    missingLuminosity == 0 && missingTemperatures.allSatisfy { $0 == 0 } && !(durationDifference > 0.5)
      && !(fluenceDifference > 1e-6)
  }

  /// Looks for silence: of all sensors over the steps, and of all currents within the fills.
  mutating func add(_ series: ProfileSeries, _ cut: ProfileSteps) {
    guard let first = cut.steps.first, let last = cut.steps.last else { return }
    sensors = SeriesContinuity(series.sensors.values.flatMap { $0 }, from: first.start, to: last.end)
    var period = 0.0
    for step in cut.steps where step.fill != nil && step.periodStart != period {
      period = step.periodStart
      // Without a look-back a current counts from the beginning of its fill on, so silence does too.
      var within = SeriesContinuity(series.currents, from: period, to: step.periodEnd)
      within.begin(at: period)
      currentGaps += within.closed
    }
  }

  mutating func add(_ passed: [ProfileSteps.Skipped], _ luminosity: DeliveredLuminosity) {
    skipped += passed
    for entry in passed where entry.fill != nil {
      lostLuminosity += luminosity.delivered(from: entry.start, to: entry.end) ?? 0
    }
  }

  mutating func add(_ values: [ProfileBuilder.Value], group: Int, crossSection: Double, expected: Int) {
    rows += values.count
    for value in values {
      let row = value.row
      durations[group] += row.duration
      if row.temperature == RadiationProfile.missing { missingTemperatures[group] += 1 }
      if row.fill > 0, !row.hasCurrent { missingCurrents[group] += 1 }
      if value.sensors > 0, value.sensors < expected { partialSensors[group] += 1 }
      if row.fluenceRate > 0 { fluences[group] += row.fluence }
      guard group == 0, row.fill > 0 else { continue }
      if value.luminosity.isNaN {
        missingLuminosity += 1
        fillsWithoutLuminosity.insert(row.fill)
      } else {
        if value.luminosity == 0, value.windowLength > 2 * BrilcalcLuminosity.sectionSeconds {
          fillsWithZero.insert(row.fill)
        }
        luminosity += value.luminosity
        collisions += crossSection * value.luminosity * row.duration / value.windowLength
      }
    }
  }

  /// Adds the sums of another stretch.
  public mutating func add(_ other: ProfileBuildSummary) {
    if durations.isEmpty { self = ProfileBuildSummary(groups: other.durations.count) }
    rows += other.rows
    for group in other.durations.indices {
      missingTemperatures[group] += other.missingTemperatures[group]
      missingCurrents[group] += other.missingCurrents[group]
      partialSensors[group] += other.partialSensors[group]
      durations[group] += other.durations[group]
      fluences[group] += other.fluences[group]
    }
    collisions += other.collisions
    luminosity += other.luminosity
    missingLuminosity += other.missingLuminosity
    fillsWithoutLuminosity.formUnion(other.fillsWithoutLuminosity)
    fillsWithZero.formUnion(other.fillsWithZero)
    skipped += other.skipped
    lostLuminosity += other.lostLuminosity
    sensors.add(other.sensors)
    currentGaps += other.currentGaps
  }

  /// Compares the sums with the span from first to last fill and with the luminosity.
  ///
  /// - Parameters:
  ///   - span: in s.
  ///   - fluences: of each group for 1 /fb and 1 mb.
  public mutating func check(span: Double, fluences perCollision: [Double]) {
    durationDifference = (durations.first.map { abs(span - lostSeconds - $0) }) ?? span
    fluenceDifference = 0
    for (group, factor) in perCollision.enumerated() {
      let expected = collisions * factor
      let difference = expected > 0 ? abs(fluences[group] / expected - 1) : abs(fluences[group])
      fluenceDifference = max(fluenceDifference, difference)
    }
  }

  /// What the user should know.
  public func warnings(_ names: [String]) -> [CavernWarning] {
    var warnings: [CavernWarning] = []
    func list(_ counts: [Int]) -> String {
      let found = counts.indices.filter { counts[$0] > 0 }.map { "\(names[$0]) (\(counts[$0]))" }
      return found.prefix(4).joined(separator: ", ") + (found.count > 4 ? " and \(found.count - 4) more" : "")
    }
    for (code, what, counts) in [
      ("profile.noTemperature", "steps without temperature", missingTemperatures),
      ("profile.noCurrent", "steps in fills without current", missingCurrents),
      ("profile.partialSensors", "steps with some sensors silent", partialSensors),
    ] where counts.contains(where: { $0 > 0 }) {
      warnings.append(CavernWarning(code, "\(what): \(list(counts))"))
    }
    func fills(_ numbers: Set<Int>) -> String {
      numbers.sorted().prefix(6).map(String.init).joined(separator: ", ")
        + (numbers.count > 6 ? " and \(numbers.count - 6) more" : "")
    }
    if missingLuminosity > 0 {
      warnings.append(
        CavernWarning(
          "profile.noLuminosity",
          "\(missingLuminosity) steps in fills have no luminosity: their fluence rate is -999 (fill "
            + "\(fills(fillsWithoutLuminosity)))"))
    }
    if !fillsWithZero.isEmpty {
      warnings.append(
        CavernWarning(
          "profile.zeroLuminosity",
          "nothing was delivered in some steps within stable beams: fill \(fills(fillsWithZero))"
        ))
    }
    for entry in skipped {
      let what = entry.fill.map { "fill \($0)" } ?? "the pause before fill \(entry.nextFill ?? 0)"
      warnings.append(
        CavernWarning("profile.short", "\(what) lasts \(entry.end - entry.start) s and was passed over"))
    }
    if durationDifference > 0.5 {
      warnings.append(
        CavernWarning("profile.durations", "the lengths of the steps miss the span by \(durationDifference) s"))
    }
    if fluenceDifference > 1e-6 {
      warnings.append(
        CavernWarning(
          "profile.fluences", "fluence and conversion x luminosity differ by \(fluenceDifference) of their size"))
    }
    return warnings
  }

  /// The summary for scripts.
  public func json(groups: Int, span: Double, folder: String) -> JSONValue {
    [
      "folder": .string(folder), "groups": .integer(groups), "rows": .integer(rows), "span_s": .number(span),
      "duration_s": .optional(durations.first), "lost_s": .number(lostSeconds),
      "lost_luminosity_fb": .number(lostLuminosity), "luminosity_fb": .number(luminosity),
      "checks": [
        "duration_difference_s": .number(durationDifference),
        "fluence_relative_difference": .number(fluenceDifference),
      ],
      "gaps": [
        "temperatures": SeriesContinuity.json(sensors.closed), "currents": SeriesContinuity.json(currentGaps),
      ],
      "missing": [
        "temperatures": .integer(missingTemperatures.reduce(0, +)), "currents": .integer(missingCurrents.reduce(0, +)),
        "luminosities": .integer(missingLuminosity), "partial_sensors": .integer(partialSensors.reduce(0, +)),
      ],
      "skipped": .array(
        skipped.map {
          [
            "fill": .optional($0.fill), "before_fill": .optional($0.nextFill), "start": .number($0.start),
            "seconds": .number($0.end - $0.start),
          ]
        }),
    ]
  }

  /// The summary for people.
  public func text(groups: Int, span: Double, folder: String) -> String {
    """
    \(groups) groups, \(rows) rows in \(folder)
    covered: \(Int(durations.first ?? 0)) of \(Int(span)) s, lost \(Int(lostSeconds)) s and \(lostLuminosity) /fb
    luminosity: \(luminosity) /fb; fluence agrees with it to \(fluenceDifference)
    continuity: \(SeriesContinuity.text(sensors.closed, of: "temperatures")); \
    \(SeriesContinuity.text(currentGaps, of: "currents within fills"))

    """
  }
}

extension ProfileBuildSummary {
  /// The sums as JSON that `init(stored:)` reads.
  var stored: JSONValue {
    func list(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
    return [
      "rows": .integer(rows), "missingTemperatures": list(missingTemperatures),
      "missingCurrents": list(missingCurrents), "partialSensors": list(partialSensors),
      "durations": .numbers(durations), "fluences": .numbers(fluences), "collisions": .number(collisions),
      "luminosity": .number(luminosity), "missingLuminosity": .integer(missingLuminosity),
      "lostLuminosity": .number(lostLuminosity), "fillsWithoutLuminosity": list(fillsWithoutLuminosity.sorted()),
      "fillsWithZero": list(fillsWithZero.sorted()), "sensors": sensors.stored,
      "currentGaps": .array(currentGaps.map { [.number($0.from), .number($0.to)] }),
      "skipped": .array(
        skipped.map { [.optional($0.fill), .optional($0.nextFill), .number($0.start), .number($0.end)] }),
    ]
  }

  /// The sums of `stored`; `nil` when something is missing.
  init?(stored: JSONValue) {
    func integers(_ name: String) -> [Int] { stored[name]?.arrayValue?.compactMap(\.intValue) ?? [] }
    func numbers(_ name: String) -> [Double] { stored[name]?.arrayValue?.compactMap(\.doubleValue) ?? [] }
    guard let rows = stored["rows"]?.intValue, let collisions = stored["collisions"]?.doubleValue,
      let luminosity = stored["luminosity"]?.doubleValue, let missing = stored["missingLuminosity"]?.intValue,
      let lost = stored["lostLuminosity"]?.doubleValue
    else { return nil }
    self.init(groups: numbers("durations").count)
    self.rows = rows
    missingTemperatures = integers("missingTemperatures")
    missingCurrents = integers("missingCurrents")
    partialSensors = integers("partialSensors")
    durations = numbers("durations")
    fluences = numbers("fluences")
    (self.collisions, self.luminosity, missingLuminosity, lostLuminosity) = (collisions, luminosity, missing, lost)
    fillsWithoutLuminosity = Set(integers("fillsWithoutLuminosity"))
    fillsWithZero = Set(integers("fillsWithZero"))
    sensors = SeriesContinuity(stored: stored["sensors"])
    currentGaps = (stored["currentGaps"]?.arrayValue ?? []).map {
      SeriesContinuity.Gap(from: $0[0]?.doubleValue ?? .nan, to: $0[1]?.doubleValue ?? .nan)
    }
    guard durations.count == fluences.count, durations.count == missingCurrents.count else { return nil }
    skipped = (stored["skipped"]?.arrayValue ?? []).map {
      ProfileSteps.Skipped(
        fill: $0[0]?.intValue, nextFill: $0[1]?.intValue, start: $0[2]?.doubleValue ?? 0, end: $0[3]?.doubleValue ?? 0)
    }
  }
}
