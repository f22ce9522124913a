import Errors
import Files
import Foundation
import Glibc
import JSON

/// One result in `results_collection.csv`.
public struct CollectedResult: Sendable, Equatable {
  /// Dataset, or dataset/group.
  public var results: String
  /// Label of the scan.
  public var label: String
  /// Shutter time as file names write it.
  public var shutter: String
  /// Whether the baseline was taken off before the fit.
  public var isBefore: Bool
  /// The numbers in the order of `ResultsCollection.numberNames`.
  public var numbers: [Double]

  /// A result.
  public init(results: String, label: String, shutter: String, isBefore: Bool, numbers: [Double]) {
    self.results = results
    self.label = label
    self.shutter = shutter
    self.isBefore = isBefore
    self.numbers = numbers
  }

  /// The result of a calibration.
  public init(_ calibration: ScanCalibration, dataset: String) {
    let options = calibration.fits.options
    let target = PixelSummary(calibration.gains.target, errors: calibration.gains.targetError)
    let gain = PixelSummary(calibration.gains.gain, errors: calibration.gains.gainError)
    func pair(_ value: Double?, _ error: Double?) -> [Double] { [value ?? .nan, error ?? .nan] }
    let (asic, good) = (calibration.asic, calibration.asicGood)
    self.init(
      results: options.group == .all ? dataset : "\(dataset)/\(options.group.legacyFolder)",
      label: calibration.scan.label, shutter: calibration.scan.shutter.text, isBefore: options.baseline == .before,
      numbers: [target.mean, target.deviation] + pair(asic?.target, asic?.targetError)
        + pair(good?.target, good?.targetError) + [gain.mean, gain.deviation, gain.meanError]
        + pair(asic?.gain, asic?.gainError) + pair(good?.gain, good?.gainError))
  }

  /// The value of a named number; NaN for a name that does not exist.
  public func number(_ name: String) -> Double {
    ResultsCollection.numberNames.firstIndex(of: name).map { numbers[$0] } ?? .nan
  }

  var key: [String] { [results, label, shutter, isBefore ? "True" : "False"] }
}

/// The file `results_collection.csv`, a row for each result, and its history `results_history.jsonl`.
///
/// Written atomically under a lock, so that runs side by side lose nothing.
public enum ResultsCollection {
  /// Names of the numbers in order.
  public static let numberNames = [
    "targetmean", "utargetmean", "targetASIC", "utargetASIC", "targetASICgood", "utargetASICgood", "Kmean", "Kstd",
    "uKmean", "KASIC", "uKASIC", "KASICgood", "uKASICgood",
  ]
  private static let keyNames = ["Results", "Label", "ST", "Baseline"]

  /// Reads a collection; an empty list when there is no file.
  ///
  /// - Throws: `velo.collection` (exit 65) with the line that is no row of it.
  public static func read(_ path: String) throws(CavernError) -> [CollectedResult] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    var rows: [CollectedResult] = []
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() where !line.allSatisfy({ $0.isWhitespace }) {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      if number == 0, cells.first == "Results" { continue }
      guard cells.count == keyNames.count + numberNames.count, ["True", "False"].contains(cells[3]) else {
        throw CavernError(
          "velo.collection", "line \(number + 1) is no row of a collection", exit: .badData, file: path,
          line: number + 1, expected: (keyNames + numberNames).joined(separator: ","))
      }
      rows.append(
        CollectedResult(
          results: cells[0], label: cells[1], shutter: cells[2], isBefore: cells[3] == "True",
          numbers: cells.dropFirst(4).map { Double($0) ?? .nan }))
    }
    return rows
  }

  /// Puts results in: a row with the same four keys is replaced.
  ///
  /// - Throws: as `read`; `file.cannotCreate` and what writing throws.
  public static func update(_ path: String, with results: [CollectedResult]) throws(CavernError) {
    let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard lock >= 0 else {
      throw CavernError(
        "file.cannotCreate", "the collection cannot be locked: \(String(cString: strerror(errno)))",
        exit: .cannotCreate, file: path)
    }
    // The lock goes with the descriptor.
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0, errno == EINTR {}
    var rows = try read(path)
    for result in results {
      if let place = rows.firstIndex(where: { $0.key == result.key }) {
        rows[place] = result
      } else {
        rows.append(result)
      }
    }
    let head = (keyNames + numberNames).joined(separator: ",") + "\n"
    try AtomicFile.write(path, text: head + rows.map(line).joined())
    let history = AtomicFile.folder(of: path) + "/results_history.jsonl"
    var text = (FileManager.default.contents(atPath: history)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    for result in results { text += json(result).text() + "\n" }
    try AtomicFile.write(history, text: text)
  }

  private static func line(_ row: CollectedResult) -> String {
    (row.key + row.numbers.map { $0.isFinite ? "\($0)" : $0.isNaN ? "nan" : "inf" }).joined(separator: ",") + "\n"
  }

  /// A row as an object.
  public static func json(_ row: CollectedResult) -> JSONValue {
    .object(
      JSONObject(
        zip(keyNames, row.key).map { ($0, JSONValue.string($1)) }
          + zip(numberNames, row.numbers).map { ($0, JSONValue.number($1)) }))
  }
}
