import Errors
import Foundation

extension ROOTFile {
  /// Reads the histograms and profiles of a file.
  ///
  /// A file that was cut short or never closed gives what is whole, and an account of the bytes that are not; see
  /// `ROOTContents.damage`.
  ///
  /// - Throws: `file.missing`, `file.isDirectory`, `file.readFailed`, and as `read(_:)`.
  public static func read(path: String) throws(CavernError) -> ROOTContents {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CavernError("file.missing", "there is no such file", exit: .noInput, file: path)
    }
    guard !isFolder.boolValue else {
      throw CavernError("file.isDirectory", "this is a folder, not a file", exit: .noInput, file: path)
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CavernError("file.readFailed", "the file cannot be read", exit: .inputOutput, file: path)
    }
    do throws(CavernError) { return try read(Array(data)) } catch { throw error.inFile(path) }
  }

  /// Reads the histograms and profiles of a file's bytes.
  ///
  /// - Throws: `root.empty`, `root.notROOT`; `root.nothing` when the file has neither an object nor anything damaged that
  ///   could have been one.
  public static func read(_ bytes: [UInt8]) throws(CavernError) -> ROOTContents {
    guard !bytes.isEmpty else { throw CavernError("root.empty", "the file is empty (0 bytes)", exit: .badData) }
    guard bytes.starts(with: Array("root".utf8)) else {
      throw CavernError(
        "root.notROOT", "the file is no ROOT file", exit: .badData, offset: 0, expected: "the four letters 'root'")
    }
    var reader = ROOTReader(bytes)
    reader.readAll()
    guard !reader.contents.objects.isEmpty || !reader.contents.damage.isEmpty || !reader.contents.others.isEmpty else {
      throw CavernError(
        "root.nothing", "the file holds no object", exit: .badData, offset: bytes.count,
        hint: "it may never have been written to, or was cut right behind its head")
    }
    return reader.contents
  }
}

/// Finds the records of a file: by its list of keys, or one by one when that is not whole.
struct ROOTReader {
  let bytes: [UInt8]
  var contents = ROOTContents()
  private var begin = ROOTFile.firstRecord
  private var statedEnd = 0

  /// A record as its head describes it.
  struct Record {
    var place: Int
    var recordLength: Int
    var objectLength: Int
    var keyLength: Int
    var cycle: Int
    var seek: Int
    var parent: Int
    var className: String
    var name: String
    var title: String
    var range: Range<Int> { place..<place + recordLength }
  }

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func readAll() {
    var cursor = ROOTCursor(bytes, from: 4)
    let version = cursor.integer(Int32.self)
    begin = max(Int(cursor.integer(Int32.self)), 32)
    let isLarge = version >= 1_000_000
    statedEnd = isLarge ? Int(cursor.integer(Int64.self)) : Int(cursor.integer(Int32.self))
    cursor.skip(isLarge ? 8 : 4)
    cursor.skip(8)
    let nameLength = Int(cursor.integer(Int32.self))
    var keys: [(path: String, record: Record)] = []
    if cursor.isWhole, statedEnd <= bytes.count, statedEnd > 0,
      let found = directory(at: begin + nameLength, path: "", depth: 0)
    {
      keys = found
    } else {
      contents.isRecovered = true
      if statedEnd > bytes.count {
        contents.damage.append(
          ROOTContents.Damage(
            bytes: bytes.count..<statedEnd, name: nil, reason: "the file was cut short: these bytes are missing"))
      }
      keys = scan()
    }
    take(keys)
  }

  /// Objects of the newest cycles, in the order of their places.
  private mutating func take(_ keys: [(path: String, record: Record)]) {
    var newest: [String: (order: Int, record: Record)] = [:]
    for (order, key) in keys.enumerated() {
      if let known = newest[key.path], known.record.cycle >= key.record.cycle { continue }
      newest[key.path] = (order, key.record)
    }
    for (name, entry) in newest.sorted(by: { $0.value.order < $1.value.order }) { read(entry.record, name: name) }
  }

  private mutating func read(_ record: Record, name: String) {
    guard ROOTObject.isReadable(record.className) else {
      contents.others.append(ROOTContents.Other(name: name, className: record.className))
      return
    }
    guard record.range.upperBound <= bytes.count else {
      contents.damage.append(
        ROOTContents.Damage(
          bytes: record.place..<record.range.upperBound, name: name,
          reason:
            "a \(record.className) of which \(max(0, bytes.count - record.place)) of \(record.recordLength) bytes are there"
        ))
      return
    }
    do throws(CavernError) {
      let packed = bytes[record.place + record.keyLength..<record.range.upperBound]
      let content =
        packed.count == record.objectLength
        ? Array(packed) : try ROOTCompression.unpack(packed, size: record.objectLength)
      contents.objects.append(
        try ROOTObject(className: record.className, name: name, content, keyLength: record.keyLength))
    } catch {
      contents.damage.append(ROOTContents.Damage(bytes: record.range, name: name, reason: error.message))
    }
  }

  /// The keys of a folder and those below it; `nil` when its list is not whole.
  private mutating func directory(at place: Int, path: String, depth: Int) -> [(path: String, record: Record)]? {
    guard depth < 32 else { return nil }
    var cursor = ROOTCursor(bytes, from: place)
    let version = cursor.integer(Int16.self)
    cursor.skip(16)
    let isLarge = version > 1000
    cursor.skip(isLarge ? 16 : 8)
    let list = isLarge ? Int(cursor.integer(Int64.self)) : Int(cursor.integer(Int32.self))
    guard cursor.isWhole, list >= begin, list < bytes.count, let head = record(at: list),
      head.range.upperBound <= bytes.count
    else { return nil }
    var inner = ROOTCursor(bytes, from: list + head.keyLength, to: head.range.upperBound)
    let count = Int(inner.integer(Int32.self))
    guard count >= 0, count < 1_000_000 else { return nil }
    var keys: [(path: String, record: Record)] = []
    for _ in 0..<count {
      guard let key = Self.head(&inner) else { return nil }
      // The list and the record must agree on what lies there.
      guard key.seek >= begin, key.seek < statedEnd else { return nil }
      var placed = key
      placed.place = key.seek
      if placed.range.upperBound <= bytes.count {
        guard let there = record(at: key.seek), there.name == key.name, there.recordLength == key.recordLength else {
          contents.damage.append(
            ROOTContents.Damage(
              bytes: placed.range, name: path + key.name, reason: "the record is not what the list of keys says"))
          continue
        }
      }
      if key.className == "TDirectory" || key.className == "TDirectoryFile" {
        guard let below = directory(at: key.seek + key.keyLength, path: path + key.name + "/", depth: depth + 1) else {
          return nil
        }
        keys += below
      } else {
        keys.append((path + key.name, placed))
      }
    }
    return keys
  }

  /// Records one after the other from the first on; where none begins, the next place that looks like one is searched.
  private mutating func scan() -> [(path: String, record: Record)] {
    var keys: [(path: String, record: Record)] = []
    var folders: [Int: String] = [:]
    var place = begin
    while place + 26 <= bytes.count {
      var cursor = ROOTCursor(bytes, from: place)
      let length = Int(cursor.integer(Int32.self))
      if length < 0, length > Int(Int32.min), place - length <= bytes.count {
        // A gap: what was deleted.
        place -= length
        continue
      }
      guard let found = record(at: place) else {
        let next = nextRecord(from: place + 1)
        // Zeros at the end are room that was set aside, not an object.
        if bytes[place..<next].contains(where: { $0 != 0 }) {
          contents.damage.append(
            ROOTContents.Damage(bytes: place..<next, name: nil, reason: "no record begins here"))
        }
        place = next
        continue
      }
      let folder = folders[found.parent] ?? ""
      switch found.className {
      case "TFile": break
      case "TDirectory", "TDirectoryFile": if found.name != "" { folders[place] = folder + found.name + "/" }
      case "TList" where found.name == "StreamerInfo": break
      default: keys.append((folder + found.name, found))
      }
      place += found.recordLength
    }
    if place < bytes.count, bytes[place...].contains(where: { $0 != 0 }) {
      contents.damage.append(
        ROOTContents.Damage(bytes: place..<bytes.count, name: nil, reason: "the head of a record is cut short"))
    }
    return keys
  }

  private func nextRecord(from start: Int) -> Int {
    var place = start
    while place + 26 <= bytes.count {
      // The version of keys, 4 or 1004, narrows the search before a head is taken apart.
      let version = Int(bytes[place + 4]) << 8 | Int(bytes[place + 5])
      if version == 4 || version == 1004, let found = record(at: place), ROOTObject.isReadable(found.className) {
        return place
      }
      place += 1
    }
    return bytes.count
  }

  /// The record that begins at a place, when its head makes sense.
  private func record(at place: Int) -> Record? {
    var cursor = ROOTCursor(bytes, from: place)
    guard var found = Self.head(&cursor), found.seek == place, cursor.place == place + found.keyLength else {
      return nil
    }
    found.place = place
    return found
  }

  /// Whether a text can be the name of a class; there are more than ROOT's own `T…`, for example `ROOT::RNTuple`.
  private static func isName(_ text: String) -> Bool {
    let isLetter = text.utf8.first.map { $0 == 95 || 65...90 ~= $0 || 97...122 ~= $0 } ?? false
    return isLetter && text.utf8.allSatisfy { 32...126 ~= $0 }
  }

  /// Takes the head of a record apart.
  private static func head(_ cursor: inout ROOTCursor) -> Record? {
    let recordLength = Int(cursor.integer(Int32.self))
    let version = cursor.integer(Int16.self)
    let objectLength = Int(cursor.integer(Int32.self))
    cursor.skip(4)
    let keyLength = Int(cursor.integer(Int16.self))
    let cycle = Int(cursor.integer(Int16.self))
    let isLarge = version > 1000
    let seek = isLarge ? Int(cursor.integer(Int64.self)) : Int(cursor.integer(Int32.self))
    let parent = isLarge ? Int(cursor.integer(Int64.self)) : Int(cursor.integer(Int32.self))
    let className = cursor.text()
    let name = cursor.text()
    let title = cursor.text()
    guard cursor.isWhole, keyLength >= 26, recordLength >= keyLength, objectLength >= 0, seek >= 0,
      recordLength < Int(Int32.max), isName(className)
    else { return nil }
    return Record(
      place: seek, recordLength: recordLength, objectLength: objectLength, keyLength: keyLength, cycle: cycle,
      seek: seek, parent: parent, className: className, name: name, title: title)
  }
}
