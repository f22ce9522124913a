import Dispatch
import Errors
import Glibc

/// Reads whole files of hits, in blocks and on several threads; the result does not depend on their number.
public struct HaloFileReader: Sendable {
  /// How many threads decode text; at least 1.
  public var threads: Int
  /// Bytes of text in a block.
  public var blockBytes: Int
  /// Whether all samples of a hit are kept, not only their peak: 20 of 44 bytes a hit, which analyses do without.
  public var keepsSamples: Bool

  /// A reader; `threads` is by default the number of cores.
  public init(threads: Int? = nil, blockBytes: Int = 1 << 20, keepsSamples: Bool = true) {
    self.threads = max(1, threads ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    self.blockBytes = max(64, blockBytes)
    self.keepsSamples = keepsSamples
  }

  /// Takes text in memory apart, as `text(_:)` does a file.
  public static func decode(_ text: [UInt8]) -> HaloTextPart {
    var storage = text
    storage.append(10)
    storage.append(contentsOf: repeatElement(0, count: 15))
    var part = HaloTextDecoder.decode(storage, count: text.count, endsFile: true)
    part.settleDoubts()
    return part
  }

  /// Reads a text file, as it is or compressed by gzip.
  ///
  /// - Throws: `file.missing`, `file.isDirectory`, `file.notReadable`, `file.readFailed`.
  public func text(_ path: String) throws(CavernError) -> HaloTextPart {
    let file = try OpenFile(path)
    defer { file.close() }
    var whole = HaloTextPart()
    try blocks(of: file, from: 0) { part, _ in
      if whole.hits.count == 0, part.hits.count > 0, part.tally.bytes > 0, !file.isCompressed {
        // Room for the rest at the density seen so far; a twentieth more for its changes.
        let density = Double(part.hits.count) / Double(part.tally.bytes)
        whole.hits.reserve(
          min(Int(density * Double(file.size) * 1.05) + 1024, file.size / 46 + 1024), withSamples: keepsSamples)
      }
      whole.append(part)
    }
    whole.settleDoubts()
    if file.isCut {
      whole.note(
        HaloDiagnostic(
          .truncatedTail, line: max(1, whole.tally.lines), hitsLost: 0, text: "the compressed file ends too early"))
    }
    return whole
  }

  /// Decodes a file block by block and hands each part on, in order.
  ///
  /// - Parameters:
  ///   - offset: where to begin: at 0 or at a header.
  ///   - isGrowing: whether more will be written: then the last block is cut behind its last line end and before its last
  ///     header, and the event from there on comes as a part of its own.
  ///   - body: takes a part, and where its block ends; nil for the event that may go on.
  func blocks(
    of file: OpenFile, from offset: Int, isGrowing: Bool = false, body: (HaloTextPart, Int?) -> Void
  ) throws(CavernError) {
    var source = BlockSource(file: file, blockBytes: blockBytes, isGrowing: isGrowing)
    file.seek(to: offset)
    var end = offset
    while true {
      var blocks: [Block] = []
      while blocks.count < threads, let block = try source.next() { blocks.append(block) }
      guard !blocks.isEmpty else { break }
      for (block, part) in zip(blocks, decode(blocks)) {
        end += block.count
        body(part, block.isOpen ? nil : end)
      }
    }
  }

  private func decode(_ blocks: [Block]) -> [HaloTextPart] {
    @Sendable func part(_ block: Block) -> HaloTextPart {
      HaloTextDecoder.decode(
        block.storage, count: block.count, endsFile: block.endsFile, isGrowing: block.isOpen,
        keepsSamples: keepsSamples)
    }
    guard blocks.count > 1 else { return blocks.map(part) }
    var parts = [HaloTextPart](repeating: HaloTextPart(), count: blocks.count)
    parts.withUnsafeMutableBufferPointer { buffer in
      // Each iteration writes only the element of its own index, which is in the buffer's bounds.
      nonisolated(unsafe) let places = buffer
      DispatchQueue.concurrentPerform(iterations: blocks.count) { index in places[index] = part(blocks[index]) }
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
    /// Whether it is the last event of a file that is still being written.
    var isOpen = false
  }

  /// Cuts a file into blocks before headers.
  struct BlockSource {
    private let file: OpenFile
    private let blockBytes: Int
    private let isGrowing: Bool
    private var carry: [UInt8] = []
    private var isAtEnd = false
    /// The last event of a file that is still being written, to be handed out after what stands before it.
    private var open: Block?

    /// Text without a header that is looked through at most; a file of something else must not fill the memory.
    static let largestEvent = 1 << 26

    init(file: OpenFile, blockBytes: Int, isGrowing: Bool = false) {
      self.file = file
      self.blockBytes = blockBytes
      self.isGrowing = isGrowing
    }

    /// The next block; nil after the last.
    mutating func next() throws(CavernError) -> Block? {
      if isAtEnd {
        defer { open = nil }
        return open
      }
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
        if storage.count >= Self.largestEvent, let feed = storage.lastIndex(of: 10) {
          carry = Array(storage[(feed + 1)...])
          storage.removeSubrange((feed + 1)...)
          return Self.block(storage, endsFile: false)
        }
        // No header to cut at: the block grows until there is one.
        let wanted = storage.count
        let larger = try file.read(after: storage, wanted, room: 16)
        isFull = larger.count == storage.count + wanted
        storage = larger
      }
      isAtEnd = true
      if isGrowing { return splitOpen(&storage) }
      return storage.isEmpty ? nil : Self.block(storage, endsFile: true)
    }

    /// The text before the last header, or the event from there on when nothing stands before it.
    private mutating func splitOpen(_ storage: inout [UInt8]) -> Block? {
      // What has no line end yet is read again.
      guard let feed = storage.lastIndex(of: 10) else { return nil }
      storage.removeSubrange((feed + 1)...)
      let cut = Self.lastHeader(storage) ?? 0
      var last = Self.block(Array(storage[cut...]), endsFile: true)
      last.isOpen = true
      guard cut > 0 else { return last }
      open = last
      storage.removeSubrange(cut...)
      return Self.block(storage, endsFile: false)
    }

    private static func block(_ text: [UInt8], endsFile: Bool) -> Block {
      var storage = text
      storage.append(10)
      for _ in 0..<15 { storage.append(0) }
      return Block(storage: storage, count: text.count, endsFile: endsFile)
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
