import Arguments
import Errors
import Foundation
import Instruments
import JSON

extension Command {
  /// `cavern gas sim`: a board without hardware.
  static var gasSim: Command {
    Command(
      "sim", "Simulate a gas board on a pseudo terminal until stopped.",
      discussion: """
        Prints the device to open. --link makes a link that always leads to it, as /dev/serial/by-id does. Faults are lines of \
        JSON on standard input, one for the next reply each: {"fault":"drop","bytes":5}, duplicate, flip, half, merge, nan, \
        no_gas, sensor_error, {"fault":"slow","seconds":1.5}, silent, {"fault":"unplug","seconds":3}, chatter.
        """,
      examples: [
        Example("cavern gas sim --link /tmp/gas", "a board of the present firmware"),
        Example("cavern gas sim --protocol 0 --speed 10", "a board of the first firmware, ten times as fast"),
      ],
      options: [
        .option("link", "PATH", .path, "Make a link to the device."),
        .option("protocol", "V", .choice(["0", "1"]), "Version of the firmware's protocol.", default: "1"),
        .option("seed", "N", .integer(0...(.max)), "Start of the random course.", default: "1"),
        .option("speed", "X", .number(0.01...1000), "Let time run so many times faster.", default: "1"),
        .flag("no-sensor", "The board finds no sensor."),
        .option("for", "SPAN", .duration, "End after this time.", note: "no end"),
      ]
    ) { arguments in
      var options = GasSimulator.Options()
      options.version = try arguments.int("protocol")
      options.seed = UInt64(try arguments.int("seed"))
      options.speed = try arguments.double("speed")
      options.hasSensor = !arguments.flag("no-sensor")
      options.link = try arguments.optionalString("link")
      let end = try arguments.optionalDuration("for").map { ContinuousClock.now + $0 }
      let simulator = try GasSimulator(options)
      let device = options.link ?? simulator.path
      if !arguments.flag("json") { try StandardStreams.write(Array("\(device)\n".utf8)) }
      SystemdNotifier.send("READY=1")
      ServiceThread.start("gas-sim-faults") { readFaults(simulator) }
      while !Interrupts.isRequested, end.map({ ContinuousClock.now < $0 }) ?? true {
        guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { break }
      }
      simulator.stop()
      let count = simulator.exchanges
      var report = Report(result: ["device": .string(device), "exchanges": .integer(count)], text: "")
      report.isService = true
      return report
    }
  }

  nonisolated private static func readFaults(_ simulator: GasSimulator) {
    while let line = readLine(strippingNewline: true) {
      guard !line.isEmpty else { continue }
      do {
        simulator.inject(try GasFault(try JSONValue(parsing: line)))
      } catch let error as CavernError {
        StandardStreams.writeError(Array("\(error.text)\n".utf8))
      } catch {
        StandardStreams.writeError(Array("not JSON: \(line)\n".utf8))
      }
    }
  }
}
