import Arguments
import Bench
import Errors
import Foundation
import Instruments
import JSON

extension Command {
  /// `cavern hv status`: how everything stands.
  static var hvStatus: Command {
    Command(
      "status", "Show boards, channels, alarms and the state of the line.",
      discussion: "Values carry their age; those that are not live are marked with a star.",
      examples: [
        Example("cavern hv status", "show all channels"),
        Example("cavern hv status --json", "print everything for a script"),
      ],
      options: HighVoltageArguments.broker + [CommonOptions.csv]
    ) { arguments in
      let answer = try HighVoltageArguments.connect(arguments).require(JSONObject([("op", "status")]))
      let isConnected = answer["connected"]?.boolValue == true
      return Report(
        status: isConnected ? .done : .unavailable, result: answer, text: text(answer), csv: { csv(answer) })
    }
  }

  private static let columns = [
    "board", "channel", "name", "on", "vset", "vmon", "iset", "imon", "stat", "flags", "latched", "age_s",
  ]

  private static func cell(_ channel: JSONValue, _ name: String) -> String {
    switch channel[name] {
    case .string(let text)?: text
    case .integer(let value)?: "\(value)"
    case .number(let value)?: "\(value)"
    case .bool(let value)?: name == "on" ? (value ? "ON" : "off") : "\(value)"
    case .array(let list)?: list.compactMap(\.stringValue).joined(separator: " ")
    default: ""
    }
  }

  private static func csv(_ answer: JSONValue) -> String {
    CSVText.table(columns, (answer["channels"]?.arrayValue ?? []).map { channel in columns.map { cell(channel, $0) } })
  }

  private static func text(_ answer: JSONValue) -> String {
    var lines = [
      "\(answer["supply"]?.stringValue ?? "") \(answer["line"]?.stringValue ?? ""): \(answer["link"]?.stringValue ?? "")"
    ]
    for board in answer["boards"]?.arrayValue ?? [] {
      lines.append(
        "board \(board["address"]?.intValue ?? 0): \(board["model"]?.stringValue ?? "") \(board["serial"]?.stringValue ?? "")"
          + " firmware \(board["firmware"]?.stringValue ?? "")" + (board["local"]?.boolValue == true ? ", LOCAL" : "")
          + (board["trusted"]?.boolValue == false ? ", NOT the configured serial number: read only" : ""))
    }
    let table = TextTable(
      columns: [
        .left("channel"), .left("name"), .left("out"), .right("VSET/V"), .right("VMON/V"), .right("ISET/uA"),
        .right("IMON/uA"), .left("status"),
      ],
      rows: (answer["channels"]?.arrayValue ?? []).map { channel in
        let star = channel["live"]?.boolValue == true ? "" : "*"
        let trip = channel["latched"]?.stringValue.map { " TRIPPED: \($0)" } ?? ""
        return [
          "\(cell(channel, "board")).\(cell(channel, "channel"))", cell(channel, "name"), cell(channel, "on"),
          cell(channel, "vset"), cell(channel, "vmon") + star, cell(channel, "iset"), cell(channel, "imon") + star,
          cell(channel, "flags") + trip,
        ]
      })
    for alarm in answer["alarms"]?.arrayValue ?? [] {
      lines.append(
        "alarm \(alarm["alarm"]?.stringValue ?? "") \(alarm["place"]?.stringValue ?? "") "
          + "\(alarm["state"]?.stringValue ?? ""): \(alarm["text"]?.stringValue ?? "")")
    }
    return table.text(width: .max) + lines.joined(separator: "\n")
  }

  /// `cavern hv get`: one value from the device.
  static var hvGet: Command {
    Command(
      "get", "Read a parameter from the device now.",
      examples: [
        Example("cavern hv get VMON --channel 2", "read a voltage"),
        Example("cavern hv get BDSNUM --json", "read the serial number"),
      ],
      arguments: [Argument("parameter", .text, "Name of the parameter, for example VMON or IMonH.")],
      options: HighVoltageArguments.place + HighVoltageArguments.broker
    ) { arguments in
      let name = try arguments.string("parameter")
      var request: JSONObject
      if CAENParameter.named(name.uppercased())?.scope == .board {
        request = JSONObject([("op", "get"), ("board", .integer(try arguments.int("board")))])
      } else {
        request = try HighVoltageArguments.request("get", arguments)
      }
      request["par"] = .string(name)
      let answer = try HighVoltageArguments.connect(arguments).require(request)
      let unit = answer["unit"]?.stringValue.map { " \($0)" } ?? ""
      let flags = answer["flags"]?.arrayValue?.compactMap(\.stringValue).joined(separator: ", ") ?? ""
      return Report(result: answer, text: cell(answer, "value") + unit + (flags.isEmpty ? "" : " (\(flags))"))
    }
  }

  /// `cavern hv watch`: events as they happen.
  static var hvWatch: Command {
    Command(
      "watch", "Print samples, alarms and audit records as they happen, one JSON object a line.",
      examples: [
        Example("cavern hv watch", "follow samples and alarms"),
        Example("cavern hv watch --what alarms,audit --count 10", "print ten alarms and records, then end"),
      ],
      options: [
        .option(
          "what", "KINDS", .list(.choice(["samples", "alarms", "audit", "trip", "event"])), "What to print.",
          default: "samples,alarms,trip"),
        .option("count", "N", .integer(1...(.max)), "End after so many."),
      ] + HighVoltageArguments.broker
    ) { arguments in
      let client = try HighVoltageArguments.connect(arguments)
      let what = try arguments.strings("what").map { JSONValue.string($0) }
      _ = try client.require(JSONObject([("op", "subscribe"), ("what", .array(what))]))
      var left = try arguments.optionalInt("count") ?? .max
      while left > 0, !Interrupts.isRequested {
        guard let event = try client.next(until: .now + .milliseconds(200)) else { continue }
        try StandardStreams.write(Array((event.text() + "\n").utf8))
        left -= 1
      }
      // What there was to say has been said line by line.
      StandardStreams.exit(.done)
    }
  }

  /// `cavern hv audit`: the record of what was done.
  static var hvAudit: Command {
    Command(
      "audit", "Check the chain of an audit, or show its last records.",
      examples: [
        Example("cavern hv audit verify hv-main-audit.jsonl", "check that nothing was changed or taken out"),
        Example("cavern hv audit show hv-main-audit.jsonl --last 20", "show the last records"),
      ],
      subcommands: [hvAuditVerify, hvAuditShow])
  }

  private static let auditFile = Argument("file", .file(["jsonl"]), "The audit of a broker, in its state folder.")

  private static var hvAuditVerify: Command {
    Command(
      "verify", "Check that every record follows the one before it.",
      examples: [Example("cavern hv audit verify hv-main-audit.jsonl --json", "check, and print what is open")],
      arguments: [auditFile]
    ) { arguments in
      let path = try arguments.string("file")
      let check = try AuditCheck(path: path)
      if let fault = check.fault { throw fault }
      let torn = check.totalBytes - check.wholeBytes
      let result: JSONValue = [
        "valid": true, "records": .integer(check.recordCount), "tornBytes": .integer(torn),
        "lastDigest": .string(check.lastDigest), "openIntents": .array(check.openIntents),
        "latched": .array(
          check.latches.keys.sorted().map { ["channel": .string($0.text), "reason": .optional(check.latches[$0])] }),
      ]
      let text = "\(check.recordCount) records, the chain holds; \(check.openIntents.count) intents without a result"
      return Report(result: result, text: text)
    }
  }

  private static var hvAuditShow: Command {
    Command(
      "show", "Show the last records.",
      examples: [Example("cavern hv audit show hv-main-audit.jsonl --last 5", "show five records")],
      arguments: [auditFile],
      options: [.option("last", "N", .integer(1...(.max)), "How many.", default: "20")]
    ) { arguments in
      let path = try arguments.string("file")
      guard let data = FileManager.default.contents(atPath: path) else {
        throw CavernError("hv.audit.missing", "there is no audit", exit: .noInput, file: path)
      }
      let lines = data.split(separator: 0x0A).suffix(try arguments.int("last"))
      let records = lines.compactMap { try? JSONValue(parsing: Array($0)) }
      let text = records.map { record in
        [
          "op_id", "event", "actor", "verb", "parameter", "requested", "read_back", "outcome", "reason",
        ].compactMap { record[$0]?.stringValue }.filter { !$0.isEmpty }.joined(separator: " ")
      }.joined(separator: "\n")
      return Report(result: .array(records), text: text)
    }
  }

  /// `cavern hv scan`: who is on a chain.
  static var hvScan: Command {
    Command(
      "scan", "Ask every address of a chain for its board.",
      discussion: """
        Talks to the line itself, which no broker may own meanwhile. Silent addresses are absent; a garbled reply means that \
        two boards have the same address.
        """,
      examples: [Example("cavern hv scan --line tcp:192.0.2.20:1470", "list the boards of a chain")],
      options: [
        .option("line", "LINE", .text, "The line: tcp:HOST:PORT, or serial:DEVICE."),
        .option("timeout", "S", .duration, "How long each address may take.", default: "300 ms"),
        .option("addresses", "LIST", .indices, "Addresses to ask.", default: "0-31"),
        CommonOptions.csv,
      ]
    ) { arguments in
      let address = try LineAddress(try arguments.string("line"))
      let limit = try arguments.duration("timeout")
      var line = CAENLine(try address.open())
      defer { line.close() }
      _ = try line.settle()
      var found: [JSONValue] = []
      for board in try arguments.optionalIndices("addresses") ?? [] where (0...31).contains(board) {
        if Interrupts.isRequested { break }
        let name = line.exchange(.monitor(board: board, "BDNAME"), within: limit)
        if name.outcome == .timeout { continue }
        if case .disconnected(let why) = name.outcome {
          throw CavernError("line.disconnected", why, exit: .unavailable, file: address.text)
        }
        let serial = line.exchange(.monitor(board: board, "BDSNUM"), within: limit).outcome.text
        let channels = line.exchange(.monitor(board: board, "BDNCH"), within: limit).outcome.number
        let firmware = line.exchange(.monitor(board: board, "BDFREL"), within: limit).outcome.text
        let isGarbled = name.outcome.text == nil
        found.append([
          "address": .integer(board), "model": .optional(name.outcome.text), "serial": .optional(serial),
          "channels": .optional(channels.map { Int($0) }), "firmware": .optional(firmware),
          "state": isGarbled ? "address_conflict" : "ok",
        ])
        if isGarbled { line.drain() }
      }
      let boards = found
      let columns = ["address", "model", "serial", "channels", "firmware", "state"]
      let rows = boards.map { board in columns.map { cell(board, $0) } }
      let table = TextTable(columns: columns.map { .left($0) }, rows: rows)
      return Report(
        status: boards.isEmpty ? .unavailable : .done,
        result: ["line": .string(address.text), "boards": .array(boards)],
        text: boards.isEmpty ? "no board answers" : table.text(), csv: { CSVText.table(columns, rows) })
    }
  }
}
