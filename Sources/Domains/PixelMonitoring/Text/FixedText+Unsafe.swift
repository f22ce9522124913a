import Glibc

/// Numbers with a fixed number of decimals, as C's `%.4f` writes them, and with significant digits, as `%.8g` does.
enum FixedText {
  /// A number with so many decimals, ties rounded by the exact binary value.
  static func decimals(_ value: Double, _ digits: Int) -> String { format("%.*f", value, digits) }

  /// A number with so many significant digits.
  static func significant(_ value: Double, _ digits: Int) -> String { format("%.*g", value, digits) }

  private static func format(_ form: String, _ value: Double, _ digits: Int) -> String {
    // The largest double has 309 digits before the point; vsnprintf writes no more than the length it is given, into the
    // memory of the text, and says how many it wanted to write without the zero at the end.
    withVaList([Int32(max(0, min(17, digits))), value]) { arguments in
      String(unsafeUninitializedCapacity: 352) { buffer in
        buffer.withMemoryRebound(to: CChar.self) { text in
          max(0, min(Int(vsnprintf(text.baseAddress, text.count, form, arguments)), text.count - 1))
        }
      }
    }
  }
}
