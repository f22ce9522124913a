import Arguments
import Errors
import Files
import JSON
import TimeSeries

extension Command {
  static var timeSeriesImport: Command {
    Command(
      "import", "Store line protocol from a file or standard input.",
      discussion: """
        Lines need a timestamp in nanoseconds. Faulty lines are refused one by one with their number and the reason; the \
        others are stored, and the status is 2, or 65 when none is left. What the receipt counts as accepted is on the disk. \
        --receipts prints one JSON object after every commit, for programs that feed lines through a pipe.
        """,
      examples: [
        Example("cavern ts import samples.lp", "store a file"),
        Example("cavern ts import - --source gas --receipts", "store what another program writes"),
      ],
      arguments: [Argument("file", .file(["lp", "txt"]), "Line protocol; - is standard input.")],
      options: [
        .option("source", "NAME", .text, "Who measured; destinations choose a bucket by it.", default: "import"),
        .flag("receipts", "Print a receipt after every commit."),
        .option("commit-lines", "N", .integer(1...10_000_000), "Lines of one commit at the most.", default: "50000"),
      ]
    ) { arguments in try TimeSeriesImporter(arguments).run() }
  }
}

/// One import.
@MainActor
private struct TimeSeriesImporter {
  let arguments: ParsedArguments
  let store: TimeSeriesStore
  let options: TimeSeriesStore.AppendOptions
  let commitLines: Int
  var parser = LineParser()
  var total = Receipt()
  var faults: [LineFault] = []
  var faultCount = 0

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    store = try BenchFiles.openForWriting(arguments)
    options = TimeSeriesStore.AppendOptions(source: try arguments.string("source"))
    commitLines = try arguments.int("commit-lines")
  }

  func run() throws(CavernError) -> Report {
    var copy = self
    return try copy.read()
  }

  private mutating func read() throws(CavernError) -> Report {
    let path = try arguments.string("file")
    var rest: [UInt8] = []
    try InputBytes.read(path) { (piece) throws(CavernError) in
      rest.append(contentsOf: piece)
      guard let end = rest.lastIndex(of: 0x0A) else { return }
      try take(Array(rest[...end]))
      rest.removeSubrange(...end)
    }
    if !rest.isEmpty { try take(rest) }
    try? store.maintain()
    let lines = parser.lineCount
    guard lines > 0 else {
      throw CavernError("ts.noLines", "no line of line protocol", exit: .badData, file: path)
    }
    let (receipt, reasons, bad) = (total, faults, faultCount)
    let status: ExitStatus = receipt.accepted == 0 ? .badData : bad > 0 || receipt.rejected > 0 ? .partial : .done
    return Report(
      status: status,
      warnings: reasons.map { CavernWarning("ts.badLine", $0.message, file: path, line: $0.line) }
        + receipt.reasons.map { CavernWarning("ts.refused", $0, file: path) },
      result: [
        "lines": .integer(lines), "accepted": .integer(receipt.accepted), "rejected": .integer(receipt.rejected),
        "faultyLines": .integer(bad), "batch": .optional(receipt.batch.map(Int.init)),
      ],
      text:
        "\(receipt.accepted) samples of \(lines - bad) lines stored, \(bad) lines and \(receipt.rejected) samples refused\n"
    )
  }

  /// Stores whole lines in commits of at most so many.
  private mutating func take(_ bytes: [UInt8]) throws(CavernError) {
    var start = 0
    while start < bytes.count {
      var end = start
      var lines = 0
      while end < bytes.count, lines < commitLines {
        if bytes[end] == 0x0A { lines += 1 }
        end += 1
      }
      let before = parser.lineCount
      parser.parse(start == 0 && end == bytes.count ? bytes : Array(bytes[start..<end]))
      start = end
      let found = parser.takeFaults()
      faultCount += found.count
      faults += found.prefix(max(0, 100 - faults.count))
      let receipt = try store.append(parser.takeSamples(), options)
      total = total + receipt
      if arguments.flag("receipts") {
        var object = receipt.json.objectValue ?? JSONObject()
        object["lines"] = .integer(parser.lineCount - before)
        object["faultyLines"] = .integer(found.count)
        try StandardStreams.write(Array((JSONValue.object(object).text() + "\n").utf8))
      }
    }
  }
}
