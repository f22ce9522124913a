import Arguments
import Bench
import Errors
import Files
import Foundation
import HTTPClient
import Instruments
import JSON
import TimeSeries

extension Command {
  /// `cavern bench check`: whether everything is in order.
  static var benchCheck: Command {
    Command(
      "check", "Validate the configuration, resolve secrets, and try servers and devices without changing anything.",
      discussion: """
        Ends with 78 when the configuration is wrong, with 1 when a server or device does not answer. --offline leaves servers \
        and devices out.
        """,
      examples: [Example("cavern bench check --config bench.toml", "before a run")],
      options: [.flag("offline", "Look at the configuration and its files only.")]
    ) { arguments in
      let configuration = try BenchFiles.requiredConfiguration(arguments)
      var checker = BenchChecker(configuration)
      await checker.run(isOffline: arguments.flag("offline"))
      let steps = checker.steps
      let isGood = steps.allSatisfy(\.isGood)
      return Report(
        status: isGood ? .done : .failed,
        result: [
          "ok": .bool(isGood), "configuration": .string(configuration.file),
          "checks": .array(
            steps.map { ["name": .string($0.name), "ok": .bool($0.isGood), "text": .string($0.text)] }),
        ], text: steps.map { "\($0.isGood ? "ok  " : "BAD ")  \($0.name): \($0.text)\n" }.joined())
    }
  }
}

/// The steps of a check.
private struct BenchChecker {
  let configuration: BenchConfiguration
  var steps: [(name: String, isGood: Bool, text: String)] = []

  init(_ configuration: BenchConfiguration) {
    self.configuration = configuration
    steps.append(("configuration", true, "\(configuration.file), bench '\(configuration.name)'"))
  }

  mutating func run(isOffline: Bool) async {
    checkFolder()
    for settings in configuration.timeSeries { await check(settings, isOffline: isOffline) }
    checkHighVoltage(isOffline: isOffline)
    checkOscilloscopes(isOffline: isOffline)
    if !isOffline, let gas = configuration.gas { check(gas) }
  }

  /// The tables of supplies and the file of tokens, which a broker would refuse only when it starts.
  private mutating func checkHighVoltage(isOffline: Bool) {
    guard !configuration.highVoltage.isEmpty else { return }
    var supplies: [HVConfiguration] = []
    let file = configuration.file
    attempt("high voltage") { () throws(CavernError) in
      supplies = try HVConfiguration.read(path: file)
      var text = "\(supplies.reduce(0) { $0 + $1.rules.channels.count }) channels with limits"
      if let tokens = supplies.first?.tokensFile {
        text += ", \(try TokenBook(path: tokens).entries.count) tokens"
      }
      return text
    }
    guard !isOffline else { return }
    for supply in supplies {
      attempt("hv \(supply.name)") { () throws(CavernError) in
        // Connecting alone: an exchange belongs to the broker.
        try supply.line.open(within: .seconds(3)).close()
        return "\(supply.line.text) accepts a connection"
      }
    }
  }

  private mutating func checkOscilloscopes(isOffline: Bool) {
    for (place, node) in configuration.oscilloscopes.enumerated() {
      attempt("scope \(place)") { () throws(CavernError) in
        let settings = try OscilloscopeConfiguration(node)
        guard !isOffline else { return settings.name }
        let scope = try LeCroyOscilloscope(
          settings.resource, channels: settings.channels, timeout: min(settings.timeout, .seconds(5)))
        defer { scope.close() }
        return "\(settings.name): \(scope.identity.model) \(scope.identity.serial)"
      }
    }
  }

  /// Looks at the nearest folder that is there: services make the others, a check makes nothing.
  private mutating func checkFolder() {
    let folder = configuration.stateFolder
    var (place, isFolder) = (folder, ObjCBool(false))
    while !FileManager.default.fileExists(atPath: place, isDirectory: &isFolder), !["/", "."].contains(place) {
      place = AtomicFile.folder(of: place)
    }
    guard isFolder.boolValue, let facts = try? FileManager.default.attributesOfFileSystem(forPath: place),
      let free = (facts[.systemFreeSize] as? NSNumber)?.intValue
    else {
      steps.append(("state folder", false, "\(folder) cannot be made"))
      return
    }
    let isWritable = FileManager.default.isWritableFile(atPath: place)
    let isGood = isWritable && free >= configuration.minimumFreeBytes
    steps.append(("state folder", isGood, "\(folder), \(free >> 20) MiB free\(isWritable ? "" : ", not writable")"))
  }

  private mutating func check(_ settings: TimeSeriesSettings, isOffline: Bool) async {
    let name = "time series \(settings.name)"
    let destination: Destination
    do throws(CavernError) {
      guard let made = try settings.destination() else {
        steps.append((name, true, "the local store alone"))
        return
      }
      destination = made
    } catch {
      steps.append((name, false, error.text))
      return
    }
    guard !isOffline else {
      steps.append((name, true, "\(destination.kind.rawValue) at \(destination.url)"))
      return
    }
    do throws(CavernError) {
      steps.append((name, true, try await destination.health()))
    } catch {
      steps.append((name, false, error.message))
    }
  }

  private mutating func check(_ gas: GasSettings) {
    attempt("gas") { () throws(CavernError) in
      let exchange = try GasConnection.open(gas).measure().exchange
      guard exchange.outcome.isUsable else {
        throw CavernError("gas.exchange", "\(exchange.outcome.rawValue): \(exchange.reason ?? "")", exit: .unavailable)
      }
      return GasText.line(exchange)
    }
  }

  private mutating func attempt(_ name: String, _ body: () throws(CavernError) -> String) {
    do throws(CavernError) { steps.append((name, true, try body())) } catch { steps.append((name, false, error.text)) }
  }
}
