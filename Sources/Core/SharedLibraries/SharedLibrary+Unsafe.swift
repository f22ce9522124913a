import Errors
import LateLibraries

/// A shared library that is loaded on first use, since few commands need it.
public typealias SharedLibrary = LateLibrary

extension LateLibrary {
  /// Loads it, so that its functions can be called.
  ///
  /// Only the first call costs anything. A call of one of its functions without this one before it works as well, but ends the program
  /// when there is no library.
  ///
  /// - Throws: `library.missing` (exit 69).
  public func load() throws(CavernError) {
    guard let fault = late_library_fault(self) else { return }
    // Both texts end with a zero and stay as they are.
    throw CavernError(
      "library.missing", "a library cannot be loaded: \(String(cString: fault))", exit: .unavailable,
      hint: "install the package with \(String(cString: late_library_file(self)))")
  }
}
