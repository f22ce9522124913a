import Arguments
import BeamHalo
import Conditions
import Errors
import Files
import Foundation
import JSON
import Tables

/// Run information and luminosity for an analysis, from saved answers; what is not there never stops it.
struct HaloConditions {
  /// What is known about runs.
  var runs: [RunRecord] = []
  /// Lumisections in order.
  var sections: [Lumisection] = []
  /// Why something was left out.
  var warnings: [CavernWarning] = []
  /// The files that were used.
  var files: [String] = []

  /// The answers that the options name, or that lie beside the data, for runs of the capture.
  ///
  /// Files that are named and cannot be used are faults; those found beside the data are only remarked upon.
  init(_ arguments: ParsedArguments, capture: HaloCapture, path: String? = nil) throws(CavernError) {
    let numbers = Set(capture.sides.flatMap { $0.firstOrbits().keys }).map(Int.init).sorted()
    guard let first = numbers.first, let last = numbers.last else { return }
    var oms = try arguments.strings("oms")
    var listings = try arguments.strings("brilcalc")
    if let folder = try arguments.optionalString("cache") {
      let cache = HaloRunCache(folder: folder)
      for run in numbers {
        guard let entry = cache.entry(run, warnings: &warnings) else { continue }
        if let record = entry.record { runs.append(record) }
        sections += entry.sections
      }
    }
    if oms.isEmpty, listings.isEmpty, runs.isEmpty, sections.isEmpty, !arguments.flag("offline") {
      var place = path
      if place == nil { place = try arguments.string("capture") }
      (oms, listings) = Self.beside(place ?? ".")
      if !oms.isEmpty || !listings.isEmpty {
        warnings.append(
          CavernWarning(
            "halo.savedAnswers",
            "run information beside the data is used: \((oms + listings).joined(separator: ", "))"))
      }
    }
    for path in oms { try readRecords(path) }
    try readListings(listings)
    let wanted = first...last
    runs = runs.filter { wanted.contains($0.run) }
    sections = sections.filter { wanted.contains($0.run) }.sorted { $0.startMilliseconds < $1.startMilliseconds }
    if sections.isEmpty, !listings.isEmpty {
      warnings.append(
        CavernWarning("halo.noLuminosity", "the listings hold no lumisection of runs \(first) to \(last)"))
    }
    for record in runs where record.endMilliseconds == nil {
      warnings.append(CavernWarning("halo.runGoesOn", "run \(record.run) has no end; it may still go on"))
    }
  }

  /// Reads one answer of OMS; a damaged one is remarked upon and left out.
  private mutating func readRecords(_ path: String) throws(CavernError) {
    do throws(CavernError) {
      runs += try Self.records(path)
      files.append(path)
    } catch {
      // A file that is not there is a slip of the command line; a damaged one must not stop the analysis.
      if error.exit == .noInput { throw error.inFile(path) }
      warnings.append(CavernWarning(error.inFile(path)))
    }
  }

  private mutating func readListings(_ paths: [String]) throws(CavernError) {
    var listings: [(path: String, listing: BrilcalcListing)] = []
    for path in paths {
      let bytes = try FileBytes.read(path)
      do throws(CavernError) {
        listings.append(
          (path, try BrilcalcListing(parsing: String(decoding: bytes, as: UTF8.self), requiresSummary: false)))
        files.append(path)
      } catch {
        warnings.append(CavernWarning(error.inFile(path)))
      }
    }
    guard !listings.isEmpty else { return }
    for (path, listing) in listings where listing.summary == nil {
      warnings.append(
        CavernWarning("brilcalc.noSummary", "the summary is missing; the listing may have been cut", file: path))
    }
    for (path, listing) in listings {
      for remark in listing.remarks {
        warnings.append(
          CavernWarning("brilcalc.remark", "brilcalc says: \(remark.text)", file: path, line: remark.line))
      }
    }
    // One with norm tag is trusted; when the tags do not tell them apart, the first one.
    let tagged = listings.filter { $0.listing.hasNormTag }
    let isTold = tagged.count == 1 && listings.count > 1
    var trusted: [BrilcalcListing.Row] = []
    var online: [BrilcalcListing.Row] = []
    for (index, entry) in listings.enumerated() {
      if isTold ? entry.listing.hasNormTag : index == 0 {
        trusted += entry.listing.rows
      } else {
        online += entry.listing.rows
      }
    }
    sections += Lumisection.merging(trusted: trusted, online: online)
  }

  private static func records(_ path: String) throws(CavernError) -> [RunRecord] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return try RunRecord.parse(try FileBytes.read(path))
    }
    var records: [RunRecord] = []
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    where name.hasSuffix(".json") || name.hasSuffix(".csv") {
      records += try RunRecord.parse(try FileBytes.read("\(path)/\(name)"))
    }
    return records
  }

  /// `oms/` and `brilcalc*.csv` in the folder of the data or beside it.
  private static func beside(_ capture: String) -> (oms: [String], brilcalc: [String]) {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: capture, isDirectory: &isFolder), isFolder.boolValue else { return ([], []) }
    let trimmed = capture.hasSuffix("/") && capture.count > 1 ? String(capture.dropLast()) : capture
    for folder in [trimmed, trimmed + "/.."] {
      let names = (try? files.contentsOfDirectory(atPath: folder))?.sorted() ?? []
      let listings = names.filter { $0.hasPrefix("brilcalc") && $0.hasSuffix(".csv") }.map { "\(folder)/\($0)" }
      var oms: [String] = []
      if names.contains("oms") {
        let inside = (try? files.contentsOfDirectory(atPath: folder + "/oms"))?.sorted() ?? []
        let whole = inside.filter { $0 == "runs.json" }
        let some = inside.filter { $0.hasPrefix("run") && ($0.hasSuffix(".csv") || $0.hasSuffix(".json")) }
        oms = (whole.isEmpty ? some : whole).map { "\(folder)/oms/\($0)" }
      }
      if !oms.isEmpty || !listings.isEmpty { return (oms, listings) }
    }
    return ([], [])
  }
}
