import JSON
import Tables

/// Reading the arrays of all scanners that published, to flat doubles: Cavern against pyarrow, each on one thread.
struct ParquetComparison {
  let twin: Twin
  let file: String
  let repeats: Int
  private let devices: [String]
  private static let fields = ["projPositionSet1", "projDataSet1", "projPositionSet2", "projDataSet2"]

  init(twin: Twin, file: String, repeats: Int) throws {
    self.twin = twin
    self.file = file
    self.repeats = repeats
    devices = try twin.ask("profiles")["devices"]?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  func measured() -> Comparison {
    var comparison = Comparison("parquet", "Parquet file to arrays, pyarrow")
    var total = 0.0
    comparison.measure(repeats: 3 * repeats) {
      try secondsPerCall { total = try readAndSum() }
    } twin: {
      try twin.secondsPerUnit("parquet")
    }
    let theirs = (try? twin.ask("parquet"))?["sum"]?.doubleValue ?? .nan
    if comparison.fault == nil, !(abs(total - theirs) <= 1e-9 * abs(theirs)) {
      comparison.fault = "the sums of all samples differ: \(total) and \(theirs)"
    }
    return comparison
  }

  /// As the twin: open, read the columns asked for, sum every array.
  private func readAndSum() throws -> Double {
    let columns = devices.flatMap { device in Self.fields.map { [device, "value", $0] } }
    let table = try ParquetFile(path: file).read(columns)
    var sum = 0.0
    for device in devices {
      let value = try table.column(device).required("value")
      for field in Self.fields {
        guard let rows = try value.required(field).listRows(at: 0) else { throw Failure("\(field) is not a matrix") }
        sum += rows.values.reduce(0, +)
      }
    }
    return sum
  }
}
