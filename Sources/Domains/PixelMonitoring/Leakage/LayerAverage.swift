/// The mean leakage current of a layer, or of a ring of the end-cap, in one fill.
public struct LayerAverage: Sendable, Equatable {
  /// The fill.
  public var fill: Int
  /// Layer or ring.
  public var layer: Int
  /// Side along the beam.
  public var side: Side
  /// What the currents are divided by.
  public var normalisation: LeakageNormalisation
  /// Reference temperature in °C; `nil` for currents as measured.
  public var reference: Double?
  /// Plain mean over the groups.
  public var average: Double
  /// Mean weighted with the number of chips.
  public var weighted: Double
  /// Standard error of the mean from the spread of the groups.
  public var standardError: Double
  /// Standard deviation of the groups.
  public var spread: Double
  /// Standard uncertainty that all groups share: temperature (±1 K of self-heating) and gap.
  public var systematic: Double
  /// Number of groups.
  public var groups: Int
  /// Groups that were left out, with the reason.
  public var excluded: [String]

  /// Averages a layer.
  ///
  /// - Parameters:
  ///   - leakage: the groups of one fill.
  ///   - reference: in °C.
  ///   - keepsAll: whether groups with bias off and other doubtful ones count.
  /// - Returns: `nil` when no group of the layer is left.
  public init?(
    fill: Int, layer: Int, side: Side, _ leakage: [GroupLeakage], normalisation: LeakageNormalisation,
    reference: Double?, keepsAll: Bool, facts: PixelFacts
  ) {
    let kelvin = reference.map { $0 + facts.constants.zeroCelsius }
    var values: [(value: Double, sigma: Double, chips: Double)] = []
    var excluded: [String] = []
    for entry in leakage where entry.group.name.layerOrRing == layer && side.holds(entry.group.name.half) {
      let name = entry.group.name.text
      if let reason = entry.exclusion, !keepsAll {
        excluded.append("\(name): \(reason)")
        continue
      }
      let value = entry.value(normalisation, reference: kelvin, facts: facts)
      guard value.value.isFinite else {
        excluded.append("\(name): no temperature")
        continue
      }
      values.append((value.value, value.sigma, Double(entry.group.chipCount)))
    }
    guard !values.isEmpty else { return nil }
    (self.fill, self.layer, self.side, self.normalisation, self.reference) = (
      fill, layer, side, normalisation, reference
    )
    average = Statistics.mean(values.map(\.value))
    let chips = values.reduce(0) { $0 + $1.chips }
    weighted = values.reduce(0) { $0 + $1.value * $1.chips } / chips
    spread = Statistics.standardDeviation(values.map(\.value))
    standardError = spread / Double(values.count).squareRoot()
    // Self-heating and gap are common to all groups: their shares add up linearly.
    systematic = Statistics.mean(values.map(\.sigma))
    groups = values.count
    self.excluded = excluded
  }
}
