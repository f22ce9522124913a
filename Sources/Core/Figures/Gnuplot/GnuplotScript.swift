/// Commands and numbers for gnuplot: text with binary data blocks between.
///
/// Text that a user or a file brings is written so that it can be neither a command nor markup: see `quoted`.
struct GnuplotScript: Equatable {
  /// A piece of the script.
  enum Piece: Equatable {
    case text(String)
    /// Rows of doubles that follow a `plot '-' binary` command.
    case data([Double], columns: Int)
  }

  var pieces: [Piece] = []

  /// Adds one line of commands.
  mutating func line(_ text: String) {
    if case .text(let before)? = pieces.last {
      pieces[pieces.count - 1] = .text(before + text + "\n")
    } else {
      pieces.append(.text(text + "\n"))
    }
  }

  /// Adds rows of numbers.
  mutating func data(_ values: [Double], columns: Int) { pieces.append(.data(values, columns: columns)) }

  /// The script as gnuplot reads it: doubles in the byte order of this machine.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    let count = pieces.reduce(0) { sum, piece in
      switch piece {
      case .text(let text): sum + text.utf8.count
      case .data(let values, _): sum + 8 * values.count
      }
    }
    bytes.reserveCapacity(count)
    for piece in pieces {
      switch piece {
      case .text(let text): bytes.append(contentsOf: text.utf8)
      case .data(let values, _): values.withUnsafeBytes { bytes.append(contentsOf: $0) }
      }
    }
    return bytes
  }

  /// The script for reading: rows of numbers as text between brackets.
  var readable: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): return text
      case .data(let values, let columns):
        let rows = stride(from: 0, to: values.count, by: max(columns, 1)).map { start in
          values[start..<min(start + columns, values.count)].map { "\($0)" }.joined(separator: " ")
        }
        return "<\n" + rows.joined(separator: "\n") + "\n>\n"
      }
    }.joined()
  }

  /// A text as a gnuplot string that holds exactly this text on one line.
  ///
  /// Between single quotes gnuplot knows no escape, no command substitution (back-quotes) and no macro (`@`). A single
  /// quote cannot stand there (doubling it fails where a string begins with one), so the text is put together from pieces
  /// around it: `'it' . "'" . 's'`. Line ends and tabs become blanks, other control characters are dropped. Markup is
  /// switched off by `noenhanced` in every terminal.
  static func quoted(_ text: String) -> String {
    var pieces: [String] = []
    var piece = ""
    func close() {
      if !piece.isEmpty { pieces.append("'\(piece)'") }
      piece = ""
    }
    for scalar in text.unicodeScalars {
      let value = scalar.value
      switch scalar {
      case "'":
        close()
        pieces.append("\"'\"")
      case "\n", "\r", "\t": piece += " "
      case _ where value < 0x20 || (0x7F...0x9F).contains(value) || (0x2028...0x2029).contains(value): continue
      default: piece.unicodeScalars.append(scalar)
      }
    }
    close()
    return pieces.isEmpty ? "''" : pieces.joined(separator: " . ")
  }

  /// A text beside a tick, where gnuplot reads `%` as the start of a number format.
  static func quotedTick(_ text: String) -> String { quoted(text.replacing("%", with: "%%")) }

  /// A colour with opacity, as `rgb "#AARRGGBB"` whose first byte is transparency.
  static func colour(_ rgb: UInt32, opacity: Double = 1) -> String {
    let digits = String(number(of: rgb, opacity: opacity), radix: 16)
    return "rgb \"#" + String(repeating: "0", count: 8 - digits.count) + digits + "\""
  }

  /// The same as a number, for colours in a column of the data.
  static func number(of rgb: UInt32, opacity: Double) -> UInt32 {
    let clamped = opacity.isFinite ? min(max(opacity, 0), 1) : 1
    return UInt32(((1 - clamped) * 255).rounded()) << 24 | rgb & 0xFFFFFF
  }

  /// A length or place, rounded to what can be seen.
  static func place(_ value: Double) -> String { NumberLabel.general(value, digits: 6) }
}
