import Errors
import Foundation
import JSON
import Synchronization

/// A Unix socket on which tests steer a simulator with JSON lines.
public final class CAENSimulatorControl: Sendable {
  private let listener: Socket
  private let simulator: CAENSimulator
  private let isStopped = Atomic(false)

  /// Starts listening.
  ///
  /// - Throws: `line.cannotListen` (exit 69).
  public init(_ simulator: CAENSimulator, path: String) throws(CavernError) {
    self.simulator = simulator
    listener = try Socket.listen(path: path, mode: 0o600)
    let thread = Thread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        guard let client = listener.accept(within: .milliseconds(200)) else { continue }
        serve(client)
      }
    }
    thread.start()
  }

  /// Stops listening.
  public func stop() { isStopped.store(true, ordering: .relaxed) }

  private func serve(_ client: Socket) {
    var reader = RequestLines()
    while !isStopped.load(ordering: .relaxed) {
      guard let bytes = try? client.receive(upTo: 4096, within: .milliseconds(200)) else { return }
      for line in reader.add(bytes) {
        guard (try? client.send(Array((simulator.control(line).text() + "\n").utf8), within: .seconds(1))) != nil else {
          return
        }
      }
    }
  }
}
