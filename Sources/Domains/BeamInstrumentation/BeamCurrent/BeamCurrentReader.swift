import Errors
import Tables

/// Takes the records of beam current transformers out of the columns of an acquisition file.
struct BeamCurrentReader {
  let file: ParquetFile
  let table: DeviceTable
  /// What was asked for and could not be read.
  private(set) var faults: [CavernError] = []
  /// What the user should know.
  private(set) var warnings: [CavernWarning] = []

  init(file: ParquetFile, table: DeviceTable) {
    self.file = file
    self.table = table
  }

  /// The bunch intensities of one column, one per acquisition that published.
  mutating func bunchIntensities(of field: Field) -> [BunchIntensityRecord] {
    guard let kind = table.record(for: field) else { return [] }
    let address = DeviceAddress(field.name)
    guard let column = read(field, kind, required: ["intensity", "times"]) else { return [] }
    let value = column.member("value") ?? column
    var records: [BunchIntensityRecord] = []
    for row in 0..<file.rowCount where isPublished(column, value, row, address) {
      let fields = RecordFields(value: value, kind: kind, row: row)
      let shape: BunchIntensityShape
      switch BunchIntensityShape.read(fields) {
      case .success(let read): shape = read
      case .failure(let fault):
        addFault(fault.code, fault.message, address)
        continue
      }
      for remark in shape.remarks { warn(remark.code, "\(address.device): \(remark.message)") }
      var record = BunchIntensityRecord(
        device: address.device, machine: table.machine(of: address), acquisition: row, times: shape.times,
        slotCount: shape.slotCount, counts: shape.counts, unitExponent: fields.int("intensityExponent"),
        filling: shape.filling)
      if record.unitExponent.map({ abs($0) > 30 }) ?? false {
        addFault("fbct.badUnit", "10^\(record.unitExponent ?? 0) charges per count cannot be right", address)
        continue
      }
      if record.unitExponent == nil {
        warn("fbct.noUnit", "\(address.device): no charges per count are given; intensities are in counts")
      }
      record.beamDetected = fields.column("beamDetected")?.bool(at: row)
      record.cycleStamp = column.member(["header", "cycleStamp"])?.int(at: row).flatMap { $0 > 0 ? $0 : nil }
      record.selector = column.member(["header", "selector"])?.string(at: row)
      record.acquisitionTimeText = fields.column("acquisitionTime")?.string(at: row)
      record.time = time(record)
      records.append(record)
    }
    return records
  }

  /// The total intensities of one column; what cannot be read is only a warning, as nothing depends on it.
  mutating func totalIntensities(of field: Field) -> [TotalIntensityRecord] {
    guard let kind = table.record(for: field) else { return [] }
    let address = DeviceAddress(field.name)
    let before = faults
    defer {
      warnings += faults.dropFirst(before.count).map { CavernWarning($0.code, $0.message, file: file.path) }
      faults = before
    }
    guard let column = read(field, kind, required: ["intensity", "times"]) else { return [] }
    let value = column.member("value") ?? column
    return (0..<file.rowCount).compactMap { row in
      guard !value.isNull(at: row) else { return nil }
      let fields = RecordFields(value: value, kind: kind, row: row)
      guard let counts = fields.doubles("intensity"), let stamps = fields.doubles("times") else { return nil }
      let scale = BunchIntensityRecord.powerOfTen(fields.int("intensityExponent") ?? 0)
      let timeScale = fields.int("timeExponent") ?? -3
      let count = min(counts.count, stamps.count, fields.int("count").flatMap { $0 > 0 ? $0 : nil } ?? .max)
      let times = stamps.prefix(count).map { PowerOfTen.scale($0, timeScale) }
      let order = times.indices.filter { times[$0].isFinite }.sorted { (times[$0], $0) < (times[$1], $1) }
      return TotalIntensityRecord(
        device: address.device, acquisition: row,
        cycleStamp: column.member(["header", "cycleStamp"])?.int(at: row).flatMap { $0 > 0 ? $0 : nil },
        times: order.map { times[$0] }, charges: order.map { counts[$0] * scale })
    }
  }

  /// Reads the fields of a record; `nil` and a fault when one is missing or the column is damaged.
  private mutating func read(_ field: Field, _ kind: DeviceTable.Record, required: [String]) -> Column? {
    let address = DeviceAddress(field.name)
    let members = field.children.first { $0.name == "value" }?.children.map(\.name) ?? []
    // A value that is null in all acquisitions may have been saved without its fields.
    if members.isEmpty, let column = try? file.column([field.name]), let value = column.member("value"),
      (0..<file.rowCount).allSatisfy(value.isNull)
    {
      return column
    }
    for meaning in required {
      let name = kind.fields[meaning] ?? meaning
      guard members.contains(name) else {
        addFault(
          "fbct.missingField", "field '\(name)' is missing", address, nearest: nearestNames(to: name, in: members))
        return nil
      }
    }
    var paths: [ColumnPath] = kind.fields.values.sorted().filter(members.contains).map { [field.name, "value", $0] }
    for other in ["header", "exception"] where field.children.contains(where: { $0.name == other }) {
      paths.append([field.name, other])
    }
    do {
      return try file.read(paths)[field.name]
    } catch {
      var damaged = error.inFile(file.path)
      damaged.message = "\(address.device): \(error.message); device skipped"
      faults.append(damaged)
      return nil
    }
  }

  private mutating func isPublished(_ column: Column, _ value: Column, _ row: Int, _ address: DeviceAddress) -> Bool {
    guard value.isNull(at: row) else { return true }
    let why = column.member("exception")?.string(at: row).map { " (\($0))" } ?? ""
    warn("fbct.notPublished", "\(address.device): not published in this cycle\(why)")
    return false
  }

  /// The moment of an acquisition: its own stamp, else that of its cycle, else that of the file's name.
  private mutating func time(_ record: BunchIntensityRecord) -> AcquisitionTime? {
    if let text = record.acquisitionTimeText, let time = AcquisitionTime(parsing: text) { return time }
    let recorded = record.acquisitionTimeText.map { "time stamp '\($0)' cannot be read" } ?? "no time stamp"
    if let stamp = record.cycleStamp {
      warn("fbct.timeFromCycleStamp", "\(record.device): \(recorded); the cycle stamp is used")
      return AcquisitionTime(nanoseconds: stamp)
    }
    if let time = AcquisitionTime(fileName: file.path) {
      warn("fbct.timeFromFileName", "\(record.device): \(recorded); that of the file name (local time) is used")
      return time
    }
    warn("fbct.noTime", "\(record.device): \(recorded), and none can be found")
    return nil
  }

  private mutating func addFault(_ code: String, _ message: String, _ address: DeviceAddress, nearest: [String] = []) {
    faults.append(
      CavernError(
        code, "\(address.device): \(message); device skipped", exit: .badData, file: file.path, nearest: nearest))
  }

  private mutating func warn(_ code: String, _ message: String) {
    warnings.append(CavernWarning(code, message, file: file.path))
  }
}

/// The fields of one record by what they mean.
struct RecordFields {
  let value: Column
  let kind: DeviceTable.Record
  let row: Int

  /// The name of a field in the file.
  func name(_ meaning: String) -> String { kind.fields[meaning] ?? meaning }

  func column(_ meaning: String) -> Column? { value.member(name(meaning)) }

  func int(_ meaning: String) -> Int? { column(meaning)?.int(at: row) }

  func doubles(_ meaning: String) -> [Double]? { column(meaning)?.doubles(at: row) }

  /// Rows of numbers; a plain list counts as one row.
  func rows(_ meaning: String) -> ListRows? {
    guard let column = column(meaning) else { return nil }
    if let rows = column.listRows(at: row) { return rows }
    guard case .list(let element) = column.type, element.type.isNumeric, let list = column.doubles(at: row) else {
      return nil
    }
    return ListRows(values: list, offsets: [0, list.count])
  }
}

/// Scaling by powers of ten with one rounding.
enum PowerOfTen {
  /// `value` times 10 to a power; negative powers divide, as 10 to a positive power is exact.
  static func scale(_ value: Double, _ exponent: Int) -> Double {
    exponent < 0
      ? value / BunchIntensityRecord.powerOfTen(-exponent) : value * BunchIntensityRecord.powerOfTen(exponent)
  }
}
