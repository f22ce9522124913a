import Arguments
import Errors
import Foundation
import HTTPServer
import Instruments
import Settings

extension HVConfiguration {
  /// The supplies of a bench file.
  ///
  /// Reads `[[hv]]`, and what concerns it in `[bench]`, `[web]`, `[auth]` and `[alarm]`; unknown keys in these are errors with
  /// the nearest name. Other sections belong to others.
  ///
  /// - Throws: `config.missing` (66), `config.syntax`, `config.unknownKey`, `config.badValue`, `hv.badInterlock` (78).
  public static func read(path: String) throws(CavernError) -> [HVConfiguration] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CavernError("config.missing", "there is no such file", exit: .noInput, file: path)
    }
    do throws(CavernError) {
      return try read(try TOMLNode.parse([UInt8](data), file: path))
    } catch {
      throw error.inFile(path)
    }
  }

  /// The supplies of a bench file that was parsed.
  public static func read(_ root: TOMLNode) throws(CavernError) -> [HVConfiguration] {
    guard let list = root["hv"] else {
      throw CavernError("config.noSupply", "the file has no [[hv]]", exit: .configuration)
    }
    guard case .array(let nodes) = list.value else {
      throw CavernError(
        "config.badValue", "hv is a list of supplies", exit: .configuration, line: list.line, expected: "[[hv]]")
    }
    var result: [HVConfiguration] = []
    for node in nodes { result.append(try supply(TOMLReader(node, "hv"), root)) }
    return result
  }

  private static func supply(_ table: TOMLReader, _ root: TOMLNode) throws(CavernError) -> HVConfiguration {
    try table.allow([
      "name", "transport", "address", "boards", "timeout", "socket", "compat_xmlrpc", "xmlrpc_port", "on_exit",
      "require_hw_limits", "log", "trip", "channel", "period",
    ])
    let address = try table.text("address") ?? ""
    let isSerial = try table.word("transport", ["tcp", "serial"]) == "serial"
    var made = HVConfiguration(
      line: try table.inContext("address") { () throws(CavernError) in
        try LineAddress(isSerial ? "serial:\(address)" : "tcp:\(address)")
      })
    made.name = try table.text("name") ?? "main"
    made.timeout = try table.duration("timeout") ?? (isSerial ? .milliseconds(1500) : .seconds(1))
    made.servesXMLRPC = try table.flag("compat_xmlrpc") ?? false
    made.portXMLRPC = try table.number("xmlrpc_port").map { Int($0) } ?? 8000
    made.rampsDownOnExit = try table.word("on_exit", ["leave", "ramp-down"]) == "ramp-down"
    made.rules.requiresHardwareLimits = try table.flag("require_hw_limits") ?? false
    if let period = try table.duration("period") { made.rules.period = Int(period / .milliseconds(1)) }
    if let boards = try table.tables("boards") {
      made.boards = []
      for board in boards {
        try board.allow(["address", "serial"])
        made.boards.append(
          Board(address: Int(try board.number("address") ?? 0), serial: try board.text("serial")))
      }
    }
    if let log = try table.table("log") {
      try log.allow(["period", "fast_period", "layout", "deadband", "max_silence"])
      made.logPeriod = try log.duration("period") ?? .seconds(5)
      made.fastLogPeriod = try log.duration("fast_period") ?? .seconds(1)
    }
    if let trip = try table.table("trip") {
      try trip.allow(["action", "history", "auto_recover", "groups"])
      made.rules.tripAction =
        try trip.word("action", HVTripAction.allCases.map(\.rawValue)).flatMap(HVTripAction.init(rawValue:)) ?? .safe
      made.tripHistory = Int(try trip.number("history") ?? 60)
      if try trip.flag("auto_recover") == true {
        throw trip.fault("auto_recover", "outputs are never switched on again by themselves in this version")
      }
    }
    for channel in try table.tables("channel") ?? [] { try made.add(channel) }
    try made.checkNames(table)
    if let trip = try table.table("trip") { try made.readGroups(trip) }
    try made.readNeighbours(root)
    made.socket = try table.text("socket") ?? "/run/cavern/hv-\(made.name).sock"
    return made
  }

  private mutating func add(_ table: TOMLReader) throws(CavernError) {
    try table.allow([
      "board", "channel", "name", "polarity", "signed", "v_min", "v_max", "i_max", "p_max", "max_step_v",
      "max_ramp_v_s",
      "expect", "interlock",
    ])
    guard let number = try table.number("channel") else { throw table.fault("channel", "the channel has no number") }
    let place = HVChannel(board: Int(try table.number("board") ?? 0), channel: Int(number))
    guard rules.channels[place] == nil else { throw table.fault("channel", "channel \(place.text) is there twice") }
    var channel = HVChannelRules(name: try table.text("name") ?? place.text)
    channel.polarity = try table.word("polarity", ["+", "-"])
    channel.isSigned = try table.flag("signed") ?? false
    channel.minimumVoltage = abs(try table.number("v_min") ?? 0)
    channel.maximumVoltage = try table.number("v_max").map { abs($0) }
    channel.maximumCurrent = try table.number("i_max")
    channel.maximumPower = try table.number("p_max") ?? 8
    channel.maximumStep = try table.number("max_step_v")
    channel.maximumRamp = try table.number("max_ramp_v_s")
    if let expected = try table.table("expect") {
      for member in expected.members {
        guard CAENParameter.named(member.name) != nil else {
          throw expected.fault(member.name, "there is no parameter '\(member.name)'")
        }
        channel.expected[member.name] = try expected.scalar(member.name) ?? ""
      }
    }
    for text in try table.texts("interlock") {
      channel.interlocks.append(
        try table.inContext("interlock") { () throws(CavernError) in try InterlockExpression(text) })
    }
    rules.channels[place] = channel
  }

  /// Names in interlocks must be names of channels.
  private func checkNames(_ table: TOMLReader) throws(CavernError) {
    let names = rules.channels.values.map(\.name)
    guard Set(names).count == names.count else { throw table.fault("channel", "two channels have the same name") }
    for channel in rules.channels.values {
      for interlock in channel.interlocks {
        for name in interlock.channelNames.sorted() where !names.contains(name) {
          var error = table.fault("channel", "interlock '\(interlock.text)': there is no channel '\(name)'")
          error.nearest = nearestNames(to: name, in: names)
          throw error
        }
      }
    }
  }

  private mutating func readGroups(_ trip: TOMLReader) throws(CavernError) {
    guard case .array(let groups)? = trip.node("groups")?.value else { return }
    for group in groups {
      guard case .array(let names) = group.value else {
        throw trip.fault("groups", "a group is a list of channel names")
      }
      var members: [HVChannel] = []
      for name in names {
        guard case .string(let text) = name.value, let place = rules.channel(named: text) else {
          throw trip.fault("groups", "a group holds something that is no name of a channel")
        }
        members.append(place)
      }
      rules.groups.append(members)
    }
  }

  private mutating func readNeighbours(_ root: TOMLNode) throws(CavernError) {
    if let bench = root["bench"] {
      let table = TOMLReader(bench, "bench")
      if let folder = try table.text("state_dir") { stateFolder = folder }
    }
    if let node = root["web"] {
      let table = TOMLReader(node, "web")
      for text in try table.texts("listen") {
        web.append(try table.inContext("listen") { () throws(CavernError) in try HTTPEndpoint(text) })
      }
      isRemote = try table.flag("remote") ?? false
    }
    if let node = root["auth"] {
      let table = TOMLReader(node, "auth")
      try table.allow([
        "tokens_file", "operators_group", "host_names", "certificate", "key", "local_role",
      ])
      hostNames = try table.texts("host_names")
      certificateFile = try table.text("certificate")
      keyFile = try table.text("key")
      if let role = try table.word("local_role", HVRole.allCases.map(\.rawValue)).flatMap(HVRole.init(rawValue:)) {
        localWebRole = role
      }
      tokensFile = try table.text("tokens_file")
      operatorsGroup = try table.text("operators_group")
    }
    if let node = root["alarm"] { alarms = try AlarmSettings(TOMLReader(node, "alarm")) }
  }
}
