import Errors
import Foundation
import SharedLibraries
import TestSupport
import Testing

@Suite("shared libraries")
struct SharedLibraryTests {
  @Test("every library is there under the name that the program looks for", arguments: SharedLibrary.allCases)
  func loads(_ library: SharedLibrary) throws { try library.load() }
}
