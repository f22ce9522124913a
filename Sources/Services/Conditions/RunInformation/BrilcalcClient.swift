import Errors
import JSON

/// Calls `brilcalc`: here, or on a host through ssh, or not at all when answers are replayed.
///
/// Words are passed as an argument list; nothing goes through a shell on this side.
public struct BrilcalcClient: Sendable {
  /// The norm tag that BRIL recommends.
  public static let standardNormTag = "/cvmfs/cms-bril.cern.ch/cms-lumi-pog/Normtags/normtag_BRIL.json"

  /// The program: a name on the `PATH`, or a path.
  public var program: String
  /// The host that is asked when the program is not here; nil for none.
  public var route: SSHRoute?
  /// The program on that host.
  public var remoteProgram: String
  /// Answers that stand in for calls; when there are any, no program is run.
  public var replay: [Recording]
  /// How long one call may take.
  public var timeLimit: Duration
  private let runner: any CommandRunning

  /// A call and what it wrote.
  public struct Recording: Sendable, Equatable {
    /// The words after `brilcalc`.
    public var arguments: [String]
    /// Standard output.
    public var output: String

    /// A recording.
    public init(arguments: [String], output: String) {
      self.arguments = arguments
      self.output = output
    }

    /// The recordings of a file with one JSON object a line: `{"arguments": […], "stdout": "…"}`.
    ///
    /// - Throws: `brilcalc.badReplay` with the line.
    public static func parse(jsonLines text: String) throws(CavernError) -> [Recording] {
      var recordings: [Recording] = []
      for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      where !line.isEmpty {
        let value = try? JSONValue(parsing: String(line))
        guard let arguments = value?["arguments"]?.arrayValue, let output = value?["stdout"]?.stringValue else {
          throw CavernError(
            "brilcalc.badReplay", "the line is no recorded call", exit: .badData, line: index + 1,
            expected: "{\"arguments\": […], \"stdout\": \"…\"}")
        }
        recordings.append(Recording(arguments: arguments.compactMap(\.stringValue), output: output))
      }
      return recordings
    }
  }

  /// A client.
  public init(
    program: String = "brilcalc", route: SSHRoute? = nil, remoteProgram: String = "~/.local/bin/brilcalc",
    replay: [Recording] = [], timeLimit: Duration = .seconds(120), runner: any CommandRunning = ProcessRunner()
  ) {
    self.program = program
    self.route = route
    self.remoteProgram = remoteProgram
    self.replay = replay
    self.timeLimit = timeLimit
    self.runner = runner
  }

  /// The words that list lumisections of runs, times in seconds since 1970.
  ///
  /// - Parameter normTag: nil for the online result.
  public static func bySection(runs: ClosedRange<Int>, normTag: String?) -> [String] {
    ["lumi", "--byls", "--tssec", "--output-style", "csv"] + (normTag.map { ["--normtag", $0] } ?? [])
      + ["--begin", "\(runs.lowerBound)", "--end", "\(runs.upperBound)"]
  }

  /// The words that list the runs between two fills, runs or times (as brilcalc takes them), in a unit such as `/ub`.
  public static func byRun(begin: String, end: String, unit: String) -> [String] {
    ["lumi", "--begin", begin, "--end", end, "-u", unit, "--output-style", "csv"]
  }

  /// The listing of one call.
  ///
  /// - Throws: as `texts(_:)` and `BrilcalcListing.init(parsing:requiresSummary:)`.
  public func listing(_ arguments: [String]) throws(CavernError) -> BrilcalcListing {
    try listings([arguments])[0]
  }

  /// The listings of several calls; on another host they share one session.
  ///
  /// - Throws: as `texts(_:)` and `BrilcalcListing.init(parsing:requiresSummary:)`.
  public func listings(_ calls: [[String]]) throws(CavernError) -> [BrilcalcListing] {
    var listings: [BrilcalcListing] = []
    for (text, arguments) in zip(try texts(calls), calls) {
      do throws(CavernError) {
        listings.append(try BrilcalcListing(parsing: text))
      } catch {
        throw error.inFile("brilcalc " + arguments.joined(separator: " "))
      }
    }
    return listings
  }

  /// What several calls write.
  ///
  /// - Throws: `brilcalc.missing` (exit 69) when the program is neither here nor on a host, `brilcalc.failed` (69) with its
  ///   last words, `brilcalc.notRecorded` (69), `ssh.noConnection` (69), `ssh.needsLogin` (77), `command.timeout` (75).
  public func texts(_ calls: [[String]]) throws(CavernError) -> [String] {
    if !replay.isEmpty { return try replayed(calls) }
    do throws(CavernError) {
      var texts: [String] = []
      for arguments in calls {
        let command = ExternalCommand(program, arguments, timeLimit: timeLimit)
        texts.append(try Self.output(try runner.run(command), command.text))
      }
      return texts
    } catch {
      guard error.code == "command.missing" else { throw error }
      guard let route else {
        throw CavernError(
          "brilcalc.missing", "brilcalc is not installed here", exit: .unavailable,
          expected: "'\(program)' on the PATH",
          hint: "name a host that has it, or give saved listings")
      }
      return try remote(calls, route)
    }
  }

  private func remote(_ calls: [[String]], _ route: SSHRoute) throws(CavernError) -> [String] {
    let mark = "#cavern: next listing"
    // The shell over there expands `~`, which a quoted word would keep from it.
    let place = remoteProgram.hasPrefix("~/") ? String(remoteProgram.dropFirst(2)) : remoteProgram
    let command = route.command(calls.map { [place] + $0 }, separator: mark, timeLimit: timeLimit)
    let outcome = try runner.run(command)
    if let fault = route.fault(outcome, step: "luminosity") { throw fault }
    let text = try Self.output(outcome, command.text)
    var texts = [""]
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      if line == mark { texts.append("") } else { texts[texts.count - 1] += line + "\n" }
    }
    guard texts.count == calls.count else {
      throw CavernError(
        "brilcalc.failed", "\(route.host) gave \(texts.count) of \(calls.count) listings", exit: .unavailable)
    }
    return texts
  }

  private func replayed(_ calls: [[String]]) throws(CavernError) -> [String] {
    var texts: [String] = []
    for arguments in calls {
      guard let found = replay.first(where: { $0.arguments == arguments }) else {
        throw CavernError(
          "brilcalc.notRecorded", "the recorded answers do not hold this call: \(arguments.joined(separator: " "))",
          exit: .unavailable)
      }
      texts.append(found.output)
    }
    return texts
  }

  /// The output of a run that went well: status 0, and nothing but warnings on standard error.
  private static func output(_ outcome: CommandOutcome, _ command: String) throws(CavernError) -> String {
    let complaints = outcome.errors.split(whereSeparator: \.isNewline).filter { line in
      let text = line.lowercased()
      let isIndented = line.first == " " || line.first == "\t"
      return !text.contains("warn") && !isIndented && !text.allSatisfy(\.isWhitespace)
    }
    if complaints.contains(where: { $0.lowercased().contains("connection closed") }) {
      throw CavernError(
        "ssh.noConnection", "the connection was closed: \(outcome.lastWords)", exit: .unavailable)
    }
    guard outcome.status == 0, complaints.isEmpty else {
      throw CavernError(
        "brilcalc.failed",
        "brilcalc ended with status \(outcome.status)"
          + (outcome.lastWords.isEmpty ? " and said nothing" : ": \(outcome.lastWords)"), exit: .unavailable,
        hint: "the command was: \(command)")
    }
    return String(decoding: outcome.output, as: UTF8.self)
  }
}
