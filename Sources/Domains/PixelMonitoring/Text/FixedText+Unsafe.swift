import Glibc

/// Numbers with a fixed number of decimals, as C's `%.4f` writes them, and with significant digits, as `%.8g` does.
enum FixedText {
  /// A number with so many decimals, ties rounded by the exact binary value.
  static func decimals(_ value: Double, _ digits: Int) -> String {
    plain(value, digits) ?? format("%.*f", value, digits)
  }

  /// The same for one to six decimals of numbers that are neither large nor close to a tie, without the way through C's
  /// variable arguments; `nil` for others.
  private static func plain(_ value: Double, _ digits: Int) -> String? {
    guard 1...6 ~= digits else { return nil }
    var power: UInt64 = 1
    for _ in 0..<digits { power *= 10 }
    let product = value.magnitude * Double(power)
    // Below 10¹¹ the product is rounded by less than 10⁻⁵, so that the digits are sure away from a tie; not for NaN.
    guard product < 1e11 else { return nil }
    let whole = product.rounded(.down)
    guard abs(product - whole - 0.5) > 1e-4 else { return nil }
    let count = UInt64(whole) + (product - whole > 0.5 ? 1 : 0)
    // At most 12 digits, the point and a sign.
    return String(unsafeUninitializedCapacity: 16) { buffer in
      var text = (UInt64(0), UInt64(0))
      return withUnsafeMutableBytes(of: &text) { digitsBackwards in
        var rest = count
        var length = 0
        while rest > 0 || length <= digits {
          if length == digits {
            digitsBackwards[length] = 46
            length += 1
          }
          digitsBackwards[length] = 48 + UInt8(rest % 10)
          rest /= 10
          length += 1
        }
        if value.sign == .minus {
          digitsBackwards[length] = 45
          length += 1
        }
        for place in 0..<length { buffer[place] = digitsBackwards[length - 1 - place] }
        return length
      }
    }
  }

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
