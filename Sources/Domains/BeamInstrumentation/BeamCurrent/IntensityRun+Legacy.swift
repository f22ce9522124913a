import JSON

extension IntensityRun {
  /// The members that a run adds to `full_FBCT_data.json`, by the names of that file.
  ///
  /// The file is an object of lists with one entry a file; missing numbers are `null`.
  public var legacyEntry: [(name: String, value: JSONValue)] {
    [
      ("UTC_timestamp", .optional(acquisitionTimeText ?? time?.text)),
      ("Bunch_intensities", .array(intensities.map { .numbers($0) })),
      ("Avg_bunch_intensity", .numbers(means)), ("Spread_bunch_intensity", .numbers(spreads)),
      ("Ctime", .numbers(times)),
    ]
  }

  /// The names of the lists in `full_FBCT_data.json`.
  public static let legacyNames = [
    "UTC_timestamp", "Bunch_intensities", "Avg_bunch_intensity", "Spread_bunch_intensity", "Ctime",
  ]
}
