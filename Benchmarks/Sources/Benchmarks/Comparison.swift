import JSON

/// One line of the table: the same work done by Cavern and by its twin, measured in turn.
struct Comparison {
  /// Name by which `thresholds.json` knows it.
  var name: String
  /// What is compared, for people.
  var title: String
  /// Unit of both sides, `s` or `bytes`, for one unit of work.
  var unit: String
  /// Cavern's measurements.
  var cavern: Sample
  /// The twin's, each taken right after Cavern's; empty where there is no twin.
  var twin: Sample
  /// Why it was not measured or what differs; a comparison with a fault is never passed.
  var fault: String?
  /// A remark for the table.
  var note = ""

  /// Twin over Cavern, pair by pair.
  var ratio: Sample { Sample(values: zip(twin.values, cavern.values).map { $0 / $1 }) }

  init(_ name: String, _ title: String, unit: String = "s") {
    self.name = name
    self.title = title
    self.unit = unit
    cavern = Sample(values: [])
    twin = Sample(values: [])
  }

  /// Measures Cavern and the twin in turn; the first pair warms both up and is left out.
  mutating func measure(repeats: Int, cavern: () throws -> Double, twin: () throws -> Double) {
    do {
      for round in 0...repeats {
        let pair = (try cavern(), try twin())
        guard round > 0 else { continue }
        self.cavern.values.append(pair.0)
        self.twin.values.append(pair.1)
      }
    } catch {
      fault = "\(error)"
    }
  }
}

/// What a comparison has to reach.
struct Thresholds {
  var leastRatios: [String: Double] = [:]
  /// In the unit of the comparison.
  var most: [String: Double] = [:]

  init(_ json: JSONValue) {
    for (name, value) in json["leastRatios"]?.objectValue?.members ?? [] { leastRatios[name] = value.doubleValue }
    for (name, value) in json["most"]?.objectValue?.members ?? [] { most[name] = value.doubleValue }
  }

  /// The bar in words; empty where there is none.
  func bar(for comparison: Comparison) -> String {
    if let least = leastRatios[comparison.name] { return ">= \(least.formatted(decimals: 0))x" }
    if let limit = most[comparison.name] { return "< \(Quantity.text(limit, comparison.unit))" }
    return ""
  }

  /// Whether the bar was reached; nil where there is none.
  func isPassed(_ comparison: Comparison) -> Bool? {
    if let least = leastRatios[comparison.name] { return comparison.fault == nil && comparison.ratio.median >= least }
    if let limit = most[comparison.name] { return comparison.fault == nil && comparison.cavern.median < limit }
    return comparison.fault == nil ? nil : false
  }
}
