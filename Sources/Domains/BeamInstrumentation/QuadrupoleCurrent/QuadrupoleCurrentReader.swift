import Errors
import Tables

extension QuadrupoleCurrentRecord {
  /// Reads one acquisition of a file of quadrupole currents.
  ///
  /// The samples are text (decimal numbers parted by commas, blanks or line ends, a comma at the end allowed) or a list of numbers.
  ///
  /// - Parameters:
  ///   - path: the Parquet file.
  ///   - acquisition: its row, from 0.
  ///   - samplingRate: samples a second; `nil` takes it from the file's name, else 10 kHz.
  /// - Throws: what opening and reading Parquet throws; `dcct.noAcquisitions`, `dcct.noAcquisition`, `dcct.missingField`,
  ///   `dcct.noSamples`, `dcct.badNumber` with the byte in the text, `dcct.notFinite`.
  public init(path: String, acquisition: Int = 0, samplingRate: Double? = nil) throws(CavernError) {
    let file = try ParquetFile(path: path)
    func fault(
      _ code: String, _ message: String, exit: ExitStatus = .badData, expected: String? = nil, nearest: [String] = []
    ) -> CavernError {
      CavernError("dcct.\(code)", message, exit: exit, file: path, expected: expected, nearest: nearest)
    }
    guard file.rowCount > 0 else { throw fault("noAcquisitions", "no acquisitions: the file has no rows") }
    guard acquisition >= 0, acquisition < file.rowCount else {
      throw fault(
        "noAcquisition", "there is no acquisition \(acquisition)", exit: .usage, expected: "0 to \(file.rowCount - 1)")
    }
    let names = file.schema.map(\.name)
    guard let field = ["signals", "samples"].lazy.compactMap({ name in file.schema.first { $0.name == name } }).first
    else {
      throw fault(
        "missingField", "field 'signals' is missing", expected: "a column 'signals' with a member 'samples'",
        nearest: nearestNames(to: "signals", in: names))
    }
    let stamp = names.contains("timestamp_seconds") ? "timestamp_seconds" : nil
    let table = try file.read([[field.name]] + (stamp.map { [[$0]] } ?? []))
    guard let column = table[field.name] else { throw fault("missingField", "field '\(field.name)' is missing") }
    let (samples, signalName) = try Self.samples(column, acquisition, fault)
    guard !samples.isEmpty else {
      throw fault("noSamples", "no samples: the record is empty", expected: "numbers parted by commas")
    }
    if let place = samples.firstIndex(where: { !$0.isFinite }) {
      throw fault("notFinite", "sample \(place) is missing or not a finite number", expected: "a current in ampere")
    }
    let name = FileName(path)
    var warnings: [CavernWarning] = []
    if name.family == nil {
      warnings.append(
        CavernWarning(
          "dcct.noFamily", "the file's name tells neither QF nor QD: no conversion to strength", file: path))
    }
    if file.rowCount > 1 {
      warnings.append(
        CavernWarning(
          "dcct.moreAcquisitions", "the file holds \(file.rowCount) acquisitions; this is number \(acquisition)",
          file: path))
    }
    // Beyond 2³³ s a count cannot be seconds since 1970 and is not taken for one.
    let seconds = stamp.flatMap { table[$0]?.double(at: acquisition) }.flatMap { $0 > 0 && $0 < 0x1p33 ? $0 : nil }
    let whole = seconds.map { Int($0.rounded(.down)) }
    let time = seconds.flatMap { seconds in
      whole.map { AcquisitionTime(nanoseconds: $0 * 1_000_000_000 + Int((seconds - Double($0)) * 1e9)) }
    }
    self.init(
      path: path, acquisition: acquisition, device: name.device, title: name.title, family: name.family,
      signalName: signalName, time: time, samplingRate: samplingRate ?? name.samplingRate ?? 10_000, samples: samples,
      warnings: warnings)
  }

  /// The samples of one row in any of the forms in use: records with a text or a list, bare texts, bare lists.
  private static func samples(
    _ column: Column, _ row: Int,
    _ fault: (String, String, ExitStatus, String?, [String]) -> CavernError
  ) throws(CavernError) -> (samples: [Double], name: String?) {
    var holder = column
    var place = row
    if case .list(let element) = column.type, !element.type.isNumeric {
      guard let elements = column.elements(at: row), elements.count > 0 else {
        throw fault("noSamples", "no samples: the list '\(column.name)' is empty", .badData, nil, [])
      }
      holder = elements
      place = 0
    }
    var name: String?
    if case .record = holder.type {
      name = holder.member("name")?.string(at: place)
      guard let member = holder.member("samples") else {
        throw fault(
          "missingField", "field 'samples' is missing in '\(column.name)'", .badData, nil,
          nearestNames(to: "samples", in: holder.memberNames))
      }
      holder = member
    }
    if holder.type.isText {
      guard let text = holder.string(at: place) else {
        throw fault("noSamples", "no samples: the text is missing", .badData, nil, [])
      }
      do {
        return (try NumberText.doubles(Array(text.utf8)), name)
      } catch {
        var wrong = fault("badNumber", "in the samples, \(error.message)", .badData, error.expected, [])
        wrong.offset = error.offset
        throw wrong
      }
    }
    guard let list = holder.doubles(at: place) else {
      throw fault(
        "noSamples", "no samples: '\(column.name)' holds \(holder.type)", .badData, "text or a list of numbers", [])
    }
    return (list, name)
  }
}

/// What a file's name says: `SPSMAINPS.QF_DCCT_10kHz_1730121600.parquet`.
struct FileName {
  let device: String
  let title: String
  let family: QuadrupoleCurrentRecord.Family?
  let samplingRate: Double?

  init(_ path: String) {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    let parts = last.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
    device = parts.first ?? last
    let upper = device.uppercased()
    family = QuadrupoleCurrentRecord.Family.allCases.first { upper.contains($0.rawValue) }
    let rate = parts.count > 2 ? parts[2] : ""
    let digits = rate.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = rate.dropFirst(digits.count).lowercased()
    let scale: Double? = unit == "khz" ? 1000 : unit == "hz" ? 1 : nil
    samplingRate = scale.flatMap { scale in Double(digits).flatMap { $0 > 0 ? $0 * scale : nil } }
    let word = family?.rawValue ?? device
    title = parts.count > 3 ? "\(word) \(parts[1]), \(digits) \(rate.dropFirst(digits.count))" : word
  }
}
