import Errors
import Files
import Foundation
import Glibc
import JSON
import Results

/// The append-only record of everything that was asked of a supply, one JSON object a line, each with the SHA-256 of the line
/// before it.
///
/// A record is on the disk before `append` returns, so that an intent outlives whatever happens next.
public final class AuditLog {
  /// The file.
  public let path: String
  private let descriptor: Int32
  /// SHA-256 of the last line.
  private var previous: String

  /// The digest before the first line.
  public static let start = String(repeating: "0", count: 64)

  /// Opens a log for its one writer; the file is made when it is missing.
  ///
  /// A last line that was cut off by a power cut is taken away.
  ///
  /// - Throws: `hv.audit.broken` (exit 65) when the chain does not hold, `hv.audit.unavailable` (exit 74).
  public init(path: String) throws(CavernError) {
    self.path = path
    descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw Self.unavailable(path, errno) }
    previous = Self.start
    do throws(CavernError) {
      let check = try AuditCheck(path: path)
      if let fault = check.fault { throw fault }
      if check.wholeBytes < check.totalBytes { ftruncate(descriptor, off_t(check.wholeBytes)) }
      previous = check.lastDigest
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Adds a record; on the disk when the call returns.
  ///
  /// - Throws: `hv.audit.unavailable` (exit 74).
  public func append(_ record: JSONObject) throws(CavernError) {
    var record = record
    record["prev"] = .string(previous)
    let line = JSONValue.object(record).text()
    let bytes = Array((line + "\n").utf8)
    let end = lseek(descriptor, 0, SEEK_END)
    var done = 0
    while done < bytes.count {
      // From `done`, at most to the end of the array.
      let wrote = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if wrote < 0, errno == EINTR { continue }
      guard wrote > 0 else {
        let code = errno
        // No half line stays behind.
        ftruncate(descriptor, end)
        throw Self.unavailable(path, code)
      }
      done += wrote
    }
    guard fdatasync(descriptor) == 0 else { throw Self.unavailable(path, errno) }
    previous = SHA256.hexDigest(of: Array(line.utf8))
  }

  private static func unavailable(_ path: String, _ code: Int32) -> CavernError {
    CavernError(
      "hv.audit.unavailable", "the audit cannot be written: \(String(cString: strerror(code)))", exit: .inputOutput,
      file: path)
  }
}
