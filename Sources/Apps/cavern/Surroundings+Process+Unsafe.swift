import Arguments
import Glibc

extension Surroundings {
  /// The surroundings of this process.
  static func ofProcess() -> Surroundings {
    let isOutputTerminal = isatty(STDOUT_FILENO) == 1
    let isErrorTerminal = isatty(STDERR_FILENO) == 1
    let variables = environment()
    var width = variables["COLUMNS"].flatMap { Int($0) } ?? 0
    if width <= 0, isOutputTerminal || isErrorTerminal {
      var size = winsize()
      let isKnown = ioctl(isOutputTerminal ? STDOUT_FILENO : STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0
      width = isKnown ? Int(size.ws_col) : 0
    }
    return Surroundings(
      variables: variables, folder: currentFolder(), isOutputTerminal: isOutputTerminal,
      isErrorTerminal: isErrorTerminal, width: width > 0 ? width : 80)
  }

  private static func environment() -> [String: String] {
    var variables: [String: String] = [:]
    // `environ` is a list of C strings that ends with a null pointer; it is read before any thread could change it.
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if let sign = line.firstIndex(of: "=") {
        variables[String(line[..<sign])] = String(line[line.index(after: sign)...])
      }
      entry += 1
    }
    return variables
  }

  private static func currentFolder() -> String {
    guard let path = getcwd(nil, 0) else { return "." }
    // `getcwd` with a null buffer allocates a C string of the right size that is ours to free.
    defer { free(path) }
    return String(cString: path)
  }
}
