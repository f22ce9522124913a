import Dispatch
import Errors
import Synchronization

/// The digest of an input, taken by a thread of its own while the input is read and worked on.
public final class DigestTask: Sendable {
  private let path: String
  private let outcome = Mutex<Result<Provenance.Input, CavernError>?>(nil)
  private let group = DispatchGroup()

  /// Begins to take the digest of a file.
  public init(_ path: String) {
    self.path = path
    DispatchQueue.global().async(group: group) { [self] in
      let found: Result<Provenance.Input, CavernError>
      do throws(CavernError) {
        found = .success(try Provenance.Input(reading: path))
      } catch {
        found = .failure(error)
      }
      outcome.withLock { $0 = found }
    }
  }

  /// Waits for the digest.
  ///
  /// - Throws: as `SHA256.hexDigest(ofFile:)`.
  public func value() throws(CavernError) -> Provenance.Input {
    group.wait()
    if let found = outcome.withLock({ $0 }) { return try found.get() }
    return try Provenance.Input(reading: path)
  }
}
