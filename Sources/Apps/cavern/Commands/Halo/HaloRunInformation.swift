import Arguments
import BeamHalo
import Conditions
import Errors
import Foundation
import JSON

extension Command {
  /// `cavern halo runinfo`: what OMS and brilcalc know about runs.
  static var haloRunInformation: Command {
    Command(
      "runinfo", "Ask OMS and brilcalc about runs, and keep the answers.",
      discussion: """
        OMS is asked over HTTPS, signed in with a cookie file (mode 0600) or with a client whose name and secret stand in \
        the variables CAVERN_OMS_CLIENT and CAVERN_OMS_SECRET; with --ssh by curl on a host inside the network. brilcalc is \
        run here, or with --lumi-ssh on another host, once with the norm tag and once without. Answers are kept in --cache, \
        one file a run; a run that had no end is asked for again after ten minutes. What cannot be had is named, and the \
        rest is kept: the command then ends with 2, or with 69 when there is nothing at all.
        """,
      examples: [
        Example("cavern halo runinfo 380115,380116 --cache runs --cookies ~/cookies.txt", "ask signed in by cookies"),
        Example("cavern halo runinfo 380100-380120 --ssh cmsusr --lumi-ssh lxplus --cache runs", "ask through ssh"),
        Example("cavern halo runinfo 380115 --cache runs --offline", "say what is kept"),
      ],
      arguments: [Argument("runs", .text, "Runs: 380115, 380115,380116 or 380100-380120.")],
      options: [
        .option("cache", "DIR", .folder, "Folder in which answers are kept.", setting: "halo.cache"),
        .option("oms-url", "URL", .text, "Address of OMS.", setting: "halo.oms_url"),
        .option("cookies", "FILE", .file(), "Cookie file of a sign-in.", setting: "halo.cookies"),
        .option(
          "token-url", "URL", .text, "Where tokens are asked for.",
          default: "https://auth.cern.ch/auth/realms/cern/api-access/token"),
        .option("ssh", "HOST", .text, "Ask OMS by curl on this host of the ssh configuration."),
        .option("lumi-ssh", "HOST", .text, "Run brilcalc on this host of the ssh configuration."),
        .option("brilcalc-program", "PROGRAM", .text, "The program here.", default: "brilcalc"),
        .option("normtag", "TAG", .text, "Norm tag.", default: BrilcalcClient.standardNormTag),
        .flag("batch", "Never ask for a password."), .flag("offline", "Ask nobody; say what is kept."),
        .flag("no-lumi", "Leave luminosity out."),
        .option("timeout", "TIME", .duration, "How long one step may take.", default: "120s"),
        CommonOptions.csv,
      ]
    ) { arguments in
      var work = try HaloRunInformationWork(arguments)
      return try await work.run()
    }
  }
}

/// One round of questions.
@MainActor
private struct HaloRunInformationWork {
  let arguments: ParsedArguments
  let runs: [Int]
  let cache: HaloRunCache?
  var warnings: [CavernWarning] = []

  init(_ arguments: ParsedArguments) throws(CavernError) {
    self.arguments = arguments
    guard case .ranges(let ranges) = try HaloRunChoice(try arguments.string("runs")) else {
      throw arguments.fault("halo.badRuns", "'all' names no run", about: "runs", expected: "numbers or ranges of runs")
    }
    let count = ranges.reduce(0) { $0 + Int($1.upperBound - $1.lowerBound) + 1 }
    guard count <= 10_000 else {
      throw arguments.fault("halo.badRuns", "\(count) runs are too many", about: "runs", expected: "at most 10000")
    }
    runs = Set(ranges.flatMap { $0.map { Int($0) } }).sorted()
    cache = try arguments.optionalString("cache").map { HaloRunCache(folder: $0) }
  }

  mutating func run() async throws(CavernError) -> Report {
    let now = Date().timeIntervalSince1970.rounded(.down)
    var entries: [Int: HaloRunCache.Entry] = [:]
    for run in runs { entries[run] = cache?.entry(run, warnings: &warnings) }
    var faults: [CavernError] = []
    if !arguments.flag("offline") {
      let wanted = runs.filter { entries[$0]?.isStale(now: now) ?? true }
      if let first = wanted.first, let last = wanted.last {
        do throws(CavernError) {
          let records = try await ask(first...last)
          for run in wanted {
            var entry =
              entries[run]
              ?? HaloRunCache.Entry(run: run, fetched: now, record: nil, sections: [], hasLuminosity: false)
            entry.record = records.first { $0.run == run } ?? entry.record
            entry.fetched = now
            entries[run] = entry
          }
        } catch { faults.append(error) }
        if !arguments.flag("no-lumi") {
          do throws(CavernError) {
            let sections = try luminosity(first...last)
            for run in wanted {
              var entry =
                entries[run]
                ?? HaloRunCache.Entry(run: run, fetched: now, record: nil, sections: [], hasLuminosity: true)
              entry.sections = sections.filter { $0.run == run }
              entry.hasLuminosity = true
              entry.fetched = now
              entries[run] = entry
            }
          } catch { faults.append(error) }
        }
        if let cache { for run in wanted { if let entry = entries[run] { try cache.keep(entry) } } }
      }
    }
    warnings += faults.map { CavernWarning($0) }
    for run in runs {
      guard let entry = entries[run] else {
        warnings.append(CavernWarning("halo.runUnknown", "nothing is known about run \(run)"))
        continue
      }
      if entry.record?.startMilliseconds == nil {
        warnings.append(CavernWarning("halo.runUnknown", "the start of run \(run) is unknown"))
      }
    }
    let found = runs.compactMap { entries[$0] }
    // Nothing at all: the first reason decides how the command ends.
    if found.isEmpty, let fault = faults.first { throw fault }
    let table = Self.text(found, width: arguments.surroundings.width)
    let isWhole = faults.isEmpty && found.count == runs.count && found.allSatisfy { $0.record != nil }
    return Report(
      status: isWhole ? .done : .partial, warnings: warnings, result: ["runs": .array(found.map(Self.json))],
      text: table, csv: { CSVText.table(Self.names, found.map(Self.row)) })
  }

  private func ask(_ range: ClosedRange<Int>) async throws(CavernError) -> [RunRecord] {
    let limit = try arguments.duration("timeout")
    var transport: any OMSTransport = OMSDirect(timeLimit: limit)
    var base = OMSClient.publicAddress
    var credentials = OMSCredentials.none
    if let host = try arguments.optionalString("ssh") {
      transport = OMSThroughSSH(try SSHRoute(host, isBatch: arguments.flag("batch")), timeLimit: limit)
      base = OMSClient.innerAddress
    }
    base = try arguments.optionalString("oms-url") ?? base
    let variables = arguments.surroundings.variables
    if let path = try arguments.optionalString("cookies") {
      credentials = try .cookieFile(path, host: URL(string: base)?.host() ?? "")
    } else if let id = variables["CAVERN_OMS_CLIENT"], let secret = variables["CAVERN_OMS_SECRET"] {
      credentials = .client(
        OMSClientSecret(id: id, secret: secret, tokenAddress: try arguments.string("token-url")))
    }
    let client = OMSClient(base: base, credentials: credentials, transport: transport, attempts: 2)
    return try await client.records(.runs(range)).compactMap(RunRecord.init)
  }

  private func luminosity(_ range: ClosedRange<Int>) throws(CavernError) -> [Lumisection] {
    let host = try arguments.optionalString("lumi-ssh")
    var route: SSHRoute?
    if let host { route = try SSHRoute(host, isBatch: arguments.flag("batch")) }
    let client = BrilcalcClient(
      program: try arguments.string("brilcalc-program"), route: route, timeLimit: try arguments.duration("timeout"))
    let listings = try client.listings([
      BrilcalcClient.bySection(runs: range, normTag: try arguments.string("normtag")),
      BrilcalcClient.bySection(runs: range, normTag: nil),
    ])
    return Lumisection.merging(trusted: listings[0].rows, online: listings[1].rows)
  }

  nonisolated private static let names = [
    "run", "fill", "start", "end", "energy_GeV", "stable", "sections", "delivered_per_ub", "recorded_per_ub",
  ]

  nonisolated private static func sums(_ entry: HaloRunCache.Entry) -> (delivered: Double, recorded: Double) {
    (entry.sections.reduce(0) { $0 + $1.delivered }, entry.sections.reduce(0) { $0 + $1.recorded })
  }

  nonisolated private static func json(_ entry: HaloRunCache.Entry) -> JSONValue {
    [
      "run": .integer(entry.run), "fill": .optional(entry.record?.fill ?? entry.sections.first?.fill),
      "start_ms": .optional(entry.record?.startMilliseconds), "end_ms": .optional(entry.record?.endMilliseconds),
      "energy_GeV": .optional(entry.record?.energy), "stable": entry.record?.isStable.map { .bool($0) } ?? .null,
      "sections": .integer(entry.sections.count), "delivered_per_ub": .number(sums(entry).delivered),
      "recorded_per_ub": .number(sums(entry).recorded), "fetched_s": .number(entry.fetched),
    ]
  }

  nonisolated private static func row(_ entry: HaloRunCache.Entry) -> [String] {
    [
      "\(entry.run)", (entry.record?.fill ?? entry.sections.first?.fill).map(String.init) ?? "",
      entry.record?.startMilliseconds.map(UTCTime.iso) ?? "", entry.record?.endMilliseconds.map(UTCTime.iso) ?? "",
      CSVText.number(entry.record?.energy), entry.record?.isStable.map { $0 ? "true" : "false" } ?? "",
      "\(entry.sections.count)", CSVText.number(sums(entry).delivered), CSVText.number(sums(entry).recorded),
    ]
  }

  /// One line a run, luminosities in µb⁻¹; `--csv` has what does not fit.
  nonisolated private static func text(_ entries: [HaloRunCache.Entry], width: Int) -> String {
    TextTable(
      columns: [
        .right("run"), .right("fill"), .left("start"), .right("minutes"), .right("GeV"), .left("stable"),
        .right("sections"), .right("delivered/ub"), .right("recorded/ub"),
      ],
      rows: entries.map { entry in
        let record = entry.record
        let (delivered, recorded) = sums(entry)
        let length = record?.endMilliseconds.flatMap { end in record?.startMilliseconds.map { (end - $0) / 60_000 } }
        return [
          "\(entry.run)", (record?.fill ?? entry.sections.first?.fill).map(String.init) ?? "-",
          record?.startMilliseconds.map { UTCTime.text($0) } ?? "-",
          length.map { NumberText.significant($0, 4) } ?? "-",
          record?.energy.map { NumberText.significant($0, 5) } ?? "-",
          record?.isStable.map { $0 ? "yes" : "no" } ?? "-", "\(entry.sections.count)",
          NumberText.significant(delivered, 5), NumberText.significant(recorded, 5),
        ]
      }
    ).text(width: width, dropping: ["recorded/ub", "GeV"])
  }
}
