import Errors

/// The open time of one acquisition as file names write it: `2s621ms`.
public struct Shutter: Sendable, Equatable {
  /// The text.
  public let text: String
  /// Seconds.
  public let seconds: Double

  /// Reads `<seconds>s<milliseconds>ms`; milliseconds 0 to 999, in total above 0.
  ///
  /// - Throws: `velo.shutter` (exit 78).
  public init(_ text: String) throws(CavernError) {
    func digits(_ part: Substring) -> Int? {
      guard !part.isEmpty, part.utf8.count <= 9, part.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
      return Int(part)
    }
    let fault = CavernError(
      "velo.shutter", "'\(text)' is not a shutter time", exit: .configuration,
      expected: "<seconds>s<milliseconds>ms with milliseconds up to 999 and a sum above 0, for example 2s621ms")
    guard text.hasSuffix("ms"), let mark = text.firstIndex(of: "s"), let whole = digits(text[..<mark]),
      let thousandths = digits(text[text.index(after: mark)...].dropLast(2)), thousandths <= 999,
      whole > 0 || thousandths > 0
    else { throw fault }
    self.text = text
    seconds = Double(whole * 1000 + thousandths) / 1000
  }
}
