import Errors
import Foundation

/// Joins profiles of pieces of time into one.
///
/// Pieces are taken in order of first time, last time and name; where they overlap the later one stands.
public struct ProfileMerge: Sendable {
  /// A piece with its name.
  public struct Fragment: Sendable {
    /// File name.
    public var name: String
    /// Its steps.
    public var profile: RadiationProfile

    /// A piece.
    public init(name: String, profile: RadiationProfile) {
      self.name = name
      self.profile = profile
    }
  }

  /// A file that is no profile.
  public struct Refusal: Sendable, Equatable {
    /// File name.
    public var name: String
    /// Why.
    public var error: CavernError

    /// A refusal.
    public init(name: String, error: CavernError) {
      self.name = name
      self.error = error
    }
  }

  /// Steps that two pieces have with the same end.
  public struct Agreement: Sendable, Equatable {
    /// Steps that were the same.
    public var equal = 0
    /// Steps that were not.
    public var different = 0
    /// Largest difference by column.
    public var largest: [(column: String, difference: Double)] {
      [
        ("duration_s", duration), ("temperature_K", temperature), ("fluence_rate", fluenceRate),
        ("current_uA", current),
      ]
    }
    var duration = 0.0
    var temperature = 0.0
    var fluenceRate = 0.0
    var current = 0.0

    mutating func compare(_ old: RadiationProfile.Row, _ new: RadiationProfile.Row) {
      if old == new {
        equal += 1
        return
      }
      different += 1
      duration = max(duration, abs(old.duration - new.duration))
      temperature = max(temperature, abs(old.temperature - new.temperature))
      fluenceRate = max(fluenceRate, abs(old.fluenceRate - new.fluenceRate))
      current = max(current, abs(old.current - new.current))
    }
  }

  /// The joined profile.
  public private(set) var profile: RadiationProfile
  /// Names of the pieces in the order in which they were put together.
  public private(set) var order: [String]
  /// Steps that pieces shared.
  public private(set) var agreement = Agreement()

  /// Joins pieces.
  ///
  /// - Throws: `profile.nothingToMerge` when there is none.
  public init(_ fragments: [Fragment]) throws(CavernError) {
    let sorted = fragments.filter { !$0.profile.rows.isEmpty }.sorted { left, right in
      let (a, b) = (left.profile.rows, right.profile.rows)
      if a[0].timestamp != b[0].timestamp { return a[0].timestamp < b[0].timestamp }
      if a[a.count - 1].timestamp != b[b.count - 1].timestamp {
        return a[a.count - 1].timestamp < b[b.count - 1].timestamp
      }
      return left.name < right.name
    }
    guard let first = sorted.first else {
      throw CavernError("profile.nothingToMerge", "there is no profile to merge", exit: .badData)
    }
    order = sorted.map(\.name)
    let isPhysics = sorted.contains { $0.profile.form == .physics }
    profile = RadiationProfile(
      rows: first.profile.rows, heading: first.profile.heading, form: isPhysics ? .physics : .compatible)
    for fragment in sorted.dropFirst() { insert(fragment.profile.rows) }
  }

  /// Puts a piece in the place of what lies between its first and last time.
  private mutating func insert(_ piece: [RadiationProfile.Row]) {
    let from = Self.firstIndex(profile.rows) { $0.timestamp >= piece[0].timestamp }
    let to = Self.firstIndex(profile.rows) { $0.timestamp > piece[piece.count - 1].timestamp }
    var next = 0
    for row in profile.rows[from..<to] {
      while next < piece.count, piece[next].timestamp < row.timestamp { next += 1 }
      if next < piece.count, piece[next].timestamp == row.timestamp { agreement.compare(row, piece[next]) }
    }
    profile.rows.replaceSubrange(from..<to, with: piece)
  }

  /// The first row from which on something holds, by halving; the number of rows when it never does.
  private static func firstIndex(
    _ rows: [RadiationProfile.Row], where holds: (RadiationProfile.Row) -> Bool
  ) -> Int {
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if holds(rows[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Reads the profiles of a folder, or the files named, in order of name.
  ///
  /// Hidden files and the side files that Cavern writes beside profiles are passed over.
  ///
  /// - Throws: `input.missing`, `input.none`.
  public static func read(_ paths: [String]) throws(CavernError) -> (fragments: [Fragment], refused: [Refusal]) {
    var files: [(path: String, name: String)] = []
    for path in paths {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw CavernError("input.missing", "there is no such file or folder", exit: .noInput, file: path)
      }
      guard isFolder.boolValue else {
        files.append((path, path.split(separator: "/").last.map(String.init) ?? path))
        continue
      }
      let names: [String]
      do {
        names = try FileManager.default.contentsOfDirectory(atPath: path)
      } catch {
        throw CavernError("file.notReadable", "the folder cannot be read", exit: .inputOutput, file: path)
      }
      for name in names.sorted() where !isSideFile(name) {
        var isInner: ObjCBool = false
        let inner = "\(path)/\(name)"
        guard FileManager.default.fileExists(atPath: inner, isDirectory: &isInner), !isInner.boolValue else { continue }
        files.append((inner, name))
      }
    }
    guard !files.isEmpty else {
      throw CavernError(
        "input.none", "there is no file to merge", exit: .noInput, file: paths.joined(separator: ", "))
    }
    var fragments: [Fragment] = []
    var refused: [Refusal] = []
    for file in files {
      do throws(CavernError) {
        fragments.append(Fragment(name: file.name, profile: try RadiationProfile(path: file.path)))
      } catch {
        refused.append(Refusal(name: file.name, error: error))
      }
    }
    return (fragments, refused)
  }

  private static func isSideFile(_ name: String) -> Bool {
    name.hasPrefix(".") || name.hasSuffix(".provenance.json") || name.hasSuffix(".sources.tsv")
      || name.hasSuffix(".manifest.json")
  }
}

extension ProfileMerge.Agreement {
  /// Equal when all counts and differences are.
  public static func == (left: ProfileMerge.Agreement, right: ProfileMerge.Agreement) -> Bool {
    left.equal == right.equal && left.different == right.different && left.duration == right.duration
      && left.temperature == right.temperature && left.fluenceRate == right.fluenceRate
      && left.current == right.current
  }
}
