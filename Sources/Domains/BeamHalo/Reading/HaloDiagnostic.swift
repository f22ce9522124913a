/// One damaged place of a text file, with what was lost there.
public struct HaloDiagnostic: Sendable, Equatable {
  /// What was wrong.
  public enum Kind: String, Sendable, CaseIterable {
    /// A header that cannot be trusted; the hits up to the next good header are lost.
    case badHeader = "bad-header"
    /// Samples that cannot be trusted.
    case badAdcLine = "bad-adc-line"
    /// Times that cannot be trusted.
    case badTdcLine = "bad-tdc-line"
    /// A hit whose times are not there.
    case missingTdcLine = "missing-tdc-line"
    /// A line that belongs to nothing.
    case strayLine = "stray-line"
    /// Hits of which no header tells the event.
    case recordWithoutHeader = "record-without-header"
    /// The file ends in the middle of a record.
    case truncatedTail = "truncated-tail"
  }

  /// What was wrong.
  public var kind: Kind
  /// Line in the file, from 1.
  public var line: Int
  /// Hits that were lost.
  public var hitsLost: Int
  /// Up to 60 characters of the line; bytes that cannot be printed as `\xNN`.
  public var text: String

  /// A damaged place.
  public init(_ kind: Kind, line: Int, hitsLost: Int, text: String) {
    self.kind = kind
    self.line = line
    self.hitsLost = hitsLost
    self.text = text
  }

  /// The start of a line in printable form.
  static func excerpt(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes.prefix(60) {
      if (0x20..<0x7F).contains(byte) {
        text.append(byte)
      } else {
        text += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// A place where event numbers or orbits go back between one hit and the next.
public struct HaloStepBack: Sendable, Equatable {
  /// Position of the later hit.
  public var hit: Int
  /// Line of its header, from 1; 0 for binary files.
  public var line: Int
  /// Whether the event number goes back.
  public var isEvent: Bool
  /// Whether the orbit goes back.
  public var isOrbit: Bool
}
