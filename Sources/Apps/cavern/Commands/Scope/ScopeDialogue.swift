import Arguments
import Errors
import Files
import Instruments
import JSON

extension Command {
  /// `cavern scope id`.
  static var scopeId: Command {
    Command(
      "id", "Ask an oscilloscope who it is.",
      examples: [Example("cavern scope id --address 192.0.2.30", "print maker, model, serial number and firmware")],
      options: ScopeConnection.options
    ) { arguments in
      let (identity, resource) = try ScopeConnection.with(arguments) { ($0.identity, $0.resource) }
      let members = (identity.json.objectValue?.members ?? []).map { ($0.name, $0.value) }
      return Report(
        result: .object(JSONObject(members + [("resource", .string(resource))])),
        text: "\(identity.maker) \(identity.model), serial number \(identity.serial), firmware \(identity.firmware)\n")
    }
  }

  /// `cavern scope channels`.
  static var scopeChannels: Command {
    Command(
      "channels", "List the channels with their settings.",
      examples: [Example("cavern scope channels --address 192.0.2.30", "print volts a division, offset and coupling")],
      options: ScopeConnection.options
    ) { arguments in
      let rows = try ScopeConnection.with(arguments) { (scope) throws(CavernError) in
        var rows: [[String]] = []
        for number in 1...scope.channels {
          var row = ["C\(number)"]
          for header in ["TRA", "VDIV", "OFST", "CPL"] { row.append(try scope.value("C\(number):\(header)?")) }
          rows.append(row)
        }
        return rows
      }
      let names = ["channel", "trace", "vdiv", "offset", "coupling"]
      return Report(
        result: [
          "channels": .array(rows.map { row in .object(JSONObject(zip(names, row).map { ($0, .string($1)) })) })
        ],
        text: TextTable(columns: names.map { .left($0) }, rows: rows).text())
    }
  }

  /// `cavern scope ask`.
  static var scopeAsk: Command {
    Command(
      "ask", "Send a query as it is and print the reply.",
      examples: [Example("cavern scope ask 'C2:VDIV?' --address 192.0.2.30", "read a setting")],
      arguments: [Argument("query", .text, "The query.")], options: ScopeConnection.options
    ) { arguments in
      let query = try arguments.string("query")
      let reply = try ScopeConnection.with(arguments) { (scope) throws(CavernError) in try scope.ask(query) }
      return Report(result: ["query": .string(query), "reply": .string(reply)], text: reply)
    }
  }

  /// `cavern scope write`.
  static var scopeWrite: Command {
    Command(
      "write", "Send a command as it is and read the error registers.",
      examples: [Example("cavern scope write 'C2:VDIV 0.1' --address 192.0.2.30", "set without checks")],
      arguments: [Argument("command", .text, "The command.")], options: ScopeConnection.options
    ) { arguments in
      let command = try arguments.string("command")
      try ScopeConnection.with(arguments) { (scope) throws(CavernError) in
        try scope.send(command)
        try scope.checkErrors(command)
      }
      return Report(result: ["command": .string(command)], text: "sent, no error reported\n")
    }
  }

  /// `cavern scope arm`, `stop`, `force`.
  static var scopeActions: [Command] {
    let actions: [(String, String, ScopeRequest)] = [
      ("arm", "Arm for one acquisition.", .arm), ("stop", "Stop acquiring.", .stop),
      ("force", "Trigger the armed oscilloscope now.", .force),
    ]
    return actions.map { name, help, request in
      Command(
        name, help, examples: [Example("cavern scope \(name) --address 192.0.2.30", "send \(request.command)")],
        options: ScopeConnection.options
      ) { arguments in
        _ = try ScopeConnection.with(arguments) { (scope) throws(CavernError) in try scope.set(request) }
        return Report(result: ["command": .string(request.command)], text: "done\n")
      }
    }
  }

  /// `cavern scope wait`.
  static var scopeWait: Command {
    Command(
      "wait", "Wait until the acquisition under way is over.",
      examples: [Example("cavern scope wait 20s --address 192.0.2.30", "wait 20 s at the most")],
      arguments: [Argument("time", .duration, "The limit, up to 1000 s.")], options: ScopeConnection.options
    ) { arguments in
      let limit = try arguments.duration("time")
      let seconds = Double(limit.components.seconds) + Double(limit.components.attoseconds) * 1e-18
      let state = try ScopeConnection.with(arguments) { (scope) throws(CavernError) in
        try scope.wait(seconds: seconds)
        return try scope.number("INR?")
      }
      let isAcquired = state & 1 == 1
      return Report(
        status: isAcquired ? .done : .failed,
        result: ["acquired": .bool(isAcquired), "internal_state": .integer(state)],
        text: isAcquired ? "acquired\n" : "no acquisition within the limit\n")
    }
  }

  /// `cavern scope discover`.
  static var scopeDiscover: Command {
    Command(
      "discover", "Look for instruments that serve VXI-11.",
      discussion:
        "Port mappers are asked by broadcast, or at the hosts named; each that serves VXI-11 is asked who it is.",
      examples: [Example("cavern scope discover", "ask the local network")],
      arguments: [Argument("host", .text, "Hosts to ask in place of the network.", count: .repeating(atLeast: 0))],
      options: [
        .option("mapper-port", "N", .integer(1...65535), "Port of the port mappers.", default: "111"),
        .option("timeout", "TIME", .duration, "How long answers are collected.", default: "1 s"),
      ]
    ) { arguments in
      let hosts = try arguments.strings("host")
      let found = try ScopeDiscovery.find(
        hosts: hosts.isEmpty ? ["255.255.255.255"] : hosts, mapperPort: UInt16(try arguments.int("mapper-port")),
        timeout: try arguments.duration("timeout"))
      let table = TextTable(
        columns: [.left("host"), .right("port"), .left("identity")],
        rows: found.map { [$0.host, $0.corePort.description, $0.identity ?? "no answer"] })
      return Report(
        status: found.isEmpty ? .failed : .done, result: ["instruments": .array(found.map(\.json))],
        text: found.isEmpty ? "none found\n" : table.text(width: .max))
    }
  }

  /// `cavern scope screenshot`.
  static var scopeScreenshot: Command {
    Command(
      "screenshot", "Save a picture of the screen.",
      examples: [Example("cavern scope screenshot -o screen.png --address 192.0.2.30", "save it as PNG")],
      options: [
        .option("output", short: "o", "FILE", .file(["png", "bmp", "jpeg"]), "Where to; - is standard output."),
        .option("format", "NAME", .text, "What the oscilloscope calls the format.", default: "PNG"),
      ] + ScopeConnection.options
    ) { arguments in
      let place = try arguments.string("output")
      let format = try arguments.string("format")
      let reply = try ScopeConnection.with(arguments) { (scope) throws(CavernError) in
        try scope.screenshot(format: format)
      }
      // The reply's own line end is no part of the picture.
      let picture = reply.last == 10 ? Array(reply.dropLast()) : reply
      try AtomicFile.write(place, picture)
      let text = "\(place): \(picture.count) bytes\n"
      return Report(
        result: ["file": .string(place), "bytes": .integer(picture.count)], text: place == "-" ? "" : text)
    }
  }

  /// `cavern scope read`.
  static var scopeRead: Command {
    Command(
      "read", "Read the waveform of a channel and save it as the oscilloscope sends it.",
      discussion: "The file begins at '#' and ends with the block: what 'cavern scope decode' reads.",
      examples: [Example("cavern scope read C2 -o C2.trc --address 192.0.2.30", "save the waveform of channel 2")],
      arguments: [Argument("source", .text, "A channel or a trace, for example C2.")],
      options: [
        .option("output", short: "o", "FILE", .file(["trc"]), "Where to; - is standard output."),
        .option(
          "part", "PART", .choice(["DESC", "TEXT", "TIME", "DAT1", "DAT2", "ALL"]), "Which part of the waveform.",
          default: "ALL"),
      ] + ScopeConnection.options
    ) { arguments in
      let place = try arguments.string("output")
      let (source, part) = (try arguments.string("source"), try arguments.string("part"))
      let bytes = try ScopeConnection.with(arguments) { (scope) throws(CavernError) in
        var bytes: [UInt8] = []
        try scope.waveform(source, part: part, into: &bytes)
        return bytes
      }
      guard part == "ALL" else {
        try AtomicFile.write(place, bytes)
        return Report(result: ["file": .string(place), "bytes": .integer(bytes.count)], text: "")
      }
      let waveform = try Waveform(decoding: bytes)
      let file = Array(bytes[waveform.fileRange])
      try AtomicFile.write(place, file)
      let text = "\(place): \(waveform.segmentCount) x \(waveform.pointsPerSegment) samples, \(file.count) bytes\n"
      return Report(
        warnings: waveform.allWarnings(),
        result: [
          "file": .string(place), "bytes": .integer(file.count), "segments": .integer(waveform.segmentCount),
          "points_per_segment": .integer(waveform.pointsPerSegment),
        ], text: place == "-" ? "" : text)
    }
  }
}
