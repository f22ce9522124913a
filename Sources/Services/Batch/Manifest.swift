import Errors
import JSON

/// What a manifest file says: the outcome of every item of the runs so far.
///
/// The file is JSON lines: a first line with the schema, then one line an item; a later line about the same item replaces
/// an earlier one. Only whole lines, those with a line end, count: what a killed run left half written is known by the
/// missing line end and costs one item's work.
public struct Manifest: Sendable, Equatable {
  /// The first line.
  public static let header = #"{"schema":"cavern.manifest/1"}"#

  /// The items in the order of their latest line.
  public private(set) var entries: [ManifestEntry] = []
  /// Length of the part that counts, in bytes; what comes after it is torn.
  public private(set) var wholeBytes = 0
  /// Bytes after the last line end.
  public private(set) var tornBytes = 0
  /// Whole lines that are not entries.
  public private(set) var damagedLines = 0
  /// Lines that a later one about the same item replaced.
  public private(set) var replacedLines = 0

  /// A manifest without items.
  public init() {}

  /// The manifest in a file's bytes; no bytes is a manifest without items.
  ///
  /// - Throws: `batch.manifest` when the bytes begin with something else, so that no other file is ever overwritten.
  public init(parsing bytes: [UInt8]) throws(CavernError) {
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
    var latest: [String: ManifestEntry] = [:]
    var order: [String] = []
    for line in bytes[..<whole].split(separator: lineEnd).dropFirst() {
      guard let entry = ManifestEntry(line: String(decoding: line, as: UTF8.self)) else {
        damagedLines += 1
        continue
      }
      if latest.updateValue(entry, forKey: entry.key) == nil { order.append(entry.key) } else { replacedLines += 1 }
    }
    entries = order.compactMap { latest[$0] }
  }

  /// The items by name.
  public var byKey: [String: ManifestEntry] {
    Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { _, later in later })
  }

  /// The file that says the same with nothing torn, damaged or replaced: `keys` first, in that order, then the others.
  ///
  /// So a run that was killed and resumed ends with the same bytes as one that was not.
  public func text(ordering keys: [String]) -> String {
    let byKey = byKey
    let first = Set(keys)
    let lines = keys.compactMap { byKey[$0] } + entries.filter { !first.contains($0.key) }
    return ([Self.header] + lines.map(\.line)).joined(separator: "\n") + "\n"
  }
}
