import CArrow
import Errors

/// Numbers in text: any locale, correctly rounded, at several hundred megabytes a second.
public enum NumberText {
  /// The number that takes up all of the bytes; nil when they are anything else.
  ///
  /// Takes `1`, `-1.5`, `+.5`, `1.`, `6.68E-9`, `inf`, `nan`; no blanks. Beyond the range of a double it gives infinity or
  /// zero, as IEEE 754 rounds.
  public static func double(_ text: some Collection<UInt8>) -> Double? {
    if let found = text.withContiguousStorageIfAvailable({ double($0) }) { return found }
    return Array(text).withUnsafeBufferPointer { double($0) }
  }

  /// The number in a buffer.
  static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard let base = text.baseAddress, text.count > 0 else { return nil }
    var number = 0.0
    // First and last delimit exactly the buffer.
    let outcome = base.withMemoryRebound(to: CChar.self, capacity: text.count) {
      carrow_parse_double($0, $0 + text.count, &number)
    }
    switch outcome {
    case 1: return number
    case 2: return Double(String(decoding: text, as: UTF8.self))
    default: return nil
    }
  }

  /// The whole number in a buffer; nil when it is anything else or beyond 64 bits.
  static func int(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard text.count > 0 else { return nil }
    let isNegative = text[0] == UInt8(ascii: "-")
    let start = isNegative || text[0] == UInt8(ascii: "+") ? 1 : 0
    guard text.count > start else { return nil }
    var value = 0
    for place in start..<text.count {
      let digit = Int(text[place]) - 48
      guard digit >= 0, digit <= 9 else { return nil }
      let (tens, over) = value.multipliedReportingOverflow(by: 10)
      let (next, beyond) = isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
      guard !over, !beyond else { return nil }
      value = next
    }
    return value
  }

  /// The numbers of a long text, separated by commas, blanks or line ends; a comma at the end is allowed.
  ///
  /// - Throws: `text.badNumber` with the byte of the first word that is no number.
  public static func doubles(_ text: [UInt8]) throws(CavernError) -> [Double] {
    var fault: Int64 = 0
    var found: Int64 = 0
    // Every number takes at least one byte and a separator.
    let room = text.count / 2 + 1
    let numbers = [Double](unsafeUninitializedCapacity: room) { buffer, filled in
      text.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        found = base.withMemoryRebound(to: CChar.self, capacity: source.count) {
          carrow_parse_list($0, Int64(source.count), buffer.baseAddress, Int64(room), &fault)
        }
      }
      filled = max(0, Int(found))
    }
    guard found >= 0 else {
      let word = text[Int(fault)...].prefix { $0 > 32 && $0 != UInt8(ascii: ",") }.prefix(40)
      throw CavernError(
        "text.badNumber", "'\(String(decoding: word, as: UTF8.self))' is not a number", exit: .badData,
        offset: Int(fault), expected: "numbers separated by commas or blanks")
    }
    return numbers
  }
}
