/// ONC remote procedure calls, version 2 (RFC 5531): what a server reads and answers.
enum RPCMessage {
  /// A call.
  struct Call {
    var transaction: UInt32
    var program: UInt32
    var version: UInt32
    var procedure: UInt32
    /// The arguments, not yet decoded.
    var arguments: XDRReader
  }

  /// How an accepted call ended.
  enum Outcome: Equatable {
    /// Results, and bytes that follow them without being copied.
    case results([UInt8], payload: ArraySlice<UInt8> = [])
    case programUnavailable
    case versionMismatch(UInt32)
    case procedureUnavailable
    case garbage
  }

  /// Reads a call; `nil` for anything else.
  static func call(_ message: ArraySlice<UInt8>) -> Call? {
    var reader = XDRReader(message)
    guard let transaction = reader.unsigned(), reader.unsigned() == 0, reader.unsigned() == 2,
      let program = reader.unsigned(), let version = reader.unsigned(), let procedure = reader.unsigned(),
      // Credentials and verifier of any flavour are read and not looked at.
      reader.unsigned() != nil, reader.opaque() != nil, reader.unsigned() != nil, reader.opaque() != nil
    else { return nil }
    return Call(
      transaction: transaction, program: program, version: version, procedure: procedure, arguments: reader)
  }

  /// A call without credentials.
  static func encoded(_ transaction: UInt32, _ program: UInt32, _ version: UInt32, _ procedure: UInt32) -> XDRWriter {
    var writer = XDRWriter()
    for value in [transaction, 0, 2, program, version, procedure, 0, 0, 0, 0] { writer.unsigned(value) }
    return writer
  }

  /// The reply to a call, without the payload that may follow.
  static func reply(to transaction: UInt32, _ outcome: Outcome) -> [UInt8] {
    var writer = XDRWriter()
    for value in [transaction, 1, 0, 0, 0] { writer.unsigned(value) }
    switch outcome {
    case .results(let bytes, _):
      writer.unsigned(0)
      return writer.bytes + bytes
    case .programUnavailable: writer.unsigned(1)
    case .versionMismatch(let version):
      for value in [2, version, version] { writer.unsigned(value) }
    case .procedureUnavailable: writer.unsigned(3)
    case .garbage: writer.unsigned(4)
    }
    return writer.bytes
  }

  /// The results of an accepted reply to a call; `nil` for anything else.
  static func results(_ message: ArraySlice<UInt8>, of transaction: UInt32) -> XDRReader? {
    var reader = XDRReader(message)
    guard reader.unsigned() == transaction, reader.unsigned() == 1, reader.unsigned() == 0, reader.unsigned() != nil,
      reader.opaque() != nil, reader.unsigned() == 0
    else { return nil }
    return reader
  }
}
