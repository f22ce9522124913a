import Instruments
import JSON

/// A channel of a supply on the chain.
public struct HVChannel: Sendable, Hashable, Comparable {
  /// Address of the board, 0 to 31.
  public var board: Int
  /// Number on the board, from 0.
  public var channel: Int

  /// A channel.
  public init(board: Int = 0, channel: Int) {
    self.board = board
    self.channel = channel
  }

  /// By board, then by number.
  public static func < (left: HVChannel, right: HVChannel) -> Bool {
    (left.board, left.channel) < (right.board, right.channel)
  }

  /// `0.2`: board and channel.
  public var text: String { "\(board).\(channel)" }
}

/// What somebody may do; each role may do what those before it may.
public enum HVRole: String, Sendable, Hashable, Comparable, CaseIterable {
  /// Reads and subscribes.
  case viewer
  /// Also switches off and kills.
  case emergency
  /// Also sets, switches on and ramps within the limits.
  case `operator`
  /// Also sets protection parameters and goes beyond the configured limits with a reason.
  case expert

  private var rank: Int { HVRole.allCases.firstIndex(of: self) ?? 0 }

  /// By what they may do.
  public static func < (left: HVRole, right: HVRole) -> Bool { left.rank < right.rank }
}

/// Who asks.
public struct HVActor: Sendable, Hashable {
  /// User name, token id, or `automatic`.
  public var name: String
  /// What he may do.
  public var role: HVRole
  /// The connection or session, for leases.
  public var client: Int
  /// Where he sits: `unix`, an address, or `broker`.
  public var address: String

  /// Somebody.
  public init(name: String, role: HVRole, client: Int, address: String = "unix") {
    self.name = name
    self.role = role
    self.client = client
    self.address = address
  }

  /// The broker itself, reacting to a trip.
  public static let automatic = HVActor(name: "automatic", role: .emergency, client: -1, address: "broker")
}

/// Why a request was not carried out; the raw value is the `error` of the answer.
public enum HVErrorCode: String, Sendable, Hashable, CaseIterable {
  case limit
  case noSuchChannel = "no_such_channel"
  case noSuchParameter = "no_such_parameter"
  case readOnly = "read_only"
  case notAuthorised = "not_authorised"
  case localMode = "local_mode"
  case latchedTrip = "latched_trip"
  case interlock
  case disabled
  case deviceError = "device_error"
  case timeout
  case unknownOutcome = "unknown_outcome"
  case busy
  case disconnected
  case staleLease = "stale_lease"
  case auditUnavailable = "audit_unavailable"
  case readBack = "read_back_differs"
  case notTripped = "not_tripped"
  case badRequest = "bad_request"
}

/// A refusal or failure.
public struct HVFault: Error, Sendable, Hashable {
  /// Its kind.
  public var code: HVErrorCode
  /// In one sentence.
  public var message: String

  /// A refusal or failure.
  public init(_ code: HVErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }
}

/// What one exchange was for, so that its outcome finds its way back.
public enum HVTag: Sendable, Hashable {
  /// One reading of the monitoring cycle, all channels of a board.
  case monitor(board: Int, parameter: String)
  /// A reading that an operation needs before it is judged.
  case read(operation: Int, parameter: String)
  /// The SET of an operation.
  case write(operation: Int)
  /// The reading that confirms a SET.
  case verify(operation: Int, parameter: String)
}

/// The four classes of the queue; a smaller number goes first.
public enum HVPriority: Int, Sendable, Hashable, CaseIterable {
  /// Off, kill, reaction to a trip.
  case emergency = 0
  /// A set and its read-back.
  case set = 1
  /// Somebody asks for a value.
  case interactive = 2
  /// The cycle.
  case monitoring = 3
}
