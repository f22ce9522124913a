import Dispatch
import Errors
import Glibc

/// Reads whole files of hits, in blocks and on several threads; the result does not depend on their number.
public struct HaloFileReader: Sendable {
  /// How many threads decode text; at least 1.
  public var threads: Int
  /// Bytes of text in a block.
  public var blockBytes: Int

  /// A reader; `threads` is by default the number of cores.
  public init(threads: Int? = nil, blockBytes: Int = 1 << 20) {
    self.threads = max(1, threads ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    self.blockBytes = max(64, blockBytes)
  }

  /// Takes text in memory apart, as `text(_:)` does a file.
  public static func decode(_ text: [UInt8]) -> HaloTextPart {
    var storage = text
    storage.append(10)
    storage.append(contentsOf: repeatElement(0, count: 15))
    return HaloTextDecoder.decode(storage, count: text.count, endsFile: true)
  }

  /// Reads a text file.
  ///
  /// - Throws: `file.missing`, `file.isDirectory`, `file.notReadable`, `file.readFailed`.
  public func text(_ path: String) throws(CavernError) -> HaloTextPart {
    let file = try OpenFile(path)
    defer { file.close() }
    var source = BlockSource(file: file, blockBytes: blockBytes)
    var whole = HaloTextPart()
    while true {
      var blocks: [Block] = []
      while blocks.count < threads, let block = try source.next() { blocks.append(block) }
      guard !blocks.isEmpty else { break }
      for part in Self.decode(blocks) {
        if whole.hits.count == 0, part.hits.count > 0, part.tally.bytes > 0 {
          // Room for the rest at the density seen so far; a twentieth more for its changes.
          let density = Double(part.hits.count) / Double(part.tally.bytes)
          whole.hits.reserve(min(Int(density * Double(file.size) * 1.05) + 1024, file.size / 46 + 1024))
        }
        whole.append(part)
      }
    }
    return whole
  }

  private static func decode(_ blocks: [Block]) -> [HaloTextPart] {
    guard blocks.count > 1 else {
      return blocks.map { HaloTextDecoder.decode($0.storage, count: $0.count, endsFile: $0.endsFile) }
    }
    var parts = [HaloTextPart](repeating: HaloTextPart(), count: blocks.count)
    parts.withUnsafeMutableBufferPointer { buffer in
      // Each iteration writes only the element of its own index, which is in the buffer's bounds.
      nonisolated(unsafe) let places = buffer
      DispatchQueue.concurrentPerform(iterations: blocks.count) { index in
        let block = blocks[index]
        places[index] = HaloTextDecoder.decode(block.storage, count: block.count, endsFile: block.endsFile)
      }
    }
    return parts
  }

  /// A piece of a file that begins at its start or at a header.
  struct Block: Sendable {
    /// The text, then a line feed and 15 zeros.
    var storage: [UInt8]
    /// Bytes of text.
    var count: Int
    /// Whether the file ends here.
    var endsFile: Bool
  }

  /// Cuts a file into blocks before headers.
  struct BlockSource {
    private let file: OpenFile
    private let blockBytes: Int
    private var carry: [UInt8] = []
    private var isAtEnd = false

    init(file: OpenFile, blockBytes: Int) {
      self.file = file
      self.blockBytes = blockBytes
    }

    /// The next block; nil after the last.
    mutating func next() throws(CavernError) -> Block? {
      guard !isAtEnd else { return nil }
      var storage = try file.read(after: carry, blockBytes, room: 16)
      var isFull = storage.count == carry.count + blockBytes
      carry = []
      while isFull {
        if let cut = Self.lastHeader(storage), cut > 0 {
          carry = Array(storage[cut...])
          // The rest of the block serves as padding behind the line feed.
          storage[cut] = 10
          while storage.count < cut + 16 { storage.append(0) }
          return Block(storage: storage, count: cut, endsFile: false)
        }
        // No header to cut at: the block grows until there is one.
        let wanted = storage.count
        let larger = try file.read(after: storage, wanted, room: 16)
        isFull = larger.count == storage.count + wanted
        storage = larger
      }
      isAtEnd = true
      let count = storage.count
      guard count > 0 else { return nil }
      storage.append(10)
      for _ in 0..<15 { storage.append(0) }
      return Block(storage: storage, count: count, endsFile: true)
    }

    /// Where the last line that holds `--- START` begins; nil when there is none but perhaps the first.
    static func lastHeader(_ bytes: [UInt8]) -> Int? {
      let mark = Array("--- START".utf8)
      var position = bytes.count - mark.count
      while position >= 0 {
        if bytes[position] == 45, bytes[position + 4] == 83, bytes[position..<position + mark.count].elementsEqual(mark)
        {
          while position > 0, bytes[position - 1] != 10 { position -= 1 }
          return position
        }
        position -= 1
      }
      return nil
    }
  }
}

/// A file open for reading.
struct OpenFile {
  private let descriptor: Int32
  private let path: String
  /// Bytes in the file when it was opened.
  let size: Int

  /// Opens a file.
  ///
  /// - Throws: `file.missing`, `file.isDirectory`, `file.notReadable`.
  init(_ path: String) throws(CavernError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      let isMissing = errno == ENOENT || errno == ENOTDIR
      throw CavernError(
        isMissing ? "file.missing" : "file.notReadable", isMissing ? "no such file" : "cannot be opened: \(reason)",
        exit: isMissing || errno == EACCES ? .noInput : .inputOutput, file: path)
    }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else {
      Glibc.close(descriptor)
      throw CavernError("file.notReadable", "cannot be looked at", exit: .inputOutput, file: path)
    }
    guard facts.st_mode & S_IFMT != S_IFDIR else {
      Glibc.close(descriptor)
      throw CavernError("file.isDirectory", "is a directory", exit: .noInput, file: path, expected: "a file")
    }
    size = Int(facts.st_size)
  }

  /// Closes it.
  func close() { Glibc.close(descriptor) }

  /// An array with some bytes and then up to `count` more of the file, fewer at its end.
  ///
  /// - Parameter room: how many bytes can be appended without moving the array.
  func read(after start: [UInt8], _ count: Int, room: Int) throws(CavernError) -> [UInt8] {
    var fault: CavernError?
    let bytes = [UInt8](unsafeUninitializedCapacity: start.count + count + room) { buffer, filled in
      // The buffer holds start.count + count + room bytes: those of `start` come first, then at most `count`.
      filled = buffer.update(fromContentsOf: start)
      while filled < start.count + count {
        let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, start.count + count - filled)
        if got < 0 {
          if errno == EINTR { continue }
          fault = CavernError(
            "file.readFailed", "cannot be read: \(String(cString: strerror(errno)))", exit: .inputOutput, file: path)
          return
        }
        if got == 0 { return }
        filled += got
      }
    }
    if let fault { throw fault }
    return bytes
  }

  /// Reads `count` bytes at `offset` into memory that has room for them; the number of bytes read.
  func read(at offset: Int, into memory: UnsafeMutableRawPointer, _ count: Int) throws(CavernError) -> Int {
    var done = 0
    while done < count {
      let got = pread(descriptor, memory + done, count - done, off_t(offset + done))
      if got < 0 {
        if errno == EINTR { continue }
        throw CavernError(
          "file.readFailed", "cannot be read: \(String(cString: strerror(errno)))", exit: .inputOutput, file: path,
          offset: offset + done)
      }
      if got == 0 { break }
      done += got
    }
    return done
  }
}
