import Errors
import SQLite

/// Reads batches back as samples, ordered by key, time and field, so that fields of one line meet again.
struct BatchReader {
  private let rows: SQLiteStatement
  private let names: SQLiteStatement
  private let known = KnownNames()

  /// Names of series read before; a class so that reading does not change the reader.
  private final class KnownNames {
    var series: [Int64: (key: PointKey, field: String, kind: FieldKind)] = [:]
  }

  init(_ store: TimeSeriesStore) throws(CavernError) {
    rows = try store.database.prepare(
      """
      SELECT series.key, sample.time, series.id, sample.value FROM span
      JOIN series ON series.id = span.series
      JOIN sample ON sample.series = span.series AND sample.time BETWEEN span.first AND span.last
      WHERE span.batch = ?1 AND sample.batch = ?1 ORDER BY series.key, sample.time, series.id
      """)
    names = try store.database.prepare(
      """
      SELECT key.measurement, key.tags, series.field, series.kind FROM series JOIN key ON key.id = series.key
      WHERE series.id = ?
      """)
  }

  /// The samples that a batch brought and no later one has replaced.
  func batch(_ number: Int64) throws(CavernError) -> SampleBatch {
    var batch = SampleBatch()
    try rows.bind(1, number)
    defer { rows.reset() }
    while try rows.step() {
      let id = rows.int(2)
      guard let series = try name(id) else { continue }
      let place = batch.place(batch.place(of: series.key), series.field, series.kind)
      let bits = batch.bits(TimeSeriesStore.value(rows, 3, series.kind))
      batch.samples.append(SampleBatch.Sample(series: place, time: rows.int(1), bits: bits))
    }
    return batch
  }

  private func name(_ id: Int64) throws(CavernError) -> (key: PointKey, field: String, kind: FieldKind)? {
    if let name = known.series[id] { return name }
    try names.bind(1, id)
    defer { names.reset() }
    guard try names.step(), let kind = FieldKind(rawValue: Int(names.int(3))) else { return nil }
    let key = PointKey(names.text(0) ?? "", tags: TimeSeriesStore.tags(names.text(1) ?? ""))
    let name = (key, names.text(2) ?? "", kind)
    known.series[id] = name
    return name
  }
}
