import Errors

/// Where an instrument is: `tcp:HOST:PORT` or `serial:DEVICE`.
public enum LineAddress: Sendable, Hashable {
  /// A TCP port.
  case tcp(host: String, port: Int)
  /// A serial device.
  case serial(device: String)

  /// An address from its text; `HOST:PORT` alone is TCP and a path alone is a serial device.
  ///
  /// - Parameters:
  ///   - text: the text.
  ///   - port: the port when the text names none.
  /// - Throws: `line.badAddress` (exit 64).
  public init(_ text: String, defaultPort port: Int = 1470) throws(CavernError) {
    if text.hasPrefix("serial:/") || text.hasPrefix("/") {
      self = .serial(device: text.hasPrefix("/") ? text : String(text.dropFirst(7)))
      return
    }
    let place = text.hasPrefix("tcp:") ? String(text.dropFirst(4)) : text
    var host = Substring(place)
    var number: Int? = port
    if let colon = place.lastIndex(of: ":"), place.hasPrefix("[") == false || place[..<colon].hasSuffix("]") {
      host = place[..<colon]
      number = Int(place[place.index(after: colon)...])
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard let number, (1...65535).contains(number), !host.isEmpty, !host.hasPrefix("serial") else {
      throw CavernError(
        "line.badAddress", "'\(text)' names no line", exit: .usage, expected: "tcp:HOST:PORT or serial:/dev/DEVICE")
    }
    self = .tcp(host: String(host), port: number)
  }

  /// The text form.
  public var text: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
    case .serial(let device): "serial:\(device)"
    }
  }

  /// Opens the line.
  ///
  /// - Throws: `line.disconnected` (exit 69).
  public func open(within limit: Duration = .seconds(3)) throws(CavernError) -> any ByteLine {
    switch self {
    case .tcp(let host, let port): return try TCPLine(host: host, port: port, within: limit)
    case .serial(let device): return try TerminalLine(device: device)
    }
  }
}
