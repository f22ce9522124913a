extension RadiationProfile {
  /// The profile in which a missing temperature is that of the step before, or of the first step that has one.
  ///
  /// A missing or negative fluence rate counts as none.
  ///
  /// - Returns: the profile and how many steps were mended; `nil` when no step has a temperature.
  public func mended() -> (profile: RadiationProfile, temperatures: Int, fluences: Int)? {
    guard var last = rows.first(where: { $0.temperature > 0 })?.temperature else { return nil }
    var copy = self
    var temperatures = 0
    var fluences = 0
    for index in copy.rows.indices {
      if copy.rows[index].temperature > 0 {
        last = copy.rows[index].temperature
      } else {
        copy.rows[index].temperature = last
        temperatures += 1
      }
      if copy.rows[index].fluenceRate < 0 {
        copy.rows[index].fluenceRate = 0
        fluences += 1
      }
    }
    return (copy, temperatures, fluences)
  }
}
