import Arguments
import Errors
import Instruments

extension Command {
  /// The commands that set something and read it back.
  static var scopeSettings: [Command] {
    [
      scopeSequence, scopeTimebase, scopeTrigger, scopeChannel, scopeText, scopeTransferSetup, scopeStoreSetup,
      scopeStore, scopeAutoname, scopeDirectory, scopeRemove,
    ]
  }

  private static let address = "--address 192.0.2.30"

  private static var scopeSequence: Command {
    Command(
      "sequence", "Switch sequence mode on or off.",
      examples: [Example("cavern scope sequence --segments 100 \(address)", "100 segments a sweep")],
      options: [
        .option("segments", "N", .integer(2...1_000_000), "Segments of a sweep."),
        .option("max-samples", "M", .integer(1...(.max)), "Most samples of a segment; only with --segments."),
        .flag("off", "Single sweeps."),
      ] + ScopeConnection.options
    ) { arguments in
      let segments = try arguments.optionalInt("segments")
      guard (segments == nil) == arguments.flag("off") else {
        throw CavernError("usage.conflict", "either --segments or --off is needed", exit: .usage)
      }
      let samples = try arguments.optionalInt("max-samples")
      return try ScopeConnection.set(arguments) { _ throws(CavernError) in
        [try .sequence(segments: segments, maximumSamples: samples)]
      }
    }
  }

  private static var scopeTimebase: Command {
    Command(
      "timebase", "Set the time base.",
      examples: [Example("cavern scope timebase 2us \(address)", "2 microseconds a division")],
      arguments: [Argument("time", .text, "Time a division with NS, US, MS, S or KS.")],
      options: ScopeConnection.options
    ) { arguments in
      let time = try arguments.string("time")
      return try ScopeConnection.set(arguments) { _ throws(CavernError) in [try .timebase(time)] }
    }
  }

  private static var scopeTrigger: Command {
    Command(
      "trigger", "Set the trigger.",
      discussion: "Level, slope and coupling belong to a source, which --source names.",
      examples: [
        Example("cavern scope trigger --source C2 --type edge --level -0.05 --slope neg \(address)", "a falling edge")
      ],
      options: [
        .option("source", "SOURCE", .text, "Cn, EX, EX10 or LINE."),
        .option("type", "TYPE", .text, "Type: drop, edge, glit, intv, std, sng, sq or teq."),
        .option("level", "VOLT", .number(-1000...1000), "Level in volts."),
        .option("slope", "SLOPE", .text, "Slope: pos or neg."),
        .option("coupling", "WORD", .text, "Coupling: ac, dc, hfrej or lfrej."),
        .option("mode", "MODE", .text, "Mode: auto, norm, single or stop."),
        .option("window", "VOLT", .number(0...25), "Window around the level in volts."),
      ] + ScopeConnection.options
    ) { arguments in
      let source = try arguments.optionalString("source")
      for name in ["type", "level", "slope", "coupling"] where arguments.isGiven(name) && source == nil {
        throw arguments.fault("usage.missingValue", "--\(name) needs --source", about: name)
      }
      let type = try arguments.optionalString("type")
      let level = try arguments.optionalDouble("level")
      let slope = try arguments.optionalString("slope")
      let coupling = try arguments.optionalString("coupling")
      let mode = try arguments.optionalString("mode")
      let window = try arguments.optionalDouble("window")
      return try ScopeConnection.set(arguments) { channels throws(CavernError) in
        var requests: [ScopeRequest] = []
        if let source {
          if let type { requests.append(try .triggerSelect(type, source: source, channels: channels)) }
          if let coupling { requests.append(try .triggerCoupling(source, coupling, channels: channels)) }
          if let level { requests.append(try .triggerLevel(source, volts: level, channels: channels)) }
          if let slope { requests.append(try .triggerSlope(source, slope, channels: channels)) }
        }
        if let window { requests.append(try .triggerWindow(volts: window)) }
        if let mode { requests.append(try .triggerMode(mode)) }
        return requests
      }
    }
  }

  private static var scopeChannel: Command {
    Command(
      "channel", "Set a channel.",
      examples: [
        Example("cavern scope channel C2 --vdiv 0.1 --offset 0 --coupling d50 \(address)", "set three things")
      ],
      arguments: [Argument("channel", .text, "C1 to Cn, or its number.")],
      options: [
        .option("vdiv", "VOLT", .number(1e-6...1000), "Volts a division."),
        .option("offset", "VOLT", .number(-1000...1000), "Offset in volts."),
        .option("bwl", "LIMIT", .text, "Bandwidth limit: off, on or 200mhz."),
        .option("coupling", "WORD", .text, "Coupling: d50, d1m, a1m or gnd."), .flag("on", "Show the trace."),
        .flag("off", "Hide the trace."),
      ] + ScopeConnection.options
    ) { arguments in
      let channel = try arguments.string("channel")
      let scale = try arguments.optionalDouble("vdiv")
      let offset = try arguments.optionalDouble("offset")
      let limit = try arguments.optionalString("bwl")
      let coupling = try arguments.optionalString("coupling")
      guard !(arguments.flag("on") && arguments.flag("off")) else {
        throw CavernError("usage.conflict", "--on and --off exclude each other", exit: .usage)
      }
      return try ScopeConnection.set(arguments) { channels throws(CavernError) in
        var requests: [ScopeRequest] = []
        if let scale { requests.append(try .voltsPerDivision(channel, volts: scale, channels: channels)) }
        if let offset { requests.append(try .offset(channel, volts: offset, channels: channels)) }
        if let coupling { requests.append(try .coupling(channel, coupling, channels: channels)) }
        if let limit { requests.append(try .bandwidthLimit(channel, limit, channels: channels)) }
        if arguments.flag("on") || arguments.flag("off") {
          requests.append(try .trace(channel, isOn: arguments.flag("on"), channels: channels))
        }
        return requests
      }
    }
  }

  private static var scopeText: Command {
    Command(
      "text", "Store a note with the waveforms of a channel.",
      examples: [Example("cavern scope text C2 'run 12, Ne/CF4/C2H6' \(address)", "a note in every waveform")],
      arguments: [Argument("channel", .text, "The channel."), Argument("text", .text, "At most 160 characters.")],
      options: ScopeConnection.options
    ) { arguments in
      let (channel, text) = (try arguments.string("channel"), try arguments.string("text"))
      return try ScopeConnection.set(arguments) { channels throws(CavernError) in
        [try .waveformText(channel, text, channels: channels)]
      }
    }
  }

  private static var scopeTransferSetup: Command {
    Command(
      "transfer-setup", "Set which samples a waveform transfer sends.",
      discussion: "For transfers by other programs: Cavern sends everything and restores these values when it ends.",
      examples: [Example("cavern scope transfer-setup --sparsing 4 \(address)", "every fourth sample")],
      options: [
        .option("sparsing", "S", .integer(0...1_000_000), "Every s-th sample.", default: "0"),
        .option("points", "N", .integer(0...(.max)), "How many; 0 for all.", default: "0"),
        .option("first", "F", .integer(0...(.max)), "The first sample.", default: "0"),
        .option("segment", "K", .integer(0...1_000_000), "One segment; 0 for all.", default: "0"),
      ] + ScopeConnection.options
    ) { arguments in
      let request = try ScopeRequest.transfer(
        sparsing: arguments.int("sparsing"), points: arguments.int("points"), first: arguments.int("first"),
        segment: arguments.int("segment"))
      let setting = try ScopeConnection.with(arguments) { (scope) throws(CavernError) in
        scope.keeps("WFSU")
        return try scope.set(request)
      }
      return ScopeConnection.report([setting])
    }
  }

  private static var scopeStoreSetup: Command {
    Command(
      "store-setup", "Set how the oscilloscope stores waveforms on its own disk.",
      examples: [
        Example("cavern scope store-setup C1 --to hdd --auto fill \(address)", "store until the disk is full")
      ],
      arguments: [Argument("trace", .text, "Cn, TA to TD, F1 to F8 or ALL_DISPLAYED.")],
      options: [
        .option("to", "PLACE", .text, "Place: hdd, card, flpy or m1 to m4.", default: "hdd"),
        .option("auto", "KIND", .text, "Auto-store: off, wrap or fill.", default: "off"),
        .option("format", "FORMAT", .text, "Format: binary, spreadsheet, mathcad or matlab.", default: "binary"),
      ] + ScopeConnection.options
    ) { arguments in
      let (trace, place) = (try arguments.string("trace"), try arguments.string("to"))
      let (auto, format) = (try arguments.string("auto"), try arguments.string("format"))
      return try ScopeConnection.set(arguments) { channels throws(CavernError) in
        [try .storeSetup(trace: trace, destination: place, auto: auto, format: format, channels: channels)]
      }
    }
  }

  private static var scopeStore: Command {
    Command(
      "store", "Store a waveform on the oscilloscope's own disk.",
      examples: [Example("cavern scope store C1 --to hdd \(address)", "store the waveform of channel 1")],
      arguments: [Argument("trace", .text, "Cn, TA to TD, F1 to F8 or ALL_DISPLAYED.")],
      options: [.option("to", "PLACE", .text, "Place: hdd, card, flpy or m1 to m4.", default: "hdd")]
        + ScopeConnection.options
    ) { arguments in
      let (trace, place) = (try arguments.string("trace"), try arguments.string("to"))
      return try ScopeConnection.set(arguments) { channels throws(CavernError) in
        [try .store(trace: trace, destination: place, channels: channels)]
      }
    }
  }

  private static var scopeAutoname: Command {
    Command(
      "autoname", "Set the names that the oscilloscope gives to files it stores.",
      examples: [Example("cavern scope autoname C1 RUN12 \(address)", "files RUN12000, RUN12001, …")],
      arguments: [
        Argument("type", .text, "Cn, TA to TD, SETUP or HCOPY."),
        Argument("name", .text, "At most 8 letters; 5 for SETUP and HCOPY."),
      ], options: ScopeConnection.options
    ) { arguments in
      let (type, name) = (try arguments.string("type"), try arguments.string("name"))
      return try ScopeConnection.set(arguments) { channels throws(CavernError) in
        [try .fileName(type: type, name: name, channels: channels)]
      }
    }
  }

  private static var scopeDirectory: Command {
    Command(
      "dir", "List, make, delete or enter a folder of the oscilloscope's disk.",
      examples: [Example("cavern scope dir --device-name hdd \(address)", "print the present folder")],
      options: [
        .option("device-name", "NAME", .text, "Disk: hdd, card or flpy.", default: "hdd"),
        .option("action", "ACTION", .choice(["create", "delete", "switch"]), "What to do with --path."),
        .option("path", "PATH", .text, "The folder."),
      ] + ScopeConnection.options
    ) { arguments in
      let device = try arguments.string("device-name")
      guard let action = try arguments.optionalString("action") else {
        let query = try ScopeRequest.directoryQuery(device: device)
        let text = try ScopeConnection.with(arguments) { (scope) throws(CavernError) in try scope.value(query) }
        return Report(result: ["directory": .string(text)], text: text)
      }
      let path = try arguments.string("path")
      return try ScopeConnection.set(arguments) { _ throws(CavernError) in
        [try .directory(device: device, action: action, path: path)]
      }
    }
  }

  private static var scopeRemove: Command {
    Command(
      "rm", "Delete a file from the oscilloscope's disk.",
      examples: [Example("cavern scope rm 'C1RUN.000' --yes \(address)", "delete without further question")],
      arguments: [Argument("path", .text, "The file.")],
      options: [
        .option("device-name", "NAME", .text, "Disk: hdd, card or flpy.", default: "hdd"),
        .flag("yes", "Really delete it."), .flag("dry-run", "Only print what would be sent."),
      ] + ScopeConnection.options
    ) { arguments in
      let request = try ScopeRequest.deleteFile(
        device: arguments.string("device-name"), path: arguments.string("path"))
      if arguments.flag("dry-run") {
        return Report(result: ["command": .string(request.command)], text: "would send: \(request.command)\n")
      }
      guard arguments.flag("yes") else {
        throw CavernError(
          "scope.notConfirmed", "'\(request.requested)' would be deleted for good", exit: .notPermitted,
          hint: "add --yes to delete it, --dry-run to see the command")
      }
      return try ScopeConnection.set(arguments) { _ throws(CavernError) in [request] }
    }
  }
}
