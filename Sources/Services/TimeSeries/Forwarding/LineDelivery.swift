/// Brings lines to a server in spite of faulty ones: a batch that is refused is halved until the guilty line is alone.
struct LineDelivery {
  /// What came of it.
  enum Outcome: Equatable {
    /// Every line is stored or found faulty.
    case done
    /// Nothing more can be stored until a person puts something right.
    case misconfigured(String)
    /// The rest may go through later.
    case later(String, after: Duration?)
  }

  let writer: any LineWriter
  /// Lines found faulty, with the server's words.
  private(set) var deadLetters: [DeadLetter] = []
  /// Lines stored.
  private(set) var delivered = 0

  init(_ writer: any LineWriter) { self.writer = writer }

  /// Sends lines in order.
  ///
  /// Lines may reach the server twice, which changes nothing there: same series, same time.
  mutating func deliver(_ lines: ArraySlice<ArraySlice<UInt8>>, bucket: String) async -> Outcome {
    guard !lines.isEmpty else { return .done }
    switch await writer.write(Array(lines), bucket: bucket) {
    case .accepted:
      delivered += lines.count
      return .done
    case .rejected(let reason):
      if lines.count == 1 { return bury(lines, reason) }
    case .tooLarge:
      if lines.count == 1 { return bury(lines, "the line is too large for the server") }
    case .misconfigured(let reason): return .misconfigured(reason)
    case .later(let reason, let wait): return .later(reason, after: wait)
    }
    let middle = lines.startIndex + lines.count / 2
    let first = await deliver(lines[..<middle], bucket: bucket)
    guard first == .done else { return first }
    return await deliver(lines[middle...], bucket: bucket)
  }

  private mutating func bury(_ lines: ArraySlice<ArraySlice<UInt8>>, _ reason: String) -> Outcome {
    for line in lines {
      deadLetters.append(DeadLetter(reason: reason, line: String(decoding: line.dropLast(), as: UTF8.self)))
    }
    return .done
  }
}
