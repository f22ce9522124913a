import Errors
import Tables

/// Takes wire-scanner records out of the columns of an acquisition file.
struct WireScanReader {
  let file: ParquetFile
  let request: WireScanFile.Request

  /// What reading one column gave.
  struct Outcome {
    var scanners: [WireScanFile.Scanner] = []
    var faults: [CavernError] = []
    var warnings: [CavernWarning] = []
  }

  /// Gamma along the cycle per acquisition.
  func gammas(warnings: inout [CavernWarning]) -> [GammaFunction?] {
    let none = [GammaFunction?](repeating: nil, count: file.rowCount)
    guard let field = file.schema.first(where: { $0.name.hasSuffix("BEAM/GAMMA") }) else { return none }
    let function: ColumnPath = [field.name, "value", "JAPC_FUNCTION"]
    do {
      let column = try file.column(function)
      guard let points = column.member(["value", "JAPC_FUNCTION"]), let times = points.member("X"),
        let values = points.member("Y")
      else { return none }
      return (0..<file.rowCount).map { row in
        guard let x = times.doubles(at: row), let y = values.doubles(at: row) else { return nil }
        return GammaFunction(times: x, gammas: y)
      }
    } catch {
      warnings.append(CavernWarning("ws.gammaUnreadable", error.message, file: file.path))
      return none
    }
  }

  /// The scanners of one column, one per acquisition that published.
  func scanners(of field: Field) -> Outcome {
    var outcome = Outcome()
    let address = DeviceAddress(field.name)
    let named = address.wireScanner
    if let plane = named?.plane, !request.planes.contains(plane) { return outcome }
    let members = field.children.first { $0.name == "value" }?.children.map(\.name) ?? []
    let planeWord = named.map { "plane \($0.plane.rawValue)" } ?? "device"
    // A value that is null in all acquisitions may have been saved without its fields.
    if members.isEmpty, let column = try? file.column([field.name]), let value = column.member("value"),
      (0..<file.rowCount).allSatisfy(value.isNull)
    {
      outcome.warnings = (0..<file.rowCount).map { notPublished(column, $0, "\(address.device): \(planeWord)") }
      return outcome
    }
    func fault(_ code: String, _ message: String, nearest: [String] = []) {
      outcome.faults.append(
        CavernError(
          code, "\(address.device): \(message); \(planeWord) skipped", exit: .badData, file: file.path,
          nearest: nearest))
    }

    var dataNames: [ScanDirection: String] = [:]
    let wanted = ScanDirection.allCases.filter(request.scans.contains)
    func isRecorded(_ scan: ScanDirection) -> Bool {
      members.contains { $0 == "projPositionSet\(scan.set)" || $0 == "projDataSet\(scan.set)" }
        || members.contains("projBunchDataSet\(scan.set)")
    }
    for scan in wanted {
      let position = "projPositionSet\(scan.set)"
      let data = ["projDataSet\(scan.set)", "projBunchDataSet\(scan.set)"]
      // A record of one direction only is whole in itself.
      if !isRecorded(scan), wanted.contains(where: isRecorded) {
        outcome.faults.append(
          CavernError(
            "ws.missingScan",
            "\(address.device): fields '\(position)' and '\(data[0])' are missing; "
              + "\(planeWord), scan \(scan.rawValue) skipped", exit: .badData, file: file.path))
        continue
      }
      guard members.contains(position) else {
        fault("ws.missingField", "field '\(position)' is missing", nearest: nearestNames(to: position, in: members))
        return outcome
      }
      guard let name = data.first(where: members.contains) else {
        fault("ws.missingField", "field '\(data[0])' is missing", nearest: nearestNames(to: data[0], in: members))
        return outcome
      }
      dataNames[scan] = name
    }

    let column: Column
    do {
      var paths: [ColumnPath] = Self.smallFields.filter(members.contains).map { [field.name, "value", $0] }
      for (scan, name) in dataNames.sorted(by: { $0.key < $1.key }) {
        paths.append([field.name, "value", "projPositionSet\(scan.set)"])
        paths.append([field.name, "value", name])
      }
      for other in ["header", "exception"] where field.children.contains(where: { $0.name == other }) {
        paths.append([field.name, other])
      }
      guard let read = try file.read(paths)[field.name] else { return outcome }
      column = read
    } catch {
      var damaged = error.inFile(file.path)
      damaged.message = "\(address.device): \(error.message); \(planeWord) skipped"
      outcome.faults.append(damaged)
      return outcome
    }

    let value = column.member("value") ?? column
    for row in 0..<file.rowCount {
      if value.isNull(at: row) {
        outcome.warnings.append(notPublished(column, row, "\(address.device): \(planeWord)"))
        continue
      }
      guard let plane = named?.plane ?? Self.plane(value.member("planeSet1"), row) else {
        fault("ws.noPlane", "neither the name nor 'planeSet1' gives the plane")
        continue
      }
      guard request.planes.contains(plane) else { continue }
      let record = Record(value: value, row: row, address: address, plane: plane)
      var scanner = WireScanFile.Scanner(
        device: address.device, plane: plane, acquisition: row,
        acquisitionTimeText: value.member("acqTime")?.string(at: row), time: nil,
        cycleStamp: column.member(["header", "cycleStamp"])?.int(at: row).flatMap { $0 > 0 ? $0 : nil },
        selector: column.member(["header", "selector"])?.string(at: row),
        photomultiplierName: value.member(["pmtSelection", "JAPC_ENUM", "string"])?.string(at: row), scans: [])
      time(of: &scanner, &outcome.warnings)
      var isWhole = true
      for (scan, name) in dataNames.sorted(by: { $0.key < $1.key }) {
        switch record.profiles(scan, dataName: name) {
        case .success(let (profiles, remarks)):
          scanner.scans.append(profiles)
          outcome.warnings += remarks.map {
            CavernWarning($0.code, "\(address.device), \(scan.rawValue): \($0.message)", file: file.path)
          }
        case .failure(let error):
          fault(error.code, error.message)
          isWhole = false
        }
        if !isWhole { break }
      }
      if isWhole { outcome.scanners.append(scanner) }
    }
    return outcome
  }

  private func notPublished(_ column: Column, _ row: Int, _ name: String) -> CavernWarning {
    let why = column.member("exception")?.string(at: row).map { " (\($0))" } ?? ""
    return CavernWarning("ws.notPublished", "\(name) not published in this cycle\(why)", file: file.path)
  }

  private static let smallFields = [
    "acqTime", "acqTimeInCycleSet1", "acqTimeInCycleSet2", "delays", "bunchSelection", "pmtSelection", "planeSet1",
  ]

  private static func plane(_ column: Column?, _ row: Int) -> Plane? {
    let text = column?.string(at: row) ?? column?.member(["JAPC_ENUM", "string"])?.string(at: row)
    switch text?.uppercased() {
    case let word? where word.hasPrefix("H"): return .horizontal
    case let word? where word.hasPrefix("V"): return .vertical
    default: return nil
    }
  }

  /// The moment of an acquisition: its own stamp, else that of its cycle, else that of the file's name.
  private func time(of scanner: inout WireScanFile.Scanner, _ warnings: inout [CavernWarning]) {
    if let text = scanner.acquisitionTimeText, let time = AcquisitionTime(parsing: text) {
      scanner.time = time
      return
    }
    let recorded = scanner.acquisitionTimeText.map { "time stamp '\($0)' cannot be read" } ?? "no time stamp"
    if let stamp = scanner.cycleStamp {
      scanner.time = AcquisitionTime(nanoseconds: stamp)
      warnings.append(
        CavernWarning(
          "ws.timeFromCycleStamp", "\(scanner.device): \(recorded); the cycle stamp is used", file: file.path))
    } else if let time = AcquisitionTime(fileName: file.path) {
      scanner.time = time
      warnings.append(
        CavernWarning(
          "ws.timeFromFileName", "\(scanner.device): \(recorded); that of the file name (local time) is used",
          file: file.path))
    } else {
      warnings.append(
        CavernWarning("ws.noTime", "\(scanner.device): \(recorded), and none can be found", file: file.path))
    }
  }
}

/// One record: the value of one scanner in one acquisition.
private struct Record {
  let value: Column
  let row: Int
  let address: DeviceAddress
  let plane: Plane

  struct Fault: Error {
    var code: String
    var message: String
  }

  struct Remark {
    var code: String
    var message: String
  }

  func profiles(_ scan: ScanDirection, dataName: String) -> Result<(ScanProfiles, [Remark]), Fault> {
    let positionName = "projPositionSet\(scan.set)"
    guard let positions = rows(positionName) else { return .failure(notRows(positionName)) }
    guard let data = rows(dataName) else { return .failure(notRows(dataName)) }
    var remarks: [Remark] = []
    let isShared = positions.count == 1 && data.count > 1
    let count = isShared ? data.count : min(positions.count, data.count)
    if !isShared, positions.count != data.count {
      remarks.append(
        Remark(
          code: "ws.rowCount",
          message: "\(positions.count) rows of positions but \(data.count) of data; the common \(count) are used"))
    }
    // The median, so that one wild position does not decide for all rows.
    var spans = (0..<(isShared ? 1 : count)).compactMap { row -> Double? in
      let finite = positions[row].filter(\.isFinite)
      guard let low = finite.min(), let high = finite.max() else { return nil }
      return high - low
    }
    let span = spans.isEmpty ? 0 : median(of: &spans)
    let isInMicrometres = span > 500
    if isInMicrometres {
      remarks.append(
        Remark(code: "ws.micrometres", message: "positions span \(Int(span)) units: taken as micrometres"))
    }
    let scale = isInMicrometres ? 1e-3 : 1

    // How often the data row holds the positions: the number of photomultipliers. The most frequent answer stands.
    var ratios: [Int: Int] = [:]
    for row in 0..<count {
      let (x, y) = (positions[isShared ? 0 : row].count, data[row].count)
      if x > 0, y > 0, y.isMultiple(of: x) { ratios[y / x, default: 0] += 1 }
    }
    let channelCount = ratios.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 1
    if channelCount > 16 {
      return .failure(
        Fault(code: "ws.channelCount", message: "data rows are \(channelCount) times as long as positions"))
    }
    var channels = [[ProfileSamples]](repeating: [], count: channelCount)
    var mismatched: Set<Int> = []
    for row in 0..<count {
      let x = positions[isShared ? 0 : row]
      let y = data[row]
      let fits = y.count == x.count * channelCount
      if !fits { mismatched.insert(row) }
      for channel in 0..<channelCount {
        let start = y.startIndex + channel * x.count
        let part = fits ? y[start..<start + x.count] : y[y.startIndex..<y.startIndex]
        channels[channel].append(
          ProfileSamples(positions: fits ? x : x[x.startIndex..<x.startIndex], signals: part, scale: scale))
      }
    }
    if !mismatched.isEmpty {
      let list = mismatched.sorted().prefix(8).map(String.init).joined(separator: ", ")
      remarks.append(
        Remark(code: "ws.rowLength", message: "data do not fit their positions in rows \(list)"))
    }
    let delay = value.member("delays")?.doubles(at: row).flatMap { delays -> Double? in
      delays.indices.contains(scan.set - 1) && delays[scan.set - 1].isFinite ? delays[scan.set - 1] / 1000 : nil
    }
    let time = value.member("acqTimeInCycleSet\(scan.set)")?.double(at: row).flatMap { $0.isFinite ? $0 : nil }
    return .success(
      (
        ScanProfiles(
          device: address.device, equipment: address.wireScanner?.equipment ?? address.device, plane: plane, scan: scan,
          acquisition: row, cycleTime: time.map { $0 / 1000 } ?? delay.map { $0 / 1000 }, gammaTime: delay ?? time,
          slots: slots(rowCount: count), photomultiplierCode: photomultiplierCode, channels: channels,
          isInMicrometres: isInMicrometres, mismatchedRows: mismatched), remarks
      ))
  }

  private func notRows(_ name: String) -> Fault {
    let type = value.member(name).map { "\($0.type)" } ?? "nothing"
    return Fault(code: "ws.badField", message: "field '\(name)' holds no rows of numbers (it is \(type))")
  }

  /// Rows of numbers; a plain list counts as one row for all.
  private func rows(_ name: String) -> ListRows? {
    guard let column = value.member(name) else { return nil }
    if let rows = column.listRows(at: row) { return rows }
    guard case .list(let element) = column.type, element.type.isNumeric, let list = column.doubles(at: row) else {
      return nil
    }
    return ListRows(values: list, offsets: [0, list.count])
  }

  private var photomultiplierCode: Int? {
    let selection = value.member("pmtSelection")
    return selection?.member(["JAPC_ENUM", "code"])?.int(at: row) ?? selection?.int(at: row)
  }

  /// The slot per row: as recorded, or decoded from a bit mask of 32-bit words (word k, bit b is slot 32k + b + 1).
  private func slots(rowCount: Int) -> [Int]? {
    guard let list = value.member("bunchSelection")?.doubles(at: row) else { return nil }
    let words = list.compactMap { Int(exactly: $0) }
    guard words.count == list.count else { return nil }
    if words.count == rowCount { return words }
    var slots: [Int] = []
    for (index, word) in words.enumerated() {
      let bits = UInt32(truncatingIfNeeded: word)
      for bit in 0..<32 where bits >> UInt32(bit) & 1 == 1 { slots.append(32 * index + bit + 1) }
    }
    return slots.count == rowCount ? slots : nil
  }
}
