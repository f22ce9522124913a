import Errors
import Foundation

/// A file of hits with its side.
public struct HaloPiece: Sendable, Equatable {
  /// The two forms.
  public enum Form: String, Sendable {
    /// Text of the boards.
    case text
    /// `.uhtr`.
    case binary
  }

  /// Path to open.
  public var path: String
  /// Name without folder.
  public var name: String
  /// Text or binary.
  public var form: Form
  /// The end of CMS.
  public var side: HaloSide
  /// Bytes.
  public var bytes: Int

  /// The name without its endings, which all forms of a piece share.
  public var stem: String { Self.stem(name) }

  static func stem(_ name: String) -> String {
    let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    return plain.lastIndex(of: ".").map { String(plain[..<$0]) } ?? plain
  }
}

/// The files of a capture, in the order in which they are to be read.
public struct HaloPieces: Sendable {
  /// The files, +Z first, then in the order of the capture.
  public private(set) var pieces: [HaloPiece] = []
  /// Remarks: empty files, forms that were passed over, order.
  public private(set) var warnings: [CavernWarning] = []

  /// The files of a folder (not of the folders in it), or one file.
  ///
  /// - Parameters:
  ///   - path: the folder or file.
  ///   - unknownSide: the side of files whose name tells none; without it they are refused.
  /// - Throws: `input.missing` and `halo.noData` (exit 66), `halo.unknownSide` (65).
  public init(_ path: String, unknownSide: HaloSide? = nil) throws(CavernError) {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CavernError("input.missing", "there is no such file or folder", exit: .noInput, file: path)
    }
    var names: [(name: String, path: String)] = []
    if isFolder.boolValue {
      guard let found = try? files.contentsOfDirectory(atPath: path) else {
        throw CavernError("file.notReadable", "the folder cannot be read", exit: .noInput, file: path)
      }
      names = found.filter(Self.isCandidate).map { ($0, path.hasSuffix("/") ? path + $0 : "\(path)/\($0)") }
    } else {
      names = [(path.split(separator: "/").last.map(String.init) ?? path, path)]
    }
    var candidates: [(piece: HaloPiece, changed: Date)] = []
    var unknown: [String] = []
    var empty = 0
    for (name, place) in names.sorted(by: { $0.name < $1.name }) {
      guard let facts = try? files.attributesOfItem(atPath: (place as NSString).resolvingSymlinksInPath),
        facts[.type] as? FileAttributeType == .typeRegular, let size = facts[.size] as? Int
      else { continue }
      guard size > 0 else {
        empty += 1
        warnings.append(CavernWarning("halo.emptyFile", "the file is empty and is left out", file: place))
        continue
      }
      guard let side = HaloSide(fileName: name) ?? unknownSide else {
        unknown.append(name)
        continue
      }
      let form: HaloPiece.Form = name.hasSuffix(".uhtr") ? .binary : .text
      let piece = HaloPiece(path: place, name: name, form: form, side: side, bytes: size)
      candidates.append((piece, facts[.modificationDate] as? Date ?? .distantPast))
    }
    if let first = unknown.first {
      let names = unknown.prefix(5).joined(separator: ", ")
      let subject = unknown.count == 1 ? "the name of a file does" : "the names of \(unknown.count) files do"
      throw CavernError(
        "halo.unknownSide", "\(subject) not tell the side: \(names)",
        exit: .badData, file: isFolder.boolValue ? "\(path)/\(first)" : path,
        expected: "uHTR4, uHTR11, PLUS, MINUS, PN, PF, MN or MF in the name",
        hint: "say it with --side plus or --side minus")
    }
    guard !candidates.isEmpty else { throw Self.noData(path, isFolder: isFolder.boolValue, empty: empty) }
    choose(candidates)
    pieces = HaloSide.allCases.flatMap { side in ordered(pieces.filter { $0.side == side }, side) }
  }

  private static func isCandidate(_ name: String) -> Bool {
    !name.hasPrefix(".") && [".txt", ".txt.gz", ".uhtr"].contains { name.hasSuffix($0) }
  }

  private static func noData(_ path: String, isFolder: Bool, empty: Int) -> CavernError {
    let below = isFolder ? folders(below: path) : []
    return CavernError(
      "halo.noData",
      empty > 0
        ? empty == 1 ? "the only file is empty" : "all \(empty) files are empty"
        : "no *.txt, *.txt.gz or *.uhtr file with data is there",
      exit: .noInput, file: path, expected: "text or .uhtr files of the boards",
      nearest: Array(below.prefix(3)), hint: below.isEmpty ? nil : "name one of the folders that hold data")
  }

  /// One form a piece: the binary when it is newer than the text.
  private mutating func choose(_ candidates: [(piece: HaloPiece, changed: Date)]) {
    var chosen: [String: (piece: HaloPiece, changed: Date)] = [:]
    for candidate in candidates {
      let stem = candidate.piece.stem
      guard let other = chosen[stem] else {
        chosen[stem] = candidate
        continue
      }
      if candidate.piece.form == other.piece.form {
        // The same text, plain and compressed: the plain one comes first by name.
        warnings.append(
          CavernWarning(
            "halo.twoForms", "the plain text is used, not its compressed form", file: candidate.piece.path))
        continue
      }
      let (text, binary) = candidate.piece.form == .text ? (candidate, other) : (other, candidate)
      let isBinary = binary.changed > text.changed
      chosen[stem] = isBinary ? binary : text
      warnings.append(
        CavernWarning(
          "halo.twoForms",
          isBinary ? "the binary form is newer than the text and is used" : "the text is used, not its binary form",
          file: (isBinary ? binary : text).piece.path))
    }
    pieces = chosen.values.map(\.piece)
  }

  /// Natural order of names; when event numbers then go back from file to file, the order of first events if that helps.
  private mutating func ordered(_ pieces: [HaloPiece], _ side: HaloSide) -> [HaloPiece] {
    let natural = pieces.sorted { NaturalOrder.precedes($0.name, $1.name) }
    guard natural.count > 1 else { return natural }
    let ranges = natural.map { $0.form == .text ? HaloProbe.eventRange($0.path) : HaloBinary.eventRange($0.path) }
    let known = zip(natural, ranges).compactMap { piece, range in range.map { (piece, $0) } }
    func goesBack(_ list: [(HaloPiece, (first: UInt32, last: UInt32))]) -> Bool {
      zip(list, list.dropFirst()).contains { $0.1.last > $1.1.first }
    }
    guard known.count == natural.count, goesBack(known) else { return natural }
    let byEvent = known.sorted { $0.1.first < $1.1.first }
    guard !goesBack(byEvent) else { return natural }
    warnings.append(
      CavernWarning(
        "halo.fileOrder",
        "event numbers go back in the order of the names; the files of \(side.label) are read in the order of their first events: "
          + byEvent.map(\.0.name).joined(separator: ", "), file: natural[0].path))
    return byEvent.map(\.0)
  }

  /// The folders below a data root that hold at least one file of hits that is not empty, by name.
  ///
  /// Links to folders are not followed.
  public static func folders(below root: String) -> [String] {
    var found: Set<String> = []
    let files = FileManager.default.enumerator(atPath: root)
    while let name = files?.nextObject() as? String {
      let last = name.split(separator: "/").last.map(String.init) ?? name
      guard isCandidate(last), files?.fileAttributes?[.type] as? FileAttributeType == .typeRegular,
        (files?.fileAttributes?[.size] as? Int ?? 0) > 0
      else { continue }
      let parent = name.lastIndex(of: "/").map { "\(root)/\(name[..<$0])" } ?? root
      found.insert(parent)
      if found.count >= 10_000 { break }
    }
    return found.sorted(by: NaturalOrder.precedes)
  }
}

/// Order of names in which runs of digits compare as numbers: `_9` before `_10`.
public enum NaturalOrder {
  /// Whether a name comes before another.
  public static func precedes(_ left: String, _ right: String) -> Bool {
    // The ending counts last, so that `uHTR4.txt` comes before `uHTR4_1.txt`.
    let (aStem, bStem) = (Array(HaloPiece.stem(left).utf8), Array(HaloPiece.stem(right).utf8))
    var (i, j) = (0, 0)
    while i < aStem.count, j < bStem.count {
      if isDigit(aStem[i]), isDigit(bStem[j]) {
        let (x, y) = (digits(aStem, &i), digits(bStem, &j))
        if x.count != y.count { return x.count < y.count }
        if x != y { return x.lexicographicallyPrecedes(y) }
        continue
      }
      if aStem[i] != bStem[j] { return aStem[i] < bStem[j] }
      i += 1
      j += 1
    }
    if aStem.count - i != bStem.count - j { return aStem.count - i < bStem.count - j }
    return left < right
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

  /// The digits from a position on, without zeros in front.
  private static func digits(_ name: [UInt8], _ position: inout Int) -> [UInt8] {
    var found: [UInt8] = []
    while position < name.count, isDigit(name[position]) {
      if !(found.isEmpty && name[position] == 48) { found.append(name[position]) }
      position += 1
    }
    return found
  }
}

/// A quick look into a text file.
enum HaloProbe {
  /// Event numbers of the first and last hits near the ends of a file; nil when none is found there.
  static func eventRange(_ path: String) -> (first: UInt32, last: UInt32)? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    guard let size = try? handle.seekToEnd() else { return nil }
    let span: UInt64 = 1 << 16
    // A compressed file would have to be read whole.
    guard (try? handle.seek(toOffset: 0)) != nil, (try? handle.read(upToCount: 2)) != Data([0x1F, 0x8B]) else {
      return nil
    }
    guard (try? handle.seek(toOffset: 0)) != nil, let head = try? handle.read(upToCount: Int(span)),
      let first = HaloFileReader.decode(Array(head)).hits.event.first,
      (try? handle.seek(toOffset: size > span ? size - span : 0)) != nil,
      let tail = try? handle.read(upToCount: Int(span)),
      let last = HaloFileReader.decode(Array(tail)).hits.event.last
    else { return nil }
    return (first, last)
  }
}
