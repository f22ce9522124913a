import Errors
import Files
import Foundation
import JSON
import Tables

/// Stretches of a build that are whole, in a hidden folder beside the profiles until all are.
public struct ProfileParts: Sendable {
  private let place: String
  private let groups: [String]

  /// The parts of a build into a folder.
  public init(folder: String, groups: [String]) {
    place = "\(folder)/.stretches"
    self.groups = groups
  }

  /// Makes the folder ready: parts of a run with another digest, or when not resuming, are removed.
  ///
  /// - Returns: the stretches that are whole.
  /// - Throws: `file.cannotCreate`.
  public func prepare(digest: String, isResuming: Bool) throws(CavernError) -> Set<Int> {
    let manifest = "\(place)/digest"
    let stored = FileManager.default.contents(atPath: manifest).map { String(decoding: $0, as: UTF8.self) }
    if !isResuming || stored != digest { try? FileManager.default.removeItem(atPath: place) }
    do {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    } catch {
      throw CavernError("file.cannotCreate", "the folder cannot be created", exit: .cannotCreate, file: place)
    }
    try AtomicFile.write(manifest, text: digest, isSynchronised: false)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    return Set(names.filter { $0.hasSuffix(".json") }.compactMap { Int($0.dropLast(5)) })
  }

  /// Stores a stretch: one file with the texts of all groups, then the file that says where each is.
  public func write(_ output: ProfileStretch.Output, at index: Int) throws(CavernError) {
    var bytes: [UInt8] = []
    var places: [JSONValue] = []
    for texts in output.texts {
      for text in texts {
        places.append(.integer(bytes.count))
        bytes += text
      }
    }
    places.append(.integer(bytes.count))
    try AtomicFile.write("\(place)/\(index).rows", bytes, isSynchronised: false)
    let head: JSONValue = ["places": .array(places), "summary": output.summary.stored]
    try AtomicFile.write("\(place)/\(index).json", text: head.text(), isSynchronised: false)
  }

  /// The sums of a stretch.
  ///
  /// - Throws: `profile.damagedPart` when a file of the stretch is not whole.
  public func summary(_ index: Int) throws(CavernError) -> ProfileBuildSummary {
    guard let summary = ProfileBuildSummary(stored: try head(index)["summary"] ?? .null) else { throw damaged(index) }
    return summary
  }

  /// The two texts of a group over all stretches.
  ///
  /// - Throws: as `summary(_:)`.
  public func text(group: Int, stretches: Int) throws(CavernError) -> [[UInt8]] {
    var texts: [[UInt8]] = [[], []]
    for index in 0..<stretches {
      let places = try head(index)["places"]?.arrayValue?.compactMap(\.intValue) ?? []
      guard places.count == 2 * groups.count + 1 else { throw damaged(index) }
      let range = places[2 * group]..<places[2 * group + 2]
      let bytes = try slice(index, range)
      let middle = places[2 * group + 1] - range.lowerBound
      guard bytes.count == range.count, middle >= 0, middle <= bytes.count else { throw damaged(index) }
      texts[0] += bytes[..<middle]
      texts[1] += bytes[middle...]
    }
    return texts
  }

  private func slice(_ index: Int, _ range: Range<Int>) throws(CavernError) -> [UInt8] {
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: "\(place)/\(index).rows"))
      defer { try? file.close() }
      try file.seek(toOffset: UInt64(range.lowerBound))
      return Array(try file.read(upToCount: range.count) ?? Data())
    } catch {
      throw damaged(index)
    }
  }

  private func head(_ index: Int) throws(CavernError) -> JSONValue {
    guard let data = FileManager.default.contents(atPath: "\(place)/\(index).json"),
      let head = try? JSONValue(parsing: Array(data))
    else { throw damaged(index) }
    return head
  }

  private func damaged(_ index: Int) -> CavernError {
    CavernError(
      "profile.damagedPart", "stretch \(index) is not whole", exit: .inputOutput, file: place,
      hint: "run again without --resume")
  }

  /// Removes the parts.
  public func remove() throws(CavernError) { try? FileManager.default.removeItem(atPath: place) }
}
