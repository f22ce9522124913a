import Errors
import Glibc

/// The vendor's own library, for users who have it: loaded while the program runs, never needed and never shipped.
///
/// Its calls are those of CAEN's "HV Wrapper" manual: `CAENHV_InitSystem`, `CAENHV_DeinitSystem`, `CAENHV_GetCrateMap`,
/// `CAENHV_GetChParamInfo`, `CAENHV_GetChParam`, `CAENHV_SetChParam`, `CAENHV_GetChParamProp`, `CAENHV_Free`. `ulong` is 32 bits wide in its
/// header. The library is not safe to use from several threads; a value of this type belongs to one owner.
public final class VendorLibrary {
  /// How a supply is linked to the computer.
  public enum Link: Int32, Sendable {
    /// TCP.
    case tcp = 0
    /// RS-232.
    case serial = 1
    /// A virtual port over USB.
    case usb = 5
  }

  /// A board of a supply.
  public struct Board: Sendable, Hashable {
    /// Its slot.
    public var slot: Int
    /// Channels.
    public var channelCount: Int
    /// Model name.
    public var model: String
    /// What it is.
    public var description: String
    /// Serial number.
    public var serial: Int
    /// Firmware release, `1.8`.
    public var firmware: String
  }

  /// The kind of system that the 1470 family is.
  public static let systemType: Int32 = 6

  private typealias Short = UInt16
  private typealias Names = UnsafePointer<CChar>
  private typealias InitSystem =
    @convention(c) (
      Int32, Int32, UnsafeMutableRawPointer?, Names?, Names?, UnsafeMutablePointer<Int32>?
    ) -> Int32
  private typealias DeinitSystem = @convention(c) (Int32) -> Int32
  private typealias GetCrateMap =
    @convention(c) (
      Int32, UnsafeMutablePointer<Short>?, UnsafeMutablePointer<UnsafeMutablePointer<Short>?>?,
      UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
      UnsafeMutablePointer<UnsafeMutablePointer<Short>?>?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
      UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?
    ) -> Int32
  private typealias GetInfo =
    @convention(c) (
      Int32, Short, Short, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, UnsafeMutablePointer<Int32>?
    ) -> Int32
  private typealias Parameter =
    @convention(c) (
      Int32, Short, Names?, Short, UnsafePointer<Short>?, UnsafeMutableRawPointer?
    ) -> Int32
  private typealias Property = @convention(c) (Int32, Short, Short, Names?, Names?, UnsafeMutableRawPointer?) -> Int32
  private typealias Release = @convention(c) (UnsafeMutableRawPointer?) -> Int32

  private let library: UnsafeMutableRawPointer
  private let initSystem: InitSystem
  private let deinitSystem: DeinitSystem
  private let getCrateMap: GetCrateMap
  private let getInfo: GetInfo
  private let getParameter: Parameter
  private let setParameter: Parameter
  private let getProperty: Property
  private let release: Release
  // 0 is a valid handle, so `nil` says that there is none.
  private var handle: Int32?

  /// Loads a library.
  ///
  /// - Parameter path: its file, for example `libcaenhvwrapper.so`.
  /// - Throws: `caen.library.missing` (exit 69) when it cannot be loaded, `caen.library.incomplete` (exit 69) when a call is
  ///   missing.
  public init(path: String) throws(CavernError) {
    guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      let why = dlerror().map { String(cString: $0) } ?? "no reason given"
      throw CavernError("caen.library.missing", "the library cannot be loaded: \(why)", exit: .unavailable, file: path)
    }
    self.library = library
    do throws(CavernError) {
      // The types are those of the vendor's header; the library promises them under these names.
      initSystem = unsafeBitCast(try Self.find("CAENHV_InitSystem", library, path), to: InitSystem.self)
      deinitSystem = unsafeBitCast(try Self.find("CAENHV_DeinitSystem", library, path), to: DeinitSystem.self)
      getCrateMap = unsafeBitCast(try Self.find("CAENHV_GetCrateMap", library, path), to: GetCrateMap.self)
      getInfo = unsafeBitCast(try Self.find("CAENHV_GetChParamInfo", library, path), to: GetInfo.self)
      getParameter = unsafeBitCast(try Self.find("CAENHV_GetChParam", library, path), to: Parameter.self)
      setParameter = unsafeBitCast(try Self.find("CAENHV_SetChParam", library, path), to: Parameter.self)
      getProperty = unsafeBitCast(try Self.find("CAENHV_GetChParamProp", library, path), to: Property.self)
      release = unsafeBitCast(try Self.find("CAENHV_Free", library, path), to: Release.self)
    } catch {
      dlclose(library)
      throw error
    }
  }

  deinit {
    if let handle { _ = deinitSystem(handle) }
    dlclose(library)
  }

  private static func find(
    _ name: String, _ library: UnsafeMutableRawPointer, _ path: String
  ) throws(CavernError) -> UnsafeMutableRawPointer {
    guard let symbol = dlsym(library, name) else {
      throw CavernError("caen.library.incomplete", "the library has no '\(name)'", exit: .unavailable, file: path)
    }
    return symbol
  }

  // MARK: Calls

  /// Connects to a supply.
  ///
  /// - Parameters:
  ///   - link: the kind of link.
  ///   - argument: the address, or the port with its settings.
  /// - Throws: `caen.library.<reason>` (exit 69).
  public func connect(_ link: Link, _ argument: String) throws(CavernError) {
    var made: Int32 = -1
    var text = Array(argument.utf8CString)
    // `text` ends with a zero and lives through the call.
    let code = text.withUnsafeMutableBytes { initSystem(Self.systemType, link.rawValue, $0.baseAddress, "", "", &made) }
    try check(code)
    handle = made
  }

  /// Ends the connection.
  public func disconnect() throws(CavernError) {
    let handle = try connected()
    self.handle = nil
    try check(deinitSystem(handle))
  }

  /// The boards; empty slots are left out.
  public func boards() throws(CavernError) -> [Board] {
    let handle = try connected()
    var count: Short = 0
    var channels: UnsafeMutablePointer<Short>?
    var models: UnsafeMutablePointer<CChar>?
    var descriptions: UnsafeMutablePointer<CChar>?
    var serials: UnsafeMutablePointer<Short>?
    var minors: UnsafeMutablePointer<UInt8>?
    var majors: UnsafeMutablePointer<UInt8>?
    try check(getCrateMap(handle, &count, &channels, &models, &descriptions, &serials, &minors, &majors))
    defer {
      // The caller frees what the library allocated.
      for block in [
        channels.map { UnsafeMutableRawPointer($0) }, models.map { UnsafeMutableRawPointer($0) },
        descriptions.map { UnsafeMutableRawPointer($0) }, serials.map { UnsafeMutableRawPointer($0) },
        minors.map { UnsafeMutableRawPointer($0) }, majors.map { UnsafeMutableRawPointer($0) },
      ] where block != nil { _ = release(block) }
    }
    guard let channels, let models, let descriptions, let serials, let minors, let majors else { return [] }
    var result: [Board] = []
    var model = models
    var description = descriptions
    // `count` numbers in each list; the texts follow one another, each ended by a zero.
    for slot in 0..<Int(count) {
      let name = String(cString: model)
      let text = String(cString: description)
      model += strlen(model) + 1
      description += strlen(description) + 1
      guard channels[slot] > 0 else { continue }
      result.append(
        Board(
          slot: slot, channelCount: Int(channels[slot]), model: name, description: text, serial: Int(serials[slot]),
          firmware: "\(majors[slot]).\(minors[slot])"))
    }
    return result
  }

  /// The names of the parameters of a channel.
  public func parameterNames(slot: Int, channel: Int) throws(CavernError) -> [String] {
    let handle = try connected()
    var list: UnsafeMutablePointer<CChar>?
    var count: Int32 = 0
    try check(getInfo(handle, Short(clamping: slot), Short(clamping: channel), &list, &count))
    guard let list else { return [] }
    defer { _ = release(list) }
    // `count` names of 10 bytes each, padded with zeros.
    return (0..<Int(count)).map { index in
      let bytes = UnsafeRawBufferPointer(start: list + 10 * index, count: 10)
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// The numbers of a numeric parameter for some channels.
  public func numbers(slot: Int, _ name: String, channels: [Int]) throws(CavernError) -> [Float] {
    var values = [Float](repeating: 0, count: channels.count)
    try call(getParameter, slot, name, channels, &values)
    return values
  }

  /// The words of an on-off, status or binary parameter for some channels.
  public func words(slot: Int, _ name: String, channels: [Int]) throws(CavernError) -> [UInt32] {
    var values = [UInt32](repeating: 0, count: channels.count)
    try call(getParameter, slot, name, channels, &values)
    return values
  }

  /// Sets a numeric parameter of some channels to one value.
  public func set(slot: Int, _ name: String, channels: [Int], to value: Float) throws(CavernError) {
    var values = [value]
    try call(setParameter, slot, name, channels, &values)
  }

  /// Sets an on-off or binary parameter of some channels.
  public func set(slot: Int, _ name: String, channels: [Int], to value: UInt32) throws(CavernError) {
    var values = [value]
    try call(setParameter, slot, name, channels, &values)
  }

  /// A property of a numeric parameter: `Minval` or `Maxval`.
  public func property(slot: Int, channel: Int, _ name: String, _ property: String) throws(CavernError) -> Float {
    let handle = try connected()
    var value: Float = 0
    // These two properties are floats of four bytes.
    try check(getProperty(handle, Short(clamping: slot), Short(clamping: channel), name, property, &value))
    return value
  }

  private func call<Value>(
    _ function: Parameter, _ slot: Int, _ name: String, _ channels: [Int], _ values: inout [Value]
  ) throws(CavernError) {
    let handle = try connected()
    let list = channels.map { Short(clamping: $0) }
    // Values are four bytes wide, one for each channel of the list when reading and one for all when setting.
    let code = values.withUnsafeMutableBytes {
      function(handle, Short(clamping: slot), name, Short(clamping: list.count), list, $0.baseAddress)
    }
    try check(code)
  }

  private func connected() throws(CavernError) -> Int32 {
    guard let handle else {
      throw CavernError("caen.library.notConnected", "no supply is connected", exit: .unavailable)
    }
    return handle
  }

  private func check(_ code: Int32) throws(CavernError) {
    guard code != 0 else { return }
    let (name, text) = Self.meaning(code)
    throw CavernError("caen.library.\(name)", "the vendor's library says \(code): \(text)", exit: .unavailable)
  }

  /// What a result of the library means.
  static func meaning(_ code: Int32) -> (name: String, text: String) {
    switch code {
    case 1: ("system", "an error of the operating system")
    case 2: ("write", "writing failed")
    case 3: ("read", "reading failed")
    case 4: ("timeout", "no answer in time")
    case 5: ("down", "the library is down")
    case 6: ("notPresent", "not present")
    case 7: ("slotNotPresent", "the slot is empty")
    case 10: ("outOfRange", "a value out of range")
    case 22: ("noParameter", "there is no such parameter")
    case 24: ("alreadyOpen", "the connection is open already")
    case 25: ("tooMany", "too many connections")
    case 28: ("socket", "an error of the socket")
    case 29: ("communication", "the communication failed")
    case 0x1007: ("login", "user or password is wrong")
    default: code < 0 ? ("device", "the supply refuses") : ("failed", "it failed")
    }
  }
}
