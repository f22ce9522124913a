import Errors
import HTTPServer
import Instruments

/// What a broker needs to know, from `[[hv]]` and its neighbours in the bench file.
public struct HVConfiguration: Sendable {
  /// A board that is expected on the line.
  public struct Board: Sendable, Hashable {
    /// Address on the chain, 0 to 31.
    public var address: Int
    /// Serial number; `nil` for any.
    public var serial: String?

    /// A board.
    public init(address: Int, serial: String? = nil) {
      self.address = address
      self.serial = serial
    }
  }

  /// Name of the supply.
  public var name = "main"
  /// The line.
  public var line: LineAddress
  /// The boards on it.
  public var boards = [Board(address: 0)]
  /// How long a reply may take.
  public var timeout = Duration.seconds(1)
  /// The Unix socket for clients.
  public var socket = "/run/cavern/hv.sock"
  /// Where audit, trips and lock file are.
  public var stateFolder = "/var/lib/cavern"
  /// The rules.
  public var rules = HVRules(channels: [:])
  /// Whether old scripts are served over XML-RPC, and on which port.
  public var servesXMLRPC = false
  /// Port of XML-RPC on the loopback.
  public var portXMLRPC = 8000
  /// Whether outputs go to 0 V and off when the broker ends; by default they stay as they are.
  public var rampsDownOnExit = false
  /// After how long without a connection the alarm `hv.comm_lost` is raised.
  public var lossLimit = Duration.seconds(10)
  /// How often samples are recorded.
  public var logPeriod = Duration.seconds(5)
  /// How often while something happens.
  public var fastLogPeriod = Duration.seconds(1)
  /// How many readings before a trip are kept.
  public var tripHistory = 60
  /// Where the HTTP interface listens; empty for none.
  public var web: [HTTPEndpoint] = []
  /// Whether it may be reached from other machines.
  public var isRemote = false
  /// Names under which it may be called.
  public var hostNames: [String] = []
  /// PEM files of certificate and key.
  public var certificateFile: String?
  /// The private key.
  public var keyFile: String?
  /// Role of those who come over the loopback without a token.
  public var localWebRole = HVRole.viewer
  /// The file of token digests.
  public var tokensFile: String?
  /// Members of this group are operators on the Unix socket.
  public var operatorsGroup: String?
  /// How alarms leave the program.
  public var alarms = AlarmSettings()

  /// A broker on a line.
  public init(line: LineAddress) { self.line = line }
}
