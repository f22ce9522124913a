import Errors
import Synchronization

/// Gnuplots that stay ready between drawings: for programs that draw file after file.
///
/// Starting gnuplot takes some 20 ms of processor time, as long as drawing a plain figure; a pool does it once a thread. Pictures do
/// not depend on it. The processes end with the pool, and with the program in any case, because their input ends then.
///
///     let renderer = GnuplotRenderer(processes: 1, pool: GnuplotPool())
///     for figure in figures { try AtomicFile.write("\(figure.name).svg", try renderer.render(figure, as: .svg)) }
public final class GnuplotPool: Sendable {
  /// How many drawings a process does before a new one takes its place, so that its memory stays bounded.
  static let drawingsPerProcess = 64

  private let idle = Mutex<[GnuplotWorker]>([])

  /// An empty pool; nothing is started until something is drawn.
  public init() {}

  deinit {
    for worker in idle.withLock({ $0 }) { worker.end() }
  }

  /// A process that is ready; a new one when all are at work or have ended.
  func take(_ program: String) throws -> GnuplotWorker {
    let ready = idle.withLock { workers -> GnuplotWorker? in
      workers.removeAll { !$0.isRunning }
      return workers.lastIndex { $0.program == program }.map { workers.remove(at: $0) }
    }
    return try ready ?? GnuplotWorker(program)
  }

  /// Takes a process back after a drawing that went well.
  func give(_ worker: GnuplotWorker) {
    guard worker.drawings < Self.drawingsPerProcess else { return worker.end() }
    idle.withLock { $0.append(worker) }
  }
}
