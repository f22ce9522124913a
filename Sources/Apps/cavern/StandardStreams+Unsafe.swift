import Errors
import Glibc
import Synchronization

/// The three standard streams, written with plain system calls.
enum StandardStreams {
  /// The code of errors about writing to standard output.
  static let writeFault = "output.writeFailed"

  /// Whether the reader of standard output has gone (`cavern ... | head`): later output is dropped without a word.
  private static let isReaderGone = Atomic(false)

  /// Makes the streams safe: a closed reader is an answer and not a signal, and a stream that was closed by the caller
  /// cannot be taken over by the next file that is opened.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
      // Standard output is opened for reading only, so that writing to it still fails.
      _ = open("/dev/null", descriptor == 2 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes bytes to standard output.
  ///
  /// - Throws: `output.writeFailed` (exit 74) for a full disk, a closed stream and the like. A reader that has gone is
  ///   not an error.
  static func write(_ bytes: [UInt8]) throws(CavernError) {
    guard !isReaderGone.load(ordering: .relaxed) else { return }
    let code = writeAll(bytes, to: STDOUT_FILENO)
    if code == EPIPE {
      isReaderGone.store(true, ordering: .relaxed)
    } else if code != 0 {
      throw CavernError(
        writeFault, "cannot write to standard output: \(describe(code))", exit: .inputOutput)
    }
  }

  /// Writes bytes to standard error as far as that works.
  static func writeError(_ bytes: [UInt8]) { _ = writeAll(bytes, to: STDERR_FILENO) }

  /// Ends the process.
  ///
  /// At once: nothing here is buffered, and tidying up after the libraries (Arrow's above all) would take milliseconds.
  static func exit(_ status: ExitStatus) -> Never { Glibc._exit(status.rawValue) }

  /// The system's words for an error number.
  static func describe(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }

  /// Writes all bytes to a descriptor; the error number, or 0.
  static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var start = 0
    while start < bytes.count {
      let written = bytes[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        start += written
      } else if written < 0, errno != EINTR {
        return errno
      }
    }
    return 0
  }
}
