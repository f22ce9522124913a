import Errors

extension TimeSeriesStore {
  /// The series that a selection means, those of one line together.
  public func pointKeys(
    _ selection: SeriesSelection
  ) throws(CavernError) -> [(key: PointKey, series: [SeriesDescription])] {
    var result: [(key: PointKey, series: [SeriesDescription])] = []
    for series in try series(selection) {
      if result.last?.key == series.key.point {
        result[result.count - 1].series.append(series)
      } else {
        result.append((series.key.point, [series]))
      }
    }
    return result
  }

  /// Writes the samples of one measurement with its tags as lines, in order of time.
  ///
  /// - Parameter body: takes lines and their number, a few thousand at a time.
  public func exportLines(
    of key: PointKey, series: [SeriesDescription], in window: Range<Int64>,
    _ body: ([UInt8], Int) throws(CavernError) -> Void
  ) throws(CavernError) {
    let places = series.map { String($0.id) }.joined(separator: ",")
    let rows = try database.prepare(
      "SELECT time, series, value FROM sample WHERE series IN (\(places)) AND time >= ? AND time < ? ORDER BY time, series"
    )
    try rows.bind(1, window.lowerBound)
    try rows.bind(2, window.upperBound)
    var kinds: [Int64: SeriesDescription] = [:]
    for description in series { kinds[description.id] = description }
    var batch = SampleBatch()
    while try rows.step() {
      guard let description = kinds[rows.int(1)] else { continue }
      let time = rows.int(0)
      if batch.samples.count >= 5000, batch.samples.last?.time != time {
        try Self.write(batch, body)
        batch = SampleBatch()
      }
      let place = batch.place(batch.place(of: key), description.key.field, description.kind)
      let bits = batch.bits(Self.value(rows, 2, description.kind))
      batch.samples.append(SampleBatch.Sample(series: place, time: time, bits: bits))
    }
    try Self.write(batch, body)
  }

  private static func write(
    _ batch: SampleBatch, _ body: ([UInt8], Int) throws(CavernError) -> Void
  ) throws(CavernError) {
    guard !batch.samples.isEmpty else { return }
    var encoder = LineEncoder()
    encoder.append(batch)
    try body(encoder.bytes, encoder.lineCount)
  }
}
