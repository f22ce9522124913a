import Errors

/// A part of the period of a profile: some fills and the pauses before them, worked on by itself.
public struct ProfileStretch: Sendable {
  /// Its fills in order of time.
  public let fills: [Fill]
  /// The fill before the first; `nil` for none.
  public let previous: Fill?
  /// Its steps.
  public let cut: ProfileSteps
  /// Cross section of its fills, in mb.
  public let crossSection: Double

  /// Cuts fills into about so many stretches of equal numbers of steps; fills of different runs are never together.
  public static func cut(
    _ fills: [Fill], into count: Int, facts: PixelFacts, options: ProfileBuilder.Options
  ) -> [ProfileStretch] {
    func crossSection(_ fill: Fill) -> Double {
      if let given = options.crossSection { return given }
      let isRun3 = facts.eras.first { $0.name == "run3" }?.holds(fill.number) ?? false
      return facts.constants.crossSectionsMillibarn[isRun3 ? "run3" : "run2"] ?? 79.1
    }
    let size = max(1, (fills.count + count - 1) / max(count, 1))
    var stretches: [ProfileStretch] = []
    var first = 0
    while first < fills.count {
      let section = crossSection(fills[first])
      var next = first + 1
      while next < fills.count, next - first < size, crossSection(fills[next]) == section { next += 1 }
      let part = Array(fills[first..<next])
      let previous = first > 0 ? fills[first - 1] : nil
      stretches.append(
        ProfileStretch(
          fills: part, previous: previous, cut: ProfileSteps(part, after: previous, options: options.steps),
          crossSection: section))
      first = next
    }
    return stretches
  }

  /// What a stretch gives: the text of every group and what is to be said about it.
  public struct Output: Sendable {
    /// For every group its files' rows: profile and sources, or the earlier program's form and the profile.
    public var texts: [[[UInt8]]]
    /// Sums and counts.
    public var summary: ProfileBuildSummary
  }

  /// Reads the series of the stretch and makes the rows of all groups.
  ///
  /// - Parameters:
  ///   - groups: with their fluences for 1 /fb and 1 mb.
  ///   - badFills: whose currents are left out.
  /// - Throws: as the reader.
  public func output(
    _ reader: ProfileSeriesReader, _ groups: [ProfileBuilder.Group], _ luminosity: DeliveredLuminosity,
    options: ProfileBuilder.Options, badFills: Set<Int>, isCompatible: Bool
  ) throws(CavernError) -> Output {
    var output = Output(
      texts: groups.map { _ in [[], []] }, summary: ProfileBuildSummary(groups: groups.count))
    output.summary.add(cut.skipped, luminosity)
    guard let first = cut.steps.first, let last = cut.steps.last else { return output }
    let series = try reader.read(from: first.start, to: last.end)
    output.summary.add(series, cut)
    let scaled = groups.map { group in
      var copy = group
      copy.fluence *= crossSection
      copy.compatibleFluence *= crossSection
      return copy
    }
    let builder = ProfileBuilder(scaled, series: series, luminosity: luminosity, options: options)
    let values = builder.values(cut.steps, withoutCurrentsOf: badFills)
    var other = values
    if isCompatible {
      var physics = options
      physics.usesCompatibleFluence = false
      other = ProfileBuilder(scaled, series: series, luminosity: luminosity, options: physics)
        .values(cut.steps, withoutCurrentsOf: badFills)
    }
    for group in groups.indices {
      output.summary.add(
        values[group], group: group, crossSection: crossSection, expected: groups[group].expectedSensors)
      var texts: [[UInt8]] = [[], []]
      for step in values[group].indices {
        if isCompatible {
          RadiationProfile.append(values[group][step].row, .compatible, to: &texts[0])
          RadiationProfile.append(other[group][step].row, .physics, to: &texts[1])
        } else {
          RadiationProfile.append(values[group][step].row, .physics, to: &texts[0])
          values[group][step].append(to: &texts[1], group: groups[group])
        }
      }
      output.texts[group] = texts
    }
    return output
  }
}
