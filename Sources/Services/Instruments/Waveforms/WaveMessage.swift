import Errors

/// The frame around a waveform: a reply's header, `#`, the length of the block, and where the descriptor begins.
///
/// The checks come in the order that the errors are promised in, before anything is allocated:
/// `no_descriptor` without `#` in the first 64 bytes, `bad_block_header`, `no_descriptor`, `truncated`,
/// `unsupported_template`. These codes are those of the specification of the format's users and carry no area.
struct WaveMessage {
  /// How many bytes from the start `#` and the descriptor's name are looked for.
  static let searched = 64
  static let name = Array("WAVEDESC".utf8)

  /// Place of `#`.
  let mark: Int
  /// First byte of the block: after the digits of its length.
  let blockStart: Int
  /// The length the header gives; `nil` for `#0`, a block that ends with the message.
  let blockLength: Int?
  /// First byte of the descriptor.
  let descriptorStart: Int

  /// Reads the frame of a message.
  ///
  /// - Throws: `no_descriptor` or `bad_block_header` (exit 65).
  init(_ message: [UInt8]) throws(CavernError) {
    let end = min(message.count, Self.searched)
    guard let mark = message[..<end].firstIndex(of: UInt8(ascii: "#")) else {
      throw CavernError(
        "no_descriptor", "there is no waveform: no '#' in the first \(Self.searched) bytes", exit: .badData,
        expected: "a block '#9' with nine digits and WAVEDESC after them")
    }
    self.mark = mark
    let (start, length) = try Self.blockHeader(message, at: mark)
    blockStart = start
    blockLength = length
    guard let place = Self.find(message, from: blockStart, before: end) else {
      throw CavernError(
        "no_descriptor", "there is no wave descriptor: no WAVEDESC in the first \(Self.searched) bytes",
        exit: .badData, offset: blockStart, expected: "WAVEDESC at the start of the block")
    }
    descriptorStart = place
  }

  /// `#`, one digit k, and k digits with the length.
  private static func blockHeader(
    _ message: [UInt8], at mark: Int
  ) throws(CavernError) -> (start: Int, length: Int?) {
    func digit(_ place: Int) -> Int? {
      guard place < message.count, message[place] >= 0x30, message[place] <= 0x39 else { return nil }
      return Int(message[place]) - 0x30
    }
    guard let count = digit(mark + 1) else { throw badHeader(mark + 1) }
    var length = 0
    for place in mark + 2..<mark + 2 + count {
      guard let value = digit(place) else { throw badHeader(place) }
      length = length * 10 + value
    }
    return (mark + 2 + count, count == 0 ? nil : length)
  }

  private static func badHeader(_ place: Int) -> CavernError {
    CavernError(
      "bad_block_header", "the header of the block is not whole: no digit at byte \(place)", exit: .badData,
      offset: place, expected: "'#', one digit k, and k digits with the length of the block")
  }

  /// The first WAVEDESC that begins at or after `start` and ends by `end`.
  private static func find(_ message: [UInt8], from start: Int, before end: Int) -> Int? {
    var place = start
    while place + name.count <= end {
      if message[place] == name[0], message[place..<place + name.count].elementsEqual(name) { return place }
      place += 1
    }
    return nil
  }

  /// The descriptor of a message, also of one that is cut after it: the checks up to the template and the byte order.
  ///
  /// - Throws: `truncated` when fewer than 346 bytes are there, `unsupported_template`, `bad_descriptor` for an unknown
  ///   byte order or sample type.
  func descriptor(_ message: [UInt8]) throws(CavernError) -> WaveDescriptor {
    let available = message.count - descriptorStart
    guard available >= WaveDescriptor.length else {
      throw CavernError(
        "truncated", "the message ends inside the wave descriptor: \(available) of 346 bytes", exit: .badData,
        offset: message.count, expected: "346 bytes of descriptor")
    }
    let template = WaveDescriptor.text(message[descriptorStart + 16..<descriptorStart + 32])
    guard template == "LECROY_2_3" else {
      throw CavernError(
        "unsupported_template", "the template '\(template)' is not known", exit: .badData, offset: descriptorStart + 16,
        expected: "LECROY_2_3")
    }
    // The order has to be known before any number can be read, so it is read as bytes.
    let order = (message[descriptorStart + 34], message[descriptorStart + 35])
    let type = (message[descriptorStart + 32], message[descriptorStart + 33])
    guard order == (0, 0) || order == (1, 0) else {
      throw Self.bad("COMM_ORDER is \(order.0), \(order.1)", descriptorStart + 34, expected: "bytes 0, 0 or 1, 0")
    }
    guard type.0 <= 1, type.1 <= 1,
      let descriptor = WaveDescriptor(message: message, start: descriptorStart, isLittleEndian: order.0 == 1),
      descriptor.commType <= 1
    else { throw Self.bad("COMM_TYPE is bytes \(type.0), \(type.1)", descriptorStart + 32, expected: "0 or 1") }
    return descriptor
  }

  static func bad(_ message: String, _ offset: Int, expected: String) -> CavernError {
    CavernError("bad_descriptor", message, exit: .badData, offset: offset, expected: expected)
  }
}
