import Errors
import Files

/// Files in ROOT's format with histograms and profiles (ROOT's documentation, "ROOT files", layouts of TFile, TKey and
/// TDirectory).
public enum ROOTFile {
  /// Bytes of the head; records begin behind it.
  static let firstRecord = 100
  /// 1995-01-01 00:00 as ROOT packs it; a fixed time keeps the bytes of equal files equal.
  static let fixedTime: UInt32 = 1 << 22 | 1 << 17

  /// A record's head.
  struct Key {
    var className: String
    var name: String
    var title: String
    var cycle: Int16 = 1
    /// Bytes of the object before packing.
    var objectLength = 0
    /// Bytes of the record.
    var recordLength = 0
    var place = 0
    var parent = ROOTFile.firstRecord

    /// Bytes of the head itself.
    var length: Int { 26 + [className, name, title].reduce(0) { $0 + Self.length(of: $1) } }

    static func length(of text: String) -> Int { text.utf8.count + (text.utf8.count < 255 ? 1 : 5) }

    func write(to buffer: inout ROOTBuffer) {
      buffer.add(Int32(recordLength))
      buffer.add(Int16(4))
      buffer.add(Int32(objectLength))
      buffer.add(ROOTFile.fixedTime)
      buffer.add(Int16(length))
      buffer.add(cycle)
      buffer.add(Int32(place))
      buffer.add(Int32(parent))
      buffer.add(className)
      buffer.add(name)
      buffer.add(title)
    }
  }

  /// A file with these objects, as bytes; equal objects give equal bytes.
  ///
  /// - Parameters:
  ///   - objects: histograms with one or two axes, and profiles; names without `/`, each once.
  ///   - name: what the file calls itself.
  ///   - compression: how objects are packed.
  /// - Throws: `root.badName`, `root.dimensions`; `root.tooLarge` from 2 GB on.
  public static func bytes(
    of objects: [ROOTObject], name: String, compression: ROOTCompression = .zlib
  ) throws(CavernError) -> [UInt8] {
    var seen: Set<String> = []
    for object in objects where object.name.isEmpty || object.name.contains("/") || !seen.insert(object.name).inserted {
      throw CavernError(
        "root.badName", "'\(object.name)' cannot be the name of an object of a ROOT file", exit: .internal,
        expected: "names without '/', each once")
    }
    var file = ROOTBuffer()
    file.bytes = [UInt8](repeating: 0, count: firstRecord)
    var head = Key(className: "TFile", name: name, title: "")
    head.parent = 0
    head.place = firstRecord
    let nameLength = head.length + Key.length(of: name) + 1
    let directory = nameLength - head.length
    head.objectLength = directory + 60
    head.recordLength = head.length + head.objectLength
    head.write(to: &file)
    file.add(name)
    file.add("")
    let directoryPlace = file.bytes.count
    file.bytes.append(contentsOf: [UInt8](repeating: 0, count: 60))

    var keys: [Key] = []
    for object in objects {
      var key = Key(className: object.className, name: object.name, title: object.title)
      let content = try object.streamed(keyLength: key.length)
      try append(content, &key, compression, to: &file)
      keys.append(key)
    }
    var streamers = Key(className: "TList", name: "StreamerInfo", title: "Doubly linked list")
    let description = ROOTStreamers.record(for: Set(objects.map(\.className)), keyLength: streamers.length)
    try append(description, &streamers, compression, to: &file)
    var list = Key(className: "TFile", name: name, title: "")
    var content = ROOTBuffer()
    content.add(Int32(keys.count))
    for key in keys { key.write(to: &content) }
    try append(content.bytes, &list, .none, to: &file)
    var free = Key(className: "TFile", name: name, title: "")
    let end = file.bytes.count + free.length + 10
    var segment = ROOTBuffer()
    segment.add(Int16(1))
    segment.add(Int32(end))
    segment.add(Int32(2_000_000_000))
    try append(segment.bytes, &free, .none, to: &file)

    let identifier = identifier(of: file.bytes)
    var root = ROOTBuffer()
    root.bytes = Array("root".utf8)
    for value in [62400, firstRecord, end, free.place, free.recordLength, 1, nameLength] { root.add(Int32(value)) }
    root.add(UInt8(4))
    root.add(compression.setting)
    root.add(Int32(streamers.place))
    root.add(Int32(streamers.recordLength))
    root.bytes.append(contentsOf: identifier)
    file.bytes.replaceSubrange(0..<root.bytes.count, with: root.bytes)
    var folder = ROOTBuffer()
    folder.add(Int16(5))
    folder.add(fixedTime)
    folder.add(fixedTime)
    for value in [list.recordLength, nameLength, firstRecord, 0, list.place] { folder.add(Int32(value)) }
    folder.bytes.append(contentsOf: identifier)
    file.bytes.replaceSubrange(directoryPlace..<directoryPlace + folder.bytes.count, with: folder.bytes)
    return file.bytes
  }

  /// Writes a file with these objects, whole or not at all.
  ///
  /// - Throws: as `bytes(of:name:compression:)`; `file.cannotCreate`, `file.cannotWrite`.
  public static func write(
    _ objects: [ROOTObject], to path: String, compression: ROOTCompression = .zlib
  ) throws(CavernError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    try AtomicFile.write(path, try bytes(of: objects, name: name, compression: compression))
  }

  private static func append(
    _ content: [UInt8], _ key: inout Key, _ compression: ROOTCompression, to file: inout ROOTBuffer
  ) throws(CavernError) {
    let packed = compression.pack(content) ?? content
    key.objectLength = content.count
    key.recordLength = key.length + packed.count
    key.place = file.bytes.count
    guard key.place + key.recordLength < 2_000_000_000 else {
      throw CavernError(
        "root.tooLarge", "the file would be larger than 2 GB", exit: .internal, hint: "write several files")
    }
    key.write(to: &file)
    file.bytes.append(contentsOf: packed)
  }

  /// ROOT's version 1 and 16 bytes that follow from the content, so that different files differ.
  private static func identifier(of bytes: [UInt8]) -> [UInt8] {
    let first = XXHash64.hash(bytes[...])
    let second = XXHash64.hash(bytes[(bytes.count / 2)...]) ^ first
    var buffer = ROOTBuffer()
    buffer.add(Int16(1))
    buffer.add(first)
    buffer.add(second)
    return buffer.bytes
  }
}
