import Foundation
import JSON

// cavern-benchmarks: Cavern and its Python twins side by side.
//
//   --repeats N    pairs of measurements of each comparison (default 5)
//   --only WORD    only comparisons whose name contains the word
//   --json FILE    also write everything that was measured
//   --file FILE    measure on this acquisition instead of the generated one
//
// Ends with 1 when a bar is missed, 64 for wrong words, 69 when something needed is not there.

func stop(_ message: String, _ status: Int32) -> Never {
  FileHandle.standardError.write(Data("cavern-benchmarks: \(message)\n".utf8))
  exit(status)
}

let words = Array(CommandLine.arguments.dropFirst())
if words.first == "measure" { exit(Measuring.run(Array(words.dropFirst()))) }

var repeats = 5
var only = ""
var jsonPath: String?
var givenFile: String?
var position = 0
while position < words.count {
  guard position + 1 < words.count else { stop("'\(words[position])' needs a value", 64) }
  let value = words[position + 1]
  switch words[position] {
  case "--repeats":
    guard let number = Int(value), number > 0 else { stop("'\(value)' is not a number of repeats", 64) }
    repeats = number
  case "--only": only = value
  case "--json": jsonPath = value
  case "--file": givenFile = value
  default: stop("unknown option '\(words[position])'; there are --repeats, --only, --json and --file", 64)
  }
  position += 2
}

do {
  let paths = try Paths()
  let thresholds = Thresholds(try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: paths.thresholds)))))
  let file = try givenFile ?? paths.makeFile()
  var comparisons: [Comparison] = []
  let fits = ["gaussian", "q-gaussian", "q-gaussian-bounded", "q-gaussian-earlier", "parquet"]
  if fits.contains(where: { only.isEmpty || $0.contains(only) }) {
    let twin = try Twin(python: paths.python, script: paths.script, file: file)
    let suite = try FitComparisons(twin: twin, repeats: repeats)
    comparisons += suite.all()
    comparisons.append(try ParquetComparison(twin: twin, file: file, repeats: repeats).measured())
  }
  comparisons += ProgramComparisons(paths: paths, file: file, repeats: repeats).all { name in
    only.isEmpty || name.contains(only)
  }
  comparisons += HaloComparisons(paths: paths, repeats: repeats).all { name in only.isEmpty || name.contains(only) }
  if only.isEmpty || "folder".contains(only) {
    comparisons.append(FolderComparison(paths: paths, repeats: repeats).measured())
  }
  comparisons += RadiationComparisons(paths: paths, repeats: repeats).all { name in
    only.isEmpty || name.contains(only)
  }
  if only.isEmpty || "pixel-temperatures".contains(only) {
    comparisons.append(PixelComparison(paths: paths, repeats: repeats).measured())
  }
  comparisons += VeloComparisons(paths: paths, repeats: repeats).all { name in
    only.isEmpty || name.contains(only)
  }
  comparisons += SeriesComparison(paths: paths, repeats: repeats).all { only.isEmpty || $0.contains(only) }
  comparisons += ScopeComparisons(paths: paths, repeats: repeats).all { name in only.isEmpty || name.contains(only) }
  let report = Report(
    comparisons: comparisons.filter { only.isEmpty || $0.name.contains(only) }, thresholds: thresholds)
  print(report.table)
  if let jsonPath {
    let machine = JSONObject([
      ("cores", .integer(ProcessInfo.processInfo.activeProcessorCount)), ("repeats", .integer(repeats)),
    ])
    let text = report.json(about: machine).text(.pretty) + "\n"
    try Data(text.utf8).write(to: URL(filePath: jsonPath), options: .atomic)
  }
  exit(report.isPassed ? 0 : 1)
} catch {
  stop("\(error)", 69)
}
