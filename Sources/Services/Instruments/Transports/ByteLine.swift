import Errors

/// A connection that carries bytes to and from an instrument.
///
/// It has one owner: whoever sends also receives. Every call returns within its time limit. Faults are
/// `line.disconnected` (exit 69: the other side has closed or the cable is gone) and `line.busy` (exit 75: the bytes could
/// not be handed over within the limit).
public protocol ByteLine: Sendable {
  /// Hands over all bytes.
  ///
  /// - Throws: `line.disconnected`, `line.busy`.
  func send(_ bytes: [UInt8], within limit: Duration) throws(CavernError)

  /// Bytes that have arrived; waits for the first of them.
  ///
  /// - Parameters:
  ///   - count: the most to return.
  ///   - limit: how long to wait for the first byte; zero returns what is there.
  /// - Returns: at least one byte, or none when the time is over.
  /// - Throws: `line.disconnected`.
  func receive(upTo count: Int, within limit: Duration) throws(CavernError) -> [UInt8]

  /// Ends the connection in order; calling it again does nothing.
  func close()
}

extension ByteLine {
  /// Takes what has arrived until nothing comes for `quiet`, at most for `limit`.
  ///
  /// - Returns: the bytes taken.
  /// - Throws: `line.disconnected`.
  public func drain(quiet: Duration, limit: Duration = .seconds(1)) throws(CavernError) -> [UInt8] {
    let end = ContinuousClock.now + limit
    var taken: [UInt8] = []
    while ContinuousClock.now < end {
      let bytes = try receive(upTo: 4096, within: quiet)
      if bytes.isEmpty { break }
      taken += bytes
    }
    return taken
  }
}
