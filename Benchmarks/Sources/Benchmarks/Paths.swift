import Foundation

/// Where everything is, found from this file's place in the repository.
struct Paths {
  let root: String
  let scratch: String
  let measurer: String

  init() throws {
    let benchmarks = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    root = benchmarks.deletingLastPathComponent().path(percentEncoded: false)
    scratch = benchmarks.appending(path: ".build/scratch").path(percentEncoded: false)
    measurer = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path(percentEncoded: false)
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    guard FileManager.default.isExecutableFile(atPath: python) else {
      throw Failure("there is no \(python); run: Tools/set-up bench")
    }
  }

  var python: String { root + ".venv/bin/python" }
  var program: String { root + ".build/release/cavern" }
  var script: String { root + "Benchmarks/twins/ws_twin.py" }
  var generator: String { root + "Benchmarks/twins/make_ws_file.py" }
  var thresholds: String { root + "Benchmarks/thresholds.json" }

  /// The file that is measured on, made anew.
  func makeFile() throws -> String {
    let file = scratch + "/benchmark.parquet"
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = [generator, file]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure("\(generator) failed") }
    return file
  }
}
