import Errors
import Foundation
import Tables

/// What a file is by its content; its name is never relied on.
public struct FileProbe: Sendable {
  /// What was found.
  public enum Content: Sendable {
    /// No bytes.
    case empty
    /// A Parquet file with these columns.
    case parquet([Field])
    /// A file that begins as Parquet, or is called so, and cannot be opened.
    case unreadable(CavernError)
    /// Text, its first lines.
    case text([String])
    /// Something else.
    case other
  }

  /// Path.
  public var path: String
  /// What it is.
  public var content: Content

  /// Looks at a file.
  ///
  /// - Throws: `file.cannotRead` when it cannot be opened at all.
  public init(path: String) throws(CavernError) {
    self.path = path
    let head = try Self.head(path)
    if head.isEmpty {
      content = .empty
    } else if Self.isParquet(head) || path.hasSuffix(".parquet") {
      do { content = .parquet(try ParquetFile(path: path).schema) } catch { content = .unreadable(error) }
    } else if let lines = Self.lines(head) {
      content = .text(lines)
    } else {
      content = .other
    }
  }

  /// Whether a file may be an acquisition: called so, beginning as Parquet, or a text with the header of a tomoscope file.
  ///
  /// What is not is passed over by analyses of folders without being counted as skipped: notes, pictures, exports.
  public static func isCandidate(_ path: String) -> Bool {
    if path.hasSuffix(".parquet") || path.hasSuffix(".dat") { return true }
    guard let head = try? head(path) else { return false }
    return isParquet(head) || lines(head).map(looksLikeTomoscope) ?? false
  }

  /// Whether the first lines are those of the tomography program's input.
  static func looksLikeTomoscope(_ lines: [String]) -> Bool {
    func number(_ line: Int) -> Double? {
      lines.indices.contains(line - 1) ? Double(lines[line - 1].trimmingCharacters(in: .whitespaces)) : nil
    }
    return (number(17) ?? 0) >= 1 && (number(21) ?? 0) >= 1 && (number(23) ?? 0) > 0 && (number(23) ?? 1) < 1
  }

  private static func isParquet(_ head: [UInt8]) -> Bool { head.starts(with: Array("PAR1".utf8)) }

  private static func head(_ path: String) throws(CavernError) -> [UInt8] {
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? handle.close() }
      return Array(try handle.read(upToCount: 1 << 14) ?? Data())
    } catch {
      throw CavernError("file.cannotRead", "the file cannot be opened", exit: .inputOutput, file: path)
    }
  }

  private static func lines(_ head: [UInt8]) -> [String]? {
    guard !head.contains(0) else { return nil }
    return String(decoding: head, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
      String.init)
  }
}
