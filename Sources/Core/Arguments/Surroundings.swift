/// What a command sees of the process around it, as a value, so that tests can make it up.
public struct Surroundings: Sendable {
  /// The environment variables.
  public var variables: [String: String]
  /// The working folder.
  public var folder: String
  /// Whether standard output is a terminal.
  public var isOutputTerminal: Bool
  /// Whether standard error is a terminal.
  public var isErrorTerminal: Bool
  /// The width of the terminal in characters; 80 when there is none.
  public var width: Int

  /// Made-up surroundings: no variables, no terminal, 80 characters wide.
  public init(
    variables: [String: String] = [:], folder: String = ".", isOutputTerminal: Bool = false,
    isErrorTerminal: Bool = false, width: Int = 80
  ) {
    self.variables = variables
    self.folder = folder
    self.isOutputTerminal = isOutputTerminal
    self.isErrorTerminal = isErrorTerminal
    self.width = width
  }

  /// Whether to write in colour to a stream.
  ///
  /// - Parameters:
  ///   - wish: `auto`, `always` or `never`, as given by `--color`.
  ///   - isTerminal: whether the stream is a terminal.
  /// - Returns: `always` and `never` decide; otherwise only terminals other than `TERM=dumb` get colour, and `NO_COLOR`
  ///   or `CAVERN_NO_COLOR` (set and not empty) turn it off.
  public func usesColor(_ wish: String?, isTerminal: Bool) -> Bool {
    switch wish {
    case "always": true
    case "never": false
    default:
      isTerminal && variables["TERM"] != "dumb" && (variables["NO_COLOR"] ?? "").isEmpty
        && (variables["CAVERN_NO_COLOR"] ?? "").isEmpty
    }
  }
}
