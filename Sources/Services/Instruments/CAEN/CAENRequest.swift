import Errors

/// One request of the CAEN 1470 ASCII protocol.
///
/// Form (CAEN, N1470 user's manual, "Remote control"): `$BD:bd,CMD:MON|SET[,CH:ch],PAR:name[,VAL:value]` and CR LF.
public struct CAENRequest: Sendable, Hashable {
  /// What is asked.
  public enum Action: String, Sendable, Hashable {
    /// Reads a parameter.
    case monitor = "MON"
    /// Changes a parameter or gives a command.
    case set = "SET"
  }

  /// Address on the daisy chain, 0 to 31; `nil` for a text that names none.
  public var board: Int?
  /// What is asked; `nil` for a text with another word.
  public var action: Action?
  /// Channel; the number of channels stands for all of them; `nil` for parameters of the board.
  public var channel: Int?
  /// Name of the parameter in upper case.
  public var parameter: String
  /// The value of a SET.
  public var value: String?
  /// The line without its end.
  public let text: String

  /// Reads a parameter.
  public static func monitor(board: Int, channel: Int? = nil, _ parameter: String) -> CAENRequest {
    CAENRequest(board: board, action: .monitor, channel: channel, parameter: parameter, value: nil)
  }

  /// Changes a parameter, or gives a command when there is no value.
  public static func set(board: Int, channel: Int? = nil, _ parameter: String, _ value: String? = nil) -> CAENRequest {
    CAENRequest(board: board, action: .set, channel: channel, parameter: parameter, value: value)
  }

  private init(board: Int, action: Action, channel: Int?, parameter: String, value: String?) {
    self.board = board
    self.action = action
    self.channel = channel
    self.parameter = parameter
    self.value = value
    let address = board < 10 ? "0\(board)" : "\(board)"
    text =
      "$BD:\(address),CMD:\(action.rawValue)" + (channel.map { ",CH:\($0)" } ?? "") + ",PAR:\(parameter)"
      + (value.map { ",VAL:\($0)" } ?? "")
  }

  /// A request from its text as a person types it, sent as it stands; the line end may be there or not.
  ///
  /// - Throws: `hv.badRequest` (exit 64) for an empty text, one of several lines, or one with letters beyond ASCII.
  public init(text: String) throws(CavernError) {
    var line = Substring(text)
    while let last = line.unicodeScalars.last, last == "\r" || last == "\n" { line.unicodeScalars.removeLast() }
    let isPlain = line.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    guard !line.isEmpty, isPlain else {
      throw CavernError(
        "hv.badRequest", "a request is one line of printable ASCII letters", exit: .usage,
        expected: "'$BD:00,CMD:MON,CH:0,PAR:VMON' or the like")
    }
    self.text = String(line)
    parameter = ""
    for field in line.drop(while: { $0 == "$" }).split(separator: ",", omittingEmptySubsequences: false) {
      guard let colon = field.firstIndex(of: ":") else { continue }
      let content = String(field[field.index(after: colon)...])
      switch field[..<colon] {
      case "BD": board = Int(content)
      case "CMD": action = Action(rawValue: content)
      case "CH": channel = Int(content)
      case "PAR": parameter = content.uppercased()
      case "VAL": value = content
      default: break
      }
    }
  }

  /// The bytes on the wire.
  public var bytes: [UInt8] { Array(text.utf8) + [0x0D, 0x0A] }

  /// Whether it may change the device: anything that is not a MON.
  public var mayChange: Bool { action == .set }

  /// What the parameter is; `nil` for names that the tables do not know.
  public var definition: CAENParameter? { CAENParameter.named(parameter) }
}
