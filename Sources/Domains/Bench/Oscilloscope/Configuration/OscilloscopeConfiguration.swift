import Errors
import Instruments
import Settings

/// A table `[[scope]]` of the bench's configuration: where the oscilloscope is, how it is set up and what is acquired.
public struct OscilloscopeConfiguration: Sendable {
  /// Its name.
  public var name: String
  /// Where it is.
  public var resource: InstrumentResource
  /// The limit of each operation.
  public var timeout: Duration
  /// Number of channels; `nil` takes it from the model.
  public var channels: Int?
  /// The settings of `[scope.setup]`, in the order in which they are made.
  public var requests: [ScopeRequest]
  /// The names of the channels that are set up.
  public var channelNames: [String]
  /// What `[scope.acquire]` says, on the plan's defaults.
  public var plan: AcquisitionPlan
  /// Where runs go; `nil` when it is not said.
  public var out: String?

  /// Reads the table.
  ///
  /// - Parameter node: the table, with its places in the file.
  /// - Throws: `config.unknownKey`, `config.badValue`, `config.missingKey` (exit 78) with line, column and the nearest names.
  public init(_ node: TOMLNode) throws(CavernError) {
    let table = ScopeTable(
      node, "scope", keys: ["name", "transport", "address", "device", "timeout", "channels", "setup", "acquire"])
    try table.check()
    name = try table.text("name") ?? "scope"
    guard let address = try table.text("address") else {
      throw table.fault("config.missingKey", "scope.address is missing")
    }
    do throws(CavernError) {
      resource = try InstrumentResource(address)
    } catch {
      throw table.fault("config.badValue", error.message, "address", expected: error.expected)
    }
    if let word = try table.choice("transport", InstrumentResource.Kind.allCases.map(\.rawValue)),
      let kind = InstrumentResource.Kind(rawValue: word)
    {
      resource.kind = kind
    }
    if let device = try table.text("device") { resource.device = device }
    timeout = try table.duration("timeout") ?? .seconds(30)
    channels = try table.integer("channels", 1...8)
    (requests, channelNames) = try Self.setUp(table, channels ?? 4)
    plan = AcquisitionPlan(channels: channelNames)
    out = nil
    guard let acquire = table.node("acquire") else { return }
    let part = ScopeTable(
      acquire, "scope.acquire",
      keys: ["out", "format", "sweep_timeout", "on_timeout", "on_hv_trip", "sweeps", "min_free", "poll"])
    try part.check()
    out = try part.text("out")
    // Transfers are always of 16 bits; the key is there for what other programs wrote.
    _ = try part.choice("format", ["word"])
    if let limit = try part.duration("sweep_timeout") { plan.sweepTimeout = limit }
    if let poll = try part.duration("poll") { plan.pollInterval = poll }
    plan.sweeps = try part.integer("sweeps", 1...(.max))
    plan.minimumFree = try part.integer("min_free", 0...(.max)) ?? plan.minimumFree
    let onTimeout = try part.choice("on_timeout", AcquisitionPlan.OnTimeout.allCases.map(\.rawValue))
    plan.onTimeout = onTimeout.flatMap(AcquisitionPlan.OnTimeout.init) ?? plan.onTimeout
    let onTrip = try part.choice("on_hv_trip", AcquisitionPlan.OnTrip.allCases.map(\.rawValue))
    plan.onTrip = onTrip.flatMap(AcquisitionPlan.OnTrip.init) ?? plan.onTrip
  }

  /// The settings of `[scope.setup]` with the names of its channels.
  private static func setUp(
    _ table: ScopeTable, _ channels: Int
  ) throws(CavernError) -> ([ScopeRequest], [String]) {
    guard let node = table.node("setup") else { return ([], []) }
    let setup = ScopeTable(node, "scope.setup", keys: ["timebase", "trigger", "sequence", "channel"])
    try setup.check()
    var requests: [ScopeRequest] = []
    var names: [String] = []
    if let time = try setup.text("timebase") {
      requests.append(try setup.request("timebase") { () throws(CavernError) in try .timebase(time) })
    }
    for node in setup.elements("channel") {
      let part = ScopeTable(node, "scope.setup.channel", keys: ["name", "vdiv", "offset", "coupling", "bwl"])
      try part.check()
      guard let name = try part.text("name") else {
        throw part.fault("config.missingKey", "scope.setup.channel.name is missing")
      }
      names.append(try part.request("name") { () throws(CavernError) in try ScopeRequest.channel(name, of: channels) })
      if let volts = try part.number("vdiv") {
        requests.append(
          try part.request("vdiv") { () throws(CavernError) in
            try .voltsPerDivision(name, volts: volts, channels: channels)
          })
      }
      if let volts = try part.number("offset") {
        requests.append(
          try part.request("offset") { () throws(CavernError) in try .offset(name, volts: volts, channels: channels) })
      }
      if let word = try part.text("coupling") {
        requests.append(
          try part.request("coupling") { () throws(CavernError) in try .coupling(name, word, channels: channels) })
      }
      if let word = try part.text("bwl") {
        requests.append(
          try part.request("bwl") { () throws(CavernError) in try .bandwidthLimit(name, word, channels: channels) })
      }
    }
    if let node = setup.node("sequence") {
      let part = ScopeTable(node, "scope.setup.sequence", keys: ["on", "segments"])
      try part.check()
      let segments = try part.boolean("on") ?? true ? try part.integer("segments", 2...1_000_000) ?? 100 : nil
      requests.append(
        try part.request("segments") { () throws(CavernError) in try .sequence(segments: segments) })
    }
    if let node = setup.node("trigger") { requests += try trigger(node, channels) }
    return (requests, names)
  }

  private static func trigger(_ node: TOMLNode, _ channels: Int) throws(CavernError) -> [ScopeRequest] {
    let part = ScopeTable(
      node, "scope.setup.trigger", keys: ["source", "type", "level", "slope", "coupling", "mode", "window"])
    try part.check()
    guard let source = try part.text("source") else {
      throw part.fault("config.missingKey", "scope.setup.trigger.source is missing")
    }
    let type = try part.text("type") ?? "edge"
    var requests = [
      try part.request("type") { () throws(CavernError) in
        try ScopeRequest.triggerSelect(type, source: source, channels: channels)
      }
    ]
    if let volts = try part.number("level") {
      requests.append(
        try part.request("level") { () throws(CavernError) in
          try .triggerLevel(source, volts: volts, channels: channels)
        })
    }
    if let word = try part.text("slope") {
      requests.append(
        try part.request("slope") { () throws(CavernError) in try .triggerSlope(source, word, channels: channels) })
    }
    if let word = try part.text("coupling") {
      requests.append(
        try part.request("coupling") { () throws(CavernError) in try .triggerCoupling(source, word, channels: channels)
        })
    }
    if let volts = try part.number("window") {
      requests.append(try part.request("window") { () throws(CavernError) in try .triggerWindow(volts: volts) })
    }
    if let word = try part.text("mode"), word.lowercased() != "stop" {
      // Arming by command replaces the mode; it is checked all the same.
      _ = try part.request("mode") { () throws(CavernError) in try ScopeRequest.triggerMode(word) }
    }
    return requests
  }
}
