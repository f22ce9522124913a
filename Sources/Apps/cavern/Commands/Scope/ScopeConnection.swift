import Arguments
import Errors
import Files
import Instruments
import JSON

/// The options that lead to an oscilloscope, and what the commands on one share.
enum ScopeConnection {
  /// Options of every command that talks to an oscilloscope.
  static let options: [Option] = [
    .option(
      "address", short: "a", "ADDRESS", .text,
      "Where the oscilloscope is: HOST, HOST:PORT, TCPIP::HOST::inst0::INSTR or VICP::HOST::INSTR."),
    .option(
      "transport", "KIND",
      .choice([
        .init("auto", "VICP, then VXI-11"), .init("vxi11", "VXI-11"), .init("vicp", "LeCroy's own protocol"),
      ]), "How it is reached.", note: "what the address says, else auto"),
    .option(
      "port", "N", .integer(1...65535), "Port of VICP, or of the VXI-11 core channel; no port mapper is asked then."),
    .option("mapper-port", "N", .integer(1...65535), "Port of the port mapper.", default: "111"),
    .option("device", "NAME", .text, "Device behind VXI-11.", note: "inst0"),
    .option("channels-of-model", "N", .integer(1...8), "How many channels it has.", note: "from the model"),
    .option("timeout", "TIME", .duration, "Limit of each operation.", default: "30 s"),
    .option("audit", "FILE", .file(["jsonl"]), "Append every message to this file, one JSON object a line."),
  ]

  /// The address that the options name.
  static func resource(_ arguments: ParsedArguments) throws(CavernError) -> InstrumentResource {
    guard let address = try arguments.optionalString("address") else {
      throw CavernError(
        "usage.missingValue", "--address is needed", exit: .usage, expected: "--address HOST",
        hint: "'cavern scope discover' looks for oscilloscopes, 'cavern scope sim' stands in for one")
    }
    var resource: InstrumentResource
    do throws(CavernError) {
      resource = try InstrumentResource(address)
    } catch {
      throw arguments.fault(error.code, error.message, about: "address", expected: error.expected)
    }
    if let kind = try arguments.optionalString("transport").flatMap(InstrumentResource.Kind.init) {
      resource.kind = kind
    }
    if let port = try arguments.optionalInt("port") { resource.port = UInt16(port) }
    resource.mapperPort = UInt16(try arguments.int("mapper-port"))
    if let device = try arguments.optionalString("device") { resource.device = device }
    return resource
  }

  /// Connects to the oscilloscope that the options name.
  static func connect(_ arguments: ParsedArguments) throws(CavernError) -> LeCroyOscilloscope {
    let line = try resource(arguments).connect(timeout: try timeout(arguments))
    let scope = try LeCroyOscilloscope(
      line: line, channels: try arguments.optionalInt("channels-of-model"), timeout: try timeout(arguments))
    let isVerbose = arguments.count("verbose") > 0
    let audit = try arguments.optionalString("audit").map { (path) throws(CavernError) in try AuditFile(path) }
    if isVerbose || audit != nil {
      scope.log = { direction, text in
        if isVerbose { StandardStreams.writeError(Array("\(direction) \(text)\n".utf8)) }
        audit?.append(direction: direction, text: text)
      }
    }
    return scope
  }

  /// The limit of each operation.
  static func timeout(_ arguments: ParsedArguments) throws(CavernError) -> Duration {
    let timeout = try arguments.duration("timeout")
    guard timeout > .zero else {
      throw arguments.fault(
        "usage.badValue", "the time limit must be above 0", about: "timeout", expected: "a time above 0")
    }
    return timeout
  }

  /// Connects, lets `body` work and restores the oscilloscope's transfer settings, also after a fault.
  static func with<Value>(
    _ arguments: ParsedArguments, _ body: (LeCroyOscilloscope) throws(CavernError) -> Value
  ) throws(CavernError) -> Value {
    let scope = try connect(arguments)
    defer { scope.close() }
    return try body(scope)
  }

  /// Makes settings one after another and reports requested and actual values.
  static func set(_ arguments: ParsedArguments, _ requests: (Int) throws(CavernError) -> [ScopeRequest])
    throws(CavernError) -> Report
  {
    let settings = try with(arguments) { (scope) throws(CavernError) in
      var settings: [ScopeSetting] = []
      for request in try requests(scope.channels) { settings.append(try scope.set(request)) }
      return settings
    }
    return report(settings)
  }

  /// A report on settings; adjusted ones are warnings too.
  static func report(_ settings: [ScopeSetting]) -> Report {
    let warnings = settings.filter(\.isAdjusted).map {
      CavernWarning("scope.adjusted", "\($0.name): \($0.requested) was adjusted to \($0.actual)")
    }
    let table = TextTable(
      columns: [.left("setting"), .left("requested"), .left("actual"), .left("")],
      rows: settings.map { [$0.name, $0.requested, $0.actual, $0.isAdjusted ? "adjusted" : ""] })
    return Report(
      warnings: warnings, result: ["settings": .array(settings.map(\.json))],
      text: settings.isEmpty ? "done\n" : table.text(width: .max))
  }
}
