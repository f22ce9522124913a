import Errors
import Foundation

/// What a manifest file says: the outcome of every item of the runs so far.
///
/// The file is JSON lines: a first line with the schema, then one line an item; a later line about the same item replaces
/// an earlier one. Only whole lines, those with a line end, count: what a killed run left half written is known by the
/// missing line end and costs one item's work.
public struct Manifest: Sendable, Equatable {
  /// The first line.
  public static let header = #"{"schema":"cavern.manifest/1"}"#

  /// The names of the items in the order of their first lines.
  public private(set) var keys: [String] = []
  /// Where the latest line of each item stands, in bytes from the start and without its line end.
  private(set) var places: [String: Range<Int>] = [:]
  /// Length of the part that counts, in bytes; what comes after it is torn.
  public private(set) var wholeBytes = 0
  /// Bytes after the last line end.
  public private(set) var tornBytes = 0
  /// Whole lines that are not entries.
  public private(set) var damagedLines = 0
  /// Lines that a later one about the same item replaced.
  public private(set) var replacedLines = 0
  /// The lines stay text until they are asked for: read, they take ten times the room.
  private var bytes = Data()

  /// A manifest without items.
  public init() {}

  /// The manifest in a file's bytes; no bytes is a manifest without items.
  ///
  /// - Throws: `batch.manifest` when the bytes begin with something else, so that no other file is ever overwritten.
  public init(parsing file: Data) throws(CavernError) {
    bytes = file.startIndex == 0 ? file : Data(file)
    let lineEnd = UInt8(ascii: "\n")
    let whole = bytes.lastIndex(of: lineEnd).map { $0 + 1 } ?? 0
    let firstLine = bytes.prefix { $0 != lineEnd }
    let header = Array(Self.header.utf8)
    guard whole > 0 ? firstLine.elementsEqual(header) : header.starts(with: firstLine) else {
      throw CavernError(
        "batch.manifest", "the file is not a manifest of a batch", exit: .badData, line: 1, expected: Self.header,
        hint: "give the batch a folder of its own")
    }
    wholeBytes = whole
    tornBytes = bytes.count - whole
    var start = firstLine.count + 1
    while start < whole, let end = bytes[start..<whole].firstIndex(of: lineEnd) {
      if let entry = entry(at: start..<end) {
        note(entry.key, at: start..<end)
      } else if start < end {
        damagedLines += 1
      }
      start = end + 1
    }
  }

  /// The items in the order of their first lines.
  public var entries: [ManifestEntry] { keys.compactMap(entry) }

  /// What the manifest says about an item; `nil` when that is nothing.
  public func entry(_ key: String) -> ManifestEntry? { places[key].flatMap(entry(at:)) }

  private func entry(at place: Range<Int>) -> ManifestEntry? {
    guard place.upperBound <= bytes.count else { return nil }
    return ManifestEntry(line: String(decoding: bytes[place], as: UTF8.self))
  }

  /// Takes note of a line about an item.
  mutating func note(_ key: String, at place: Range<Int>) {
    if places.updateValue(place, forKey: key) == nil { keys.append(key) } else { replacedLines += 1 }
  }

  /// Where the lines stand that say the same with nothing torn, damaged or replaced: `keys` first, in that order, then the others.
  ///
  /// So a run that was killed and resumed ends with the same bytes as one that was not.
  func places(ordering keys: [String]) -> [Range<Int>] {
    let first = Set(keys)
    return (keys + self.keys.filter { !first.contains($0) }).compactMap { places[$0] }
  }
}
