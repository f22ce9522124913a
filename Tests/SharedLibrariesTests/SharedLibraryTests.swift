import SharedLibraries
import Testing

@Suite("Shared libraries")
struct SharedLibraryTests {
  @Test("every library of the system is there under the name that the program looks for")
  func load() throws {
    let libraries: [SharedLibrary] = [.archive, .curl, .microHTTP, .mosquitto, .odbc, .tirpc]
    for library in libraries { try library.load() }
  }
}
