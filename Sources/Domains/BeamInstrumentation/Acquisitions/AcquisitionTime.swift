/// A moment as acquisitions state it: UTC, in nanoseconds since 1970-01-01.
public struct AcquisitionTime: Sendable, Equatable, Comparable, Hashable {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  public var nanoseconds: Int

  /// A moment.
  public init(nanoseconds: Int) { self.nanoseconds = nanoseconds }

  /// Earlier is smaller.
  public static func < (left: AcquisitionTime, right: AcquisitionTime) -> Bool { left.nanoseconds < right.nanoseconds }

  /// Reads a UTC time stamp in one of the forms that acquisitions use.
  ///
  /// `yyyy-MM-dd HH:mm:ss.ffffff` and its variants: `T` between date and time, slashes or dots in the date, a final
  /// `Z`, no fraction or 1 to 9 digits of one.
  ///
  /// - Returns: `nil` for anything else, impossible dates included.
  public init?(parsing text: String) {
    var fields: [Int] = []
    var digits = 0
    var value = 0
    var fraction = 0
    var fractionDigits = 0
    let bytes = Array(text.utf8)
    var end = bytes.count
    while end > 0, bytes[end - 1] == 0x20 { end -= 1 }
    if end > 0, bytes[end - 1] == UInt8(ascii: "Z") || bytes[end - 1] == UInt8(ascii: "z") { end -= 1 }
    for (index, byte) in bytes[..<end].enumerated() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let digit = Int(byte - UInt8(ascii: "0"))
        if fields.count == 6 {
          fractionDigits += 1
          if fractionDigits <= 9 { fraction = fraction * 10 + digit }
        } else {
          digits += 1
          value = value * 10 + digit
          if digits > 4 { return nil }
        }
      case UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: " "),
        UInt8(ascii: "T"), UInt8(ascii: "_"):
        guard digits > 0, fields.count < 6 else {
          if index == 0, byte == 0x20 { continue }
          return nil
        }
        fields.append(value)
        digits = 0
        value = 0
      default: return nil
      }
    }
    if digits > 0 { fields.append(value) }
    guard fields.count == 6, let nanoseconds = Self.nanoseconds(fields) else { return nil }
    var scaled = fraction
    for _ in min(fractionDigits, 9)..<9 { scaled *= 10 }
    self.nanoseconds = nanoseconds + (fractionDigits == 0 ? 0 : scaled)
  }

  /// The stamp in a file name such as `WS_2023.10.16.10.59.19.964739.parquet`.
  ///
  /// It is local time of the control room; it serves as a label and as a last resort, never for physics.
  public init?(fileName: String) {
    let stem = fileName.split(separator: "/").last.map(String.init) ?? fileName
    let parts = stem.split(whereSeparator: { !("0"..."9").contains($0) }).map(String.init)
    guard let start = parts.indices.first(where: { parts[$0].count == 4 && parts.count - $0 >= 6 }) else { return nil }
    let date = parts[start..<start + 3].joined(separator: "-")
    let clock = parts[start + 3..<start + 6].joined(separator: ":")
    let fraction = parts.count > start + 6 ? "." + parts[start + 6] : ""
    self.init(parsing: "\(date) \(clock)\(fraction)")
  }

  private static func nanoseconds(_ fields: [Int]) -> Int? {
    let (year, month, day) = (fields[0], fields[1], fields[2])
    guard (1970...2200).contains(year), (1...12).contains(month), fields[3] < 24, fields[4] < 60, fields[5] < 61 else {
      return nil
    }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day >= 1, day <= lengths[month - 1] else { return nil }
    // Days from civil, counting years from March (proleptic Gregorian calendar).
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    return ((days * 24 + fields[3]) * 60 + fields[4]) * 60_000_000_000 + fields[5] * 1_000_000_000
  }

  /// `yyyy-MM-ddTHH:mm:ss.ffffffZ`, UTC.
  public var text: String {
    let seconds = nanoseconds.quotientTowardsNegative(1_000_000_000)
    let microseconds = (nanoseconds - seconds * 1_000_000_000) / 1000
    let days = seconds.quotientTowardsNegative(86_400)
    let clock = seconds - days * 86_400
    // Civil from days (proleptic Gregorian calendar).
    let shifted = days + 719_468
    let era = shifted.quotientTowardsNegative(146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthShifted = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthShifted + 2) / 5 + 1
    let month = monthShifted < 10 ? monthShifted + 3 : monthShifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let fraction = String(microseconds + 1_000_000).dropFirst()
    let date = "\(year)-\(two(month))-\(two(day))"
    return "\(date)T\(two(clock / 3600)):\(two(clock / 60 % 60)):\(two(clock % 60)).\(fraction)Z"
  }

  /// `yyyy-MM-dd HH:mm:ss UTC`, for people.
  public var label: String {
    let text = text
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
  }

  /// The label with blanks that do not break, for cells of tables.
  var cellLabel: String { label.map { $0 == " " ? "\u{00A0}" : String($0) }.joined() }

  /// `yyyyMMddTHHmmssZ`, UTC, for file names.
  public var compactText: String {
    String(text.prefix(19).filter { $0 != "-" && $0 != ":" }) + "Z"
  }
}

extension Int {
  fileprivate func quotientTowardsNegative(_ divisor: Int) -> Int {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
