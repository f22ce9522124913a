import Errors
import LateLibraries

/// A shared library of the system that is loaded on first use, since few commands need it.
public enum SharedLibrary: CaseIterable, Sendable {
  case archive, curl, microHTTP, mosquitto, odbc, tirpc

  /// Loads it, so that its functions can be called.
  ///
  /// Only the first call costs anything. A call of one of its functions without this one before it works as well, but ends the program
  /// when there is no library.
  ///
  /// - Throws: `library.missing` (exit 69).
  public func load() throws(CavernError) {
    guard let fault = late_library_fault(name) else { return }
    // Both texts end with a zero and stay as they are.
    throw CavernError(
      "library.missing", "a library cannot be loaded: \(String(cString: fault))", exit: .unavailable,
      hint: "install the package with \(String(cString: late_library_file(name)))")
  }

  private var name: LateLibrary {
    switch self {
    case .archive: .archive
    case .curl: .curl
    case .microHTTP: .microHTTP
    case .mosquitto: .mosquitto
    case .odbc: .ODBC
    case .tirpc: .TIRPC
    }
  }
}
