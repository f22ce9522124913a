/// One command or query of the LeCroy remote language, taken apart: `[<path>:]<header>[?] [<argument>[,<argument>…]]`.
struct ScopeCommand: Equatable {
  /// The source before the colon, upper case; `nil` for none.
  var path: String?
  /// The short header in upper case, also when the long one was given.
  var header: String
  /// Whether it asks.
  var isQuery: Bool
  /// The arguments between commas, trimmed; texts keep their quotation marks.
  var arguments: [String]

  /// Long headers and their short forms.
  static let shortForms: [String: String] = [
    "COMM_HEADER": "CHDR", "COMM_FORMAT": "CFMT", "COMM_ORDER": "CORD", "WAVEFORM_SETUP": "WFSU", "TIME_DIV": "TDIV",
    "TRIG_MODE": "TRMD", "TRIG_LEVEL": "TRLV", "TRIG_COUPLING": "TRCP", "TRIG_SLOPE": "TRSL", "TRIG_WINDOW": "TRWI",
    "TRIG_SELECT": "TRSE", "VOLT_DIV": "VDIV", "OFFSET": "OFST", "BANDWIDTH_LIMIT": "BWL", "COUPLING": "CPL",
    "TRACE": "TRA", "SEQUENCE": "SEQ", "ARM_ACQUISITION": "ARM", "DIRECTORY": "DIR", "DELETE_FILE": "DELF",
    "DEL": "DELF", "FILENAME": "FLNM", "STORE_SETUP": "STST", "STORE": "STO", "WAVEFORM_TEXT": "WFTX",
    "WAVEFORM": "WF", "FORCE_TRIGGER": "FRTR", "SCREEN_DUMP": "SCDP", "HARDCOPY_SETUP": "HCSU",
    "MEMORY_SIZE": "MSIZ",
  ]
  /// The long form of each short header, for replies with CHDR LONG.
  static let longForms: [String: String] = Dictionary(
    shortForms.map { ($0.value, $0.key) }, uniquingKeysWith: { $0.count > $1.count ? $0 : $1 })

  /// The commands of a message: parted by `;`, outside quotation marks.
  static func commands(_ message: String) -> [ScopeCommand] {
    split(message, at: ";").compactMap { ScopeCommand($0) }
  }

  /// A command; `nil` for an empty one.
  init?(_ text: String) {
    let text = Self.trimmed(text)
    guard !text.isEmpty else { return nil }
    let blank = text.firstIndex { $0 == " " || $0 == "\t" } ?? text.endIndex
    var head = text[..<blank].uppercased()
    let rest = Self.trimmed(String(text[blank...]))
    isQuery = head.hasSuffix("?")
    if isQuery { head.removeLast() }
    if let colon = head.lastIndex(of: ":") {
      path = String(head[..<colon])
      head = String(head[head.index(after: colon)...])
    }
    header = Self.shortForms[head] ?? head
    arguments = rest.isEmpty ? [] : Self.split(rest, at: ",").map(Self.trimmed)
  }

  /// Parts of a text at a character that stands outside single quotation marks.
  private static func split(_ text: String, at mark: Character) -> [String] {
    var parts: [String] = []
    var part = ""
    var isQuoted = false
    for character in text {
      if character == "'" { isQuoted.toggle() }
      if character == mark, !isQuoted {
        parts.append(part)
        part = ""
      } else {
        part.append(character)
      }
    }
    return parts + [part]
  }

  private static func trimmed(_ text: String) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    var view = text.drop(while: isBlank)
    while let last = view.last, isBlank(last) { view.removeLast() }
    return String(view)
  }

  /// A number with one of the remote language's suffixes: `2US`, `50MV`, `1.5E-3V`, `0.1`.
  static func number(_ text: String, unit: String) -> Double? {
    var body = text.uppercased().filter { $0 != " " }
    if body.hasSuffix(unit.uppercased()) { body.removeLast(unit.count) }
    if let value = Double(body), value.isFinite { return value }
    let factors: [Character: Double] = [
      "P": 1e-12, "N": 1e-9, "U": 1e-6, "M": 1e-3, "K": 1e3, "G": 1e9,
    ]
    guard let last = body.last, let factor = factors[last], let value = Double(body.dropLast()), value.isFinite else {
      return nil
    }
    return value * factor
  }
}
