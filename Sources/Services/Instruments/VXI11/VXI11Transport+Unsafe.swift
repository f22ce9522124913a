import CVXI11
import Errors
import SharedLibraries
import Synchronization

/// A line to an instrument by VXI-11 through libtirpc.
///
/// The port mapper is asked for the core channel unless its port is given. Reads ask for a mebibyte at a time.
public final class VXI11Transport: MessageTransport {
  /// Where an instrument is.
  public struct Place: Sendable, Equatable {
    /// Name or IPv4 address.
    public var host: String
    /// Name of the device at that host.
    public var device: String
    /// Port of the core channel; `nil` asks the port mapper.
    public var corePort: UInt16?
    /// Port of the port mapper.
    public var mapperPort: UInt16

    /// A place; everything but the host may be left out.
    public init(
      host: String, device: String = "inst0", corePort: UInt16? = nil, mapperPort: UInt16 = VXI11.mapperPort
    ) {
      (self.host, self.device, self.corePort, self.mapperPort) = (host, device, corePort, mapperPort)
    }
  }

  /// How many bytes one read asks for.
  static let requestSize = 1 << 20

  private let place: Place
  private let connectTimeout: Duration
  private var core: OpaquePointer?
  private var link: Int32 = 0
  private var maximumReceive = 0
  private var isLocked = false
  private var piece = [UInt8](repeating: 0, count: requestSize)
  private let abortPlace = Mutex<(address: UInt32, port: UInt16, link: Int32)?>(nil)

  /// Where it leads.
  public var resource: String { "TCPIP::\(place.host)::\(place.device)::INSTR" }

  /// Connects and creates a link.
  ///
  /// - Parameter timeout: for each step of connecting.
  /// - Throws: `transport.unknownHost`, `transport.lost`, `transport.timeout`, `transport.unserved`, `transport.device`.
  public init(_ place: Place, timeout: Duration) throws(CavernError) {
    try SharedLibrary.tirpc.load()
    self.place = place
    connectTimeout = timeout
    try connect()
  }

  deinit { closeAll() }

  private func connect() throws(CavernError) {
    let address = try InstrumentSocket.resolve(place.host)
    let port: UInt16
    if let given = place.corePort { port = given } else { port = try Self.corePort(address, place, connectTimeout) }
    let core = try Self.connection(address, port, VXI11.coreProgram, VXI11.version, connectTimeout, "core channel")
    var (error, identifier): (Int32, Int32) = (0, 0)
    var (abortPort, maximum): (UInt32, UInt32) = (0, 0)
    let client = Int32.random(in: 1...(.max))
    let status = cvxi11_create_link(
      core, client, 0, 0, place.device, connectTimeout.milliseconds, &error, &identifier, &abortPort, &maximum)
    do throws(CavernError) {
      try check(status, error, core, "create_link")
    } catch {
      cvxi11_close(core)
      throw error
    }
    self.core = core
    link = identifier
    // An instrument that promises nothing takes at least 1024 bytes (rule B.6.3).
    maximumReceive = max(64, Int(min(maximum, 1 << 20)))
    let place = (address, UInt16(truncatingIfNeeded: abortPort), identifier)
    abortPlace.withLock { $0 = place }
  }

  private static func corePort(_ address: UInt32, _ place: Place, _ timeout: Duration) throws(CavernError) -> UInt16 {
    let mapper = try connection(
      address, place.mapperPort, VXI11.mapperProgram, VXI11.mapperVersion, timeout, "port mapper of \(place.host)")
    defer { cvxi11_close(mapper) }
    var port: UInt32 = 0
    let status = cvxi11_getport(mapper, VXI11.coreProgram, VXI11.version, timeout.milliseconds, &port)
    guard status == CVxi11Done else {
      throw fault(status, cvxi11_code(mapper), "port mapper of \(place.host)")
    }
    guard port > 0, port <= 65535 else {
      throw CavernError("transport.unserved", "\(place.host) serves no VXI-11", exit: .unavailable)
    }
    return UInt16(port)
  }

  private static func connection(
    _ address: UInt32, _ port: UInt16, _ program: UInt32, _ version: UInt32, _ timeout: Duration, _ what: String
  ) throws(CavernError) -> OpaquePointer {
    var status = CVxi11Done
    var code: Int32 = 0
    guard let connection = cvxi11_connect(address, port, program, version, timeout.milliseconds, &status, &code) else {
      throw fault(status, code, "\(what), port \(port)")
    }
    return connection
  }

  // MARK: Messages

  /// Sends a message in pieces that the instrument takes, END on the last.
  public func write(_ message: [UInt8], timeout: Duration) throws(CavernError) {
    let core = try open()
    let deadline = Deadline(timeout)
    var start = 0
    repeat {
      let end = min(message.count, start + maximumReceive)
      let left = try deadline.left("device_write")
      var error: Int32 = 0
      var written: UInt32 = 0
      let flags = end == message.count ? VXI11.end : 0
      // The piece begins `start` bytes into the message and ends inside it.
      let status = message.withUnsafeBufferPointer { bytes in
        cvxi11_write(
          core, link, UInt32(left.milliseconds), lockTimeout(left), flags | VXI11.waitLock,
          bytes.baseAddress.map { $0 + start }, UInt32(end - start), Self.patience(left), &error, &written)
      }
      try check(status, error, core, "device_write")
      guard written > 0 || end == start, Int(written) <= end - start else {
        throw lose(TransportFault.malformed("\(written) bytes written of \(end - start)"))
      }
      start += Int(written)
    } while start < message.count
  }

  /// Receives until END.
  public func read(into message: inout [UInt8], limit: Int, timeout: Duration) throws(CavernError) {
    let core = try open()
    let deadline = Deadline(timeout)
    message.removeAll(keepingCapacity: true)
    while true {
      let left = try deadline.left("device_read")
      var (error, reason): (Int32, Int32) = (0, 0)
      var size: UInt32 = 0
      // The call writes at most `requestSize` bytes, the size of the piece, and `size` says how many.
      let status = piece.withUnsafeMutableBufferPointer { bytes in
        bytes.baseAddress.map {
          cvxi11_read(
            core, link, UInt32(left.milliseconds), lockTimeout(left), VXI11.waitLock, 0, $0, UInt32(bytes.count),
            Self.patience(left), &error, &reason, &size)
        } ?? CVxi11Malformed
      }
      try check(status, error, core, "device_read")
      guard message.count + Int(size) <= limit else {
        throw lose(TransportFault.malformed("more than \(limit) bytes"))
      }
      message.append(contentsOf: piece[..<Int(size)])
      if VXI11.Reason(rawValue: reason).contains(.end) { return }
      // Nothing and no end would go on for ever.
      guard size > 0 else { throw lose(TransportFault.malformed("an empty piece that is not the end")) }
    }
  }

  /// device_readstb.
  public func readStatusByte(timeout: Duration) throws(CavernError) -> UInt8 {
    let core = try open()
    var error: Int32 = 0
    var byte: UInt8 = 0
    let status = cvxi11_read_status(
      core, link, UInt32(timeout.milliseconds), lockTimeout(timeout), VXI11.waitLock, Self.patience(timeout), &error,
      &byte)
    try check(status, error, core, "device_readstb")
    return byte
  }

  /// device_trigger.
  public func trigger(timeout: Duration) throws(CavernError) { try generic(14, "device_trigger", timeout) }

  /// device_clear.
  public func clear(timeout: Duration) throws(CavernError) { try generic(15, "device_clear", timeout) }

  /// device_remote or device_local.
  public func setRemote(_ isRemote: Bool, timeout: Duration) throws(CavernError) {
    try generic(isRemote ? 16 : 17, isRemote ? "device_remote" : "device_local", timeout)
  }

  /// device_lock, waiting for another holder.
  public func lock(timeout: Duration) throws(CavernError) {
    let core = try open()
    var error: Int32 = 0
    let status = cvxi11_lock(
      core, link, VXI11.waitLock, UInt32(timeout.milliseconds), Self.patience(timeout), &error)
    try check(status, error, core, "device_lock")
    isLocked = true
  }

  /// device_unlock.
  public func unlock(timeout: Duration) throws(CavernError) {
    let core = try open()
    var error: Int32 = 0
    let status = cvxi11_on_link(core, 19, link, Self.patience(timeout), &error)
    isLocked = false
    try check(status, error, core, "device_unlock")
  }

  /// Destroys the link, connects anew and takes the lock again if it was held.
  public func reconnect() throws(CavernError) {
    let wasLocked = isLocked
    closeAll()
    try connect()
    if wasLocked { try lock(timeout: connectTimeout) }
  }

  /// Destroys the link and closes the connection.
  public func close() { closeAll() }

  /// device_abort over the abort channel.
  public var abortHandle: TransportAbort {
    let limit = connectTimeout
    guard let place = abortPlace.withLock({ $0 }), place.port != 0 else { return TransportAbort {} }
    return TransportAbort {
      guard
        let channel = try? Self.connection(
          place.address, place.port, VXI11.abortProgram, VXI11.version, limit, "abort channel")
      else { return }
      var error: Int32 = 0
      _ = cvxi11_on_link(channel, 1, place.link, limit.milliseconds, &error)
      cvxi11_close(channel)
    }
  }

  // MARK: Helpers

  private func generic(_ procedure: UInt32, _ name: String, _ timeout: Duration) throws(CavernError) {
    let core = try open()
    var error: Int32 = 0
    let status = cvxi11_generic(
      core, procedure, link, UInt32(timeout.milliseconds), lockTimeout(timeout), VXI11.waitLock,
      Self.patience(timeout), &error)
    try check(status, error, core, name)
  }

  /// While another holds the lock, an operation waits this long at the most.
  private func lockTimeout(_ left: Duration) -> UInt32 { UInt32(left.milliseconds) }

  /// How long to wait for the reply to a call: the instrument's own limit and a second for its answer that it ran out.
  private static func patience(_ left: Duration) -> Int32 { (left + .seconds(1)).milliseconds }

  private func open() throws(CavernError) -> OpaquePointer {
    guard let core else { throw TransportFault.lost("not connected") }
    return core
  }

  private func check(
    _ status: CVxi11Status, _ error: Int32, _ connection: OpaquePointer, _ what: String
  ) throws(CavernError) {
    guard status == CVxi11Done else {
      let fault = Self.fault(status, cvxi11_code(connection), what)
      throw connection == core ? lose(fault) : fault
    }
    guard error != 0 else { return }
    switch VXI11.DeviceError(rawValue: error) {
    case .timeout: throw TransportFault.timeout(what)
    case .locked:
      throw CavernError(
        "transport.locked", "\(place.host) is locked by another link", exit: .tryAgain,
        hint: "another program controls the instrument; end it, or wait")
    case .abort: throw CavernError("transport.aborted", "\(what) was aborted", exit: .interrupted)
    case let known:
      throw CavernError(
        "transport.device", "\(what): \(known?.meaning ?? "device error") (\(error))", exit: .unavailable)
    }
  }

  /// Gives the connection up: after such a fault its stream is out of step.
  private func lose(_ fault: CavernError) -> CavernError {
    if let core { cvxi11_close(core) }
    core = nil
    return fault
  }

  private func closeAll() {
    guard let core else { return }
    var error: Int32 = 0
    _ = cvxi11_on_link(core, 23, link, 1000, &error)
    cvxi11_close(core)
    self.core = nil
    isLocked = false
  }

  private static func fault(_ status: CVxi11Status, _ code: Int32, _ what: String) -> CavernError {
    switch status {
    case CVxi11TimedOut: TransportFault.timeout(what)
    case CVxi11Unserved:
      CavernError("transport.unserved", "the other side does not serve VXI-11: \(what)", exit: .unavailable)
    case CVxi11Malformed: TransportFault.malformed(what)
    default: TransportFault.lost(what, code)
    }
  }
}
