/// How much room text takes, close enough to keep labels apart.
///
/// Widths are those of DejaVu Sans in classes of letters; renderers may use a narrower face, never a much wider one.
enum TextMetrics {
  /// Width in points of one line of text at a size in points.
  static func width(_ text: String, size: Double, isBold: Bool = false) -> Double {
    var sum = 0.0
    for scalar in text.unicodeScalars {
      switch scalar {
      case "0"..."9", "+", "=", "<", ">", "~", "×", "±": sum += 0.64
      case "i", "j", "l", "I", "'", "|", "!", ".", ",", ":", ";", " ": sum += 0.32
      case "f", "t", "r", "(", ")", "[", "]", "-", "/", "\"", "*": sum += 0.40
      case "m", "w", "M", "W", "@", "%", "_": sum += 0.92
      case "A"..."Z": sum += 0.70
      case "⁰"..."⁾", "¹", "²", "³": sum += 0.42
      default: sum += scalar.value > 0x2E80 ? 1.0 : 0.62
      }
    }
    return sum * size * (isBold ? 1.12 : 1)
  }

  /// Width in points of the widest of some lines.
  static func width(of lines: [String], size: Double) -> Double { lines.map { width($0, size: size) }.max() ?? 0 }
}
