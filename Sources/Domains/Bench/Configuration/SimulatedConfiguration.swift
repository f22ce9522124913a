import Errors
import Settings

/// A configuration with simulators in place of devices, made from the text of a real one.
public enum SimulatedConfiguration {
  /// Where simulators answer.
  public struct Places: Sendable, Equatable {
    /// State folder in place of the configured one.
    public var stateFolder: String?
    /// The gas board's line.
    public var gasPort: String
    /// `HOST:PORT` of each high-voltage supply, in order.
    public var highVoltage: [String]

    /// Places.
    public init(stateFolder: String? = nil, gasPort: String, highVoltage: [String]) {
      self.stateFolder = stateFolder
      self.gasPort = gasPort
      self.highVoltage = highVoltage
    }
  }

  /// The text with the places of devices replaced; everything else, comments too, stays as it is.
  ///
  /// - Parameters:
  ///   - text: the configuration.
  ///   - file: its name, for messages.
  ///   - places: where simulators answer.
  /// - Throws: `config.syntax` (exit 78).
  public static func text(_ text: String, file: String, places: Places) throws(CavernError) -> String {
    let root = try TOMLNode.parse(Array(text.utf8), file: file)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    // Lines that hold a key of their own, as the sample has them; the place of the value is known from the reader.
    func replace(_ node: TOMLNode?, _ value: String) {
      guard let node, case .string = node.value, lines.indices.contains(node.line - 1) else { return }
      let bytes = Array(lines[node.line - 1].utf8)
      guard node.column >= 1, node.column <= bytes.count else { return }
      let before = String(decoding: bytes[..<(node.column - 1)], as: UTF8.self)
      lines[node.line - 1] = "\(before)\"\(value)\""
    }
    if let folder = places.stateFolder { replace(root["bench"]?["state_dir"], folder) }
    replace(root["gas"]?["port"], places.gasPort)
    if case .array(let supplies)? = root["hv"]?.value {
      for (supply, place) in zip(supplies, places.highVoltage) { replace(supply["address"], place) }
    }
    return lines.joined(separator: "\n")
  }
}
