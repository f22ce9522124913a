import JSON

extension IntensityRun {
  /// The run as a record that `init(json:)` reads back without loss.
  public var json: JSONValue {
    [
      "name": .string(name), "device": .string(device), "acqTime": .optional(acquisitionTimeText),
      "time_ns": .optional(time?.nanoseconds), "unit": .string(unitName),
      "slots": .array(slots.map { .integer($0) }), "cycleTime_s": .numbers(times),
      "intensity": .array(intensities.map { .numbers($0) }),
    ]
  }

  /// The run of a record; `nil` when it is not one.
  public init?(json: JSONValue) {
    guard let name = json["name"]?.stringValue, let device = json["device"]?.stringValue,
      let unitName = json["unit"]?.stringValue, let slots = json["slots"]?.arrayValue,
      let times = json["cycleTime_s"]?.arrayValue, let rows = json["intensity"]?.arrayValue, rows.count == times.count
    else { return nil }
    self.name = name
    self.device = device
    self.unitName = unitName
    acquisitionTimeText = json["acqTime"]?.stringValue
    time = json["time_ns"]?.intValue.map { AcquisitionTime(nanoseconds: $0) }
    self.slots = slots.compactMap(\.intValue)
    self.times = times.map { $0.doubleValue ?? .nan }
    intensities = rows.map { ($0.arrayValue ?? []).map { $0.doubleValue ?? .nan } }
    let count = self.slots.count
    guard intensities.allSatisfy({ $0.count == count }) else { return nil }
  }
}
