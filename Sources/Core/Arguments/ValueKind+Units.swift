extension ValueKind {
  /// A time span with its unit.
  ///
  /// A number and `ns`, `us` (`µs`), `ms`, `s`, `min`, `h` or `d`, with or without a blank between; a bare
  /// number is in seconds. Several may follow one another: `1 h 30 min`. Not negative.
  ///
  /// - Returns: the span, exact to the attosecond for up to 18 digits; `nil` when the text is not one.
  public static func duration(_ text: String) -> Duration? {
    let attosecondsPerSecond = 1_000_000_000_000_000_000.0
    let seconds: [String: Double] = [
      "": 1, "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400,
    ]
    guard let parts = quantities(text) else { return nil }
    var total = Duration.zero
    for (value, unit) in parts {
      guard let scale = seconds[unit], parts.count == 1 || !unit.isEmpty else { return nil }
      let whole = (value * scale).rounded(.down)
      guard whole < 1e15 else { return nil }
      // The fraction is taken in the unit's own step, so that 250 ms is 250000000 ns and not a rounding of 0.25 s.
      let perUnit = scale < 1 ? (attosecondsPerSecond * scale).rounded() : attosecondsPerSecond
      if scale < 1, value < 1e9 {
        let wholeUnits = value.rounded(.down)
        let fraction = ((value - wholeUnits) * perUnit).rounded()
        let stepsPerSecond = Int64((1 / scale).rounded())
        let units = Int64(wholeUnits)
        total += Duration(
          secondsComponent: units / stepsPerSecond,
          attosecondsComponent: units % stepsPerSecond * Int64(perUnit) + Int64(fraction))
      } else {
        let fraction = ((value * scale - whole) * attosecondsPerSecond).rounded()
        total += Duration(secondsComponent: Int64(whole), attosecondsComponent: Int64(fraction))
      }
    }
    return total
  }

  /// A number of bytes: a number and `B`, `kB`, `MB`, `GB`, `TB` (powers of 1000) or `KiB`, `MiB`, `GiB`, `TiB` (powers
  /// of 1024); a bare number is in bytes.
  ///
  /// - Returns: the number, rounded down to a whole one; `nil` when the text is not one or exceeds 2^53.
  public static func byteCount(_ text: String) -> Int? {
    let bytes: [String: Double] = [
      "": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1024, "MiB": 1_048_576,
      "GiB": 1_073_741_824, "TiB": 1_099_511_627_776,
    ]
    guard let parts = quantities(text), parts.count == 1, let scale = bytes[parts[0].unit] else { return nil }
    let count = (parts[0].value * scale).rounded(.down)
    return count <= 9_007_199_254_740_992 ? Int(count) : nil
  }

  /// Numbers that are not negative, each with the letters that follow it.
  private static func quantities(_ text: String) -> [(value: Double, unit: String)]? {
    var rest = Substring(trimmed(text))
    var result: [(value: Double, unit: String)] = []
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      guard let value = number(String(digits)), value >= 0 else { return nil }
      rest = rest[digits.endIndex...].drop { $0 == " " }
      let unit = rest.prefix { $0.isLetter }
      rest = rest[unit.endIndex...].drop { $0 == " " }
      result.append((value, String(unit)))
    }
    return result.isEmpty ? nil : result
  }
}
