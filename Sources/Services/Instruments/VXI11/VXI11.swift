import Errors

/// Numbers of the VXI-11 protocol (VXIbus Consortium, VXI-11 revision 1.0).
public enum VXI11 {
  /// The core channel's program.
  static let coreProgram: UInt32 = 0x0607AF
  /// The abort channel's program.
  static let abortProgram: UInt32 = 0x0607B0
  /// Version of both.
  static let version: UInt32 = 1
  /// The port mapper's program and version.
  static let mapperProgram: UInt32 = 100_000, mapperVersion: UInt32 = 2
  /// The port of the port mapper.
  public static let mapperPort: UInt16 = 111

  /// Wait for a lock held by another.
  static let waitLock: Int32 = 0x01
  /// The last byte ends the message.
  static let end: Int32 = 0x08
  /// A termination character is set.
  static let terminatorSet: Int32 = 0x80

  /// Why a read ended.
  struct Reason: OptionSet {
    let rawValue: Int32
    /// As many bytes as asked for.
    static let requestCount = Reason(rawValue: 1)
    /// The termination character.
    static let character = Reason(rawValue: 2)
    /// The message's end.
    static let end = Reason(rawValue: 4)
  }

  /// What an instrument answers in place of doing.
  public enum DeviceError: Int32, Sendable, CaseIterable {
    case none = 0
    case syntax = 1
    case notAccessible = 3
    case badLink = 4
    case parameter = 5
    case noChannel = 6
    case notSupported = 8
    case noResources = 9
    case locked = 11
    case noLock = 12
    case timeout = 15
    case inputOutput = 17
    case address = 21
    case abort = 23
    case channelExists = 29

    /// A few words for people.
    public var meaning: String {
      switch self {
      case .none: "no error"
      case .syntax: "syntax error"
      case .notAccessible: "device not accessible"
      case .badLink: "invalid link identifier"
      case .parameter: "parameter error"
      case .noChannel: "channel not established"
      case .notSupported: "operation not supported"
      case .noResources: "out of resources"
      case .locked: "device locked by another link"
      case .noLock: "no lock held by this link"
      case .timeout: "input or output timeout"
      case .inputOutput: "input or output error"
      case .address: "invalid address"
      case .abort: "abort"
      case .channelExists: "channel already established"
      }
    }
  }
}
