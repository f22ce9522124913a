import Arguments
import Errors
import JSON
import TimeSeries

extension Command {
  static var timeSeriesQuery: Command {
    Command(
      "query", "Print recorded values of a window, whole or reduced.",
      discussion: """
        Without a reduction prints every sample in order of time. --mean, --min, --max and --last give one value a series, or \
        one for all with --merge; --every gives the mean (or min, max, last) of aligned stretches of time, empty ones left \
        out; --points gives at most so many samples a series for a plot, with the extremes kept (M4). A window without \
        samples prints null and ends with 1.
        """,
      examples: [
        Example(
          "cavern ts query --from -1h --to -1m --measurement 'Temperature [K]' --tag 'location=Picosec gas' --mean",
          "the mean of one hour"),
        Example("cavern ts query --measurement HV --from -1d --every 10m --max --csv", "maxima of ten minutes each"),
        Example("cavern ts query --measurement HV --from -1d --points 2000 --json", "what a plot of a day needs"),
      ],
      options: SelectionArguments.options + [
        .flag("mean", "The unweighted mean."), .flag("min", "The smallest value."), .flag("max", "The largest value."),
        .flag("last", "The last value."),
        .option("every", "SPAN", .text, "Reduce stretches of this length, for example 10s or 1h."),
        .option("points", "N", .integer(4...10_000_000), "At most so many samples a series, extremes kept."),
        .flag("merge", "Take all series together."),
        .flag("time-weighted", "Weigh each value by how long it held (with --mean)."),
        .option(
          "server", "NAME", .text,
          "Ask a server in place of the store: a name of the configuration, or KIND:URL as in influx1:http://127.0.0.1:8086."
        ),
        .option("bucket", "NAME", .text, "The server's database or bucket.", note: "as the configuration says"),
        .option("org", "NAME", .text, "The server's organisation (InfluxDB 2)."),
        .option("token-file", "FILE", .file(), "File with the server's token, mode 0600."),
        .option("limit", "N", .integer(1...(.max)), "At most so many rows."),
        CommonOptions.csv,
      ]
    ) { arguments in
      let request = try QueryRequest(arguments)
      let store =
        try arguments.optionalString("server") == nil
        ? try BenchFiles.openForReading(arguments) : try await RemoteStore.fetch(arguments, window: request.window)
      let answer = try request.answer(try SelectionArguments.series(arguments, in: store), store)
      guard !answer.isEmpty else {
        let measurement = try arguments.optionalString("measurement")
        let known = try Set(store.series().map(\.key.point.measurement))
        var warning = CavernWarning("ts.noPoints", "no samples there")
        if let measurement, !known.contains(measurement) {
          let nearest = nearestNames(to: measurement, in: known).map { "'\($0)'" }.joined(separator: ", ")
          warning.message = "no measurement '\(measurement)'" + (nearest.isEmpty ? "" : "; nearest: \(nearest)")
        }
        return Report(status: .failed, warnings: [warning], result: .null, text: "no samples\n", csv: { "" })
      }
      return Report(result: answer.json, text: answer.text, csv: { answer.csv })
    }
  }
}

/// What a query asks for.
private struct QueryRequest {
  enum Reduction: String { case mean, min, max, last }

  let window: Range<Int64>
  let reduction: Reduction?
  let every: Int64?
  let points: Int?
  let isMerged: Bool
  let isTimeWeighted: Bool
  let limit: Int

  init(_ arguments: ParsedArguments) throws(CavernError) {
    window = try SelectionArguments.window(arguments)
    let given = ["mean", "min", "max", "last"].filter { arguments.flag($0) }
    guard given.count <= 1 else {
      throw CavernError(
        "usage.conflict", given.map { "--\($0)" }.joined(separator: " and ") + " exclude each other", exit: .usage)
    }
    reduction = given.first.flatMap(Reduction.init)
    if let text = try arguments.optionalString("every") {
      guard let span = TimeText.span(text) else {
        throw arguments.fault(
          "usage.badValue", "'\(text)' is no span", about: "every", expected: "for example 10s or 1h")
      }
      every = span
    } else {
      every = nil
    }
    points = try arguments.optionalInt("points")
    isMerged = arguments.flag("merge")
    isTimeWeighted = arguments.flag("time-weighted")
    limit = try arguments.optionalInt("limit") ?? .max
    guard points == nil || (reduction == nil && every == nil) else {
      throw CavernError("usage.conflict", "--points excludes --every and the reductions", exit: .usage)
    }
    guard !isTimeWeighted || (reduction == .mean && every == nil) else {
      throw CavernError("usage.conflict", "--time-weighted needs --mean, and no --every", exit: .usage)
    }
    guard !isMerged || (reduction != nil && every == nil) else {
      throw CavernError(
        "usage.conflict", "--merge needs one of --mean, --min, --max and --last, and no --every", exit: .usage)
    }
  }

  func answer(_ series: [SeriesDescription], _ store: TimeSeriesStore) throws(CavernError) -> QueryAnswer {
    if let points { return try thinned(series, store, points) }
    if let every { return try stretches(series, store, every) }
    if let reduction { return try reduced(series, store, reduction) }
    var rows: [QueryAnswer.Row] = []
    for description in series {
      for sample in try store.samples(of: description, in: window, limit: limit == .max ? nil : limit) {
        rows.append(QueryAnswer.Row(series: description, time: sample.time, value: sample.value))
      }
    }
    return QueryAnswer(rows: ordered(rows), value: nil)
  }

  /// Rows in order of time; rows of one time in order of the series.
  private func ordered(_ rows: [QueryAnswer.Row]) -> [QueryAnswer.Row] {
    let sorted = rows.enumerated().sorted {
      ($0.element.time ?? .min, $0.offset) < ($1.element.time ?? .min, $1.offset)
    }
    return sorted.prefix(limit).map(\.element)
  }

  private func thinned(
    _ series: [SeriesDescription], _ store: TimeSeriesStore, _ count: Int
  ) throws(CavernError) -> QueryAnswer {
    var rows: [QueryAnswer.Row] = []
    for description in series {
      guard let part = try clipped(description, store) else { continue }
      let every = TimeSeriesStore.bucketLength(for: part, count: max(1, count / 4))
      for bucket in try store.buckets(of: description, in: part, every: every) {
        for (time, value) in bucket.extremes {
          rows.append(QueryAnswer.Row(series: description, time: time, value: .number(value)))
        }
      }
    }
    return QueryAnswer(rows: ordered(rows), value: nil)
  }

  private func stretches(
    _ series: [SeriesDescription], _ store: TimeSeriesStore, _ every: Int64
  ) throws(CavernError) -> QueryAnswer {
    var rows: [QueryAnswer.Row] = []
    for description in series {
      for bucket in try store.buckets(of: description, in: window, every: every) {
        rows.append(
          QueryAnswer.Row(
            series: description, time: bucket.start, value: .number(value(bucket, reduction ?? .mean)),
            count: bucket.count))
      }
    }
    return QueryAnswer(rows: ordered(rows), value: nil)
  }

  private func reduced(
    _ series: [SeriesDescription], _ store: TimeSeriesStore, _ reduction: Reduction
  ) throws(CavernError) -> QueryAnswer {
    var rows: [QueryAnswer.Row] = []
    var all: Bucket?
    for description in series {
      if description.kind == .text {
        guard reduction == .last, let sample = try store.last(of: description, in: window) else { continue }
        rows.append(QueryAnswer.Row(series: description, time: sample.time, value: sample.value))
        continue
      }
      if reduction == .last, !isMerged {
        guard let sample = try store.last(of: description, in: window) else { continue }
        rows.append(QueryAnswer.Row(series: description, time: sample.time, value: sample.value))
        continue
      }
      guard let bucket = try store.buckets(of: description, in: window, every: nil).first else { continue }
      let value =
        isTimeWeighted
        ? try store.timeWeightedMean(of: description, in: window) ?? bucket.mean : value(bucket, reduction)
      rows.append(
        QueryAnswer.Row(
          series: description, time: time(bucket, reduction), value: .number(value), count: bucket.count))
      all = merged(all, bucket)
    }
    if isMerged, let all {
      let row = QueryAnswer.Row(
        series: nil, time: time(all, reduction), value: .number(value(all, reduction)), count: all.count)
      return QueryAnswer(rows: [row], value: row.value)
    }
    return QueryAnswer(rows: Array(rows.prefix(limit)), value: rows.count == 1 ? rows[0].value : nil)
  }

  private func clipped(
    _ description: SeriesDescription, _ store: TimeSeriesStore
  ) throws(CavernError) -> Range<Int64>? {
    guard let extent = try store.range(of: description) else { return nil }
    let part =
      max(
        window.lowerBound, extent.lowerBound)..<max(
        max(window.lowerBound, extent.lowerBound), min(window.upperBound, extent.upperBound))
    return part.isEmpty ? nil : part
  }

  private func merged(_ left: Bucket?, _ right: Bucket) -> Bucket {
    guard var result = left else { return right }
    let (earlier, later) = result.lastTime <= right.lastTime ? (result, right) : (right, result)
    result = earlier
    result.add(later)
    return result
  }

  private func value(_ bucket: Bucket, _ reduction: Reduction) -> Double {
    switch reduction {
    case .mean: bucket.mean
    case .min: bucket.minimum
    case .max: bucket.maximum
    case .last: bucket.last
    }
  }

  /// The time of a reduced value; a mean belongs to no single one.
  private func time(_ bucket: Bucket, _ reduction: Reduction) -> Int64? {
    switch reduction {
    case .mean: nil
    case .min: bucket.minimumTime
    case .max: bucket.maximumTime
    case .last: bucket.lastTime
    }
  }
}

extension QueryAnswer.Row {
  fileprivate init(series: SeriesDescription, time: Int64, value: FieldValue) {
    self.init(series: series, time: time, value: value, count: nil)
  }
}
