import BeamInstrumentation
import Errors
import Foundation
import JSON
import Results

/// Results of `cavern beam ws fit -o` and `cavern beam ws batch` on disk.
enum WireScanStored {
  /// The session in a result folder or its `result.json`.
  ///
  /// - Throws: `input.missing` (66), `ws.notASession` (65).
  static func session(_ path: String) throws(CavernError) -> WireScanSession {
    let file = isFolder(path) ? "\(path)/result.json" : path
    let document = try json(file)
    guard document["schema"]?.stringValue == "cavern.beam.ws.batch/1", let result = document["result"] else {
      throw CavernError(
        "ws.notASession", "this is not the result of 'cavern beam ws batch'", exit: .badData, file: file,
        expected: "\"schema\": \"cavern.beam.ws.batch/1\"")
    }
    do throws(CavernError) {
      return try WireScanSession(json: result)
    } catch {
      throw error.inFile(file)
    }
  }

  /// Whether a path is a folder.
  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// What a stored result was made of.
  struct Origin {
    /// The options of the analysis.
    var options: WireScanOptions
    /// The files, as they were named.
    var inputs: [Provenance.Input]
  }

  /// Reads the provenance of a result folder.
  ///
  /// - Throws: `input.missing` (66), `results.badProvenance` (65).
  static func origin(_ folder: String) throws(CavernError) -> Origin {
    let file = "\(folder)/provenance.json"
    let document = try json(file)
    guard document["schema"]?.stringValue == "cavern.provenance/1",
      let options = document["settings"]?["options"], let list = document["inputs"]?.arrayValue
    else {
      throw CavernError(
        "results.badProvenance", "the folder has no provenance of a wire-scan analysis", exit: .badData, file: file,
        expected: "a result folder of 'cavern beam ws fit -o' or 'cavern beam ws batch'")
    }
    let inputs = list.compactMap { entry -> Provenance.Input? in
      guard let path = entry["path"]?.stringValue, let digest = entry["sha256"]?.stringValue else { return nil }
      return Provenance.Input(path: path, sha256: digest)
    }
    do throws(CavernError) {
      return Origin(options: try WireScanOptions(json: options), inputs: inputs)
    } catch {
      throw error.inFile(file)
    }
  }

  private static func json(_ file: String) throws(CavernError) -> JSONValue {
    let bytes = try TextFile.bytes(file)
    do {
      return try JSONValue(parsing: bytes)
    } catch {
      throw CavernError(
        "input.badJSON", "not JSON: \(error.message)", exit: .badData, file: file, line: error.line,
        column: error.column)
    }
  }

  /// Writes the result folder of one file.
  static func write(
    _ analysis: WireScanAnalysis, options: WireScanOptions, to path: String, force: Bool, commandLine: [String]
  ) throws(CavernError) {
    let provenance = Provenance(
      version: Version.text, commandLine: commandLine,
      settings: ["version": .string(Version.text), "options": options.json],
      inputs: [try Provenance.Input(reading: analysis.path)])
    let figures = analysis.scans.compactMap { WireScanFigures.scan(analysis, $0) }
    let table = try WireScanAnalysis.profileTable([analysis])
    try ResultFolder.write(to: path, force: force) { (folder) throws(CavernError) in
      try folder.addResult(schema: "cavern.beam.ws.fit/1", analysis.json)
      try folder.add("profiles.parquet") { (place) throws(CavernError) in try table.writeParquet(to: place) }
      try folder.addFigures(figures)
      try folder.addReport(WireScanReports.file(analysis, provenance: provenance))
      try folder.addProvenance(provenance)
    }
  }
}
