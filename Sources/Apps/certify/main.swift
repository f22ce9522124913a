import Foundation
import JSON

// Writes the table of certified fits to standard output; ends with 1 when a run is below the bar.
// The argument is the file of datasets, by default the one of the tests, seen from the root of the repository.
let path = CommandLine.arguments.dropFirst().first ?? "Tests/Resources/nist-strd/nonlinear.json"
do {
  let runs = try Certification.run(JSONValue(parsing: Array(Data(contentsOf: URL(filePath: path)))))
  FileHandle.standardOutput.write(Data(Certification.page(runs).utf8))
  exit(!runs.isEmpty && runs.allSatisfy(\.passes) ? 0 : 1)
} catch {
  FileHandle.standardError.write(Data("certify: \(path): \(error)\n".utf8))
  exit(66)
}
