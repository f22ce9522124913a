import Files
import Foundation
import Glibc
import JSON
import TestSupport
import Testing

@testable import Instruments

/// The board's own firmware on a simulated ATmega328P with a simulated BME680 on its bus.
private final class FirmwareBoard {
  static let folder = TestResources.folder.deletingLastPathComponent().deletingLastPathComponent()
  /// Whether the cross compiler and simavr are installed.
  static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/avr-gcc")

  /// What `make` says, built once.
  static let size: Result<String, any Error> = Result { try make() }

  private let process = Process()
  private let commands = Pipe()
  private let output = Pipe()
  let path: String

  init(_ words: [String]) throws {
    _ = try Self.size.get()
    let build = Self.folder.appending(path: ".build/firmware").path
    process.executableURL = URL(filePath: "\(build)/board")
    process.arguments = ["\(build)/cavern-gas.elf"] + words
    process.standardInput = commands
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    path = line.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func send(_ command: String) throws { try commands.fileHandleForWriting.write(contentsOf: Data("\(command)\n".utf8)) }

  deinit {
    process.endNow()
  }

  private static func make() throws -> String {
    let make = Process()
    make.executableURL = URL(filePath: "/usr/bin/make")
    make.arguments = ["-C", folder.appending(path: "Firmware/gas").path, "all", "simulator"]
    let output = Pipe()
    make.standardOutput = output
    make.standardError = output
    try make.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    make.waitUntilExit()
    #expect(make.terminationStatus == 0, "\(text)")
    return text
  }
}

@Suite("The gas board's firmware under simavr", .serialized, .enabled(if: FirmwareBoard.isPossible))
struct FirmwareTests {
  private func words(_ json: JSONValue) throws -> [String] {
    let calibration = try #require(json["calibration"])
    let numbers = ["res_heat_range", "res_heat_val", "range_sw_err"].map { "\(calibration[$0]?.intValue ?? 0)" }
    return [
      try #require(json["calibration_registers_hex"]?.stringValue), try #require(json["field_hex"]?.stringValue),
      "\(json["variant"]?.intValue ?? 0)",
    ] + numbers
  }

  private func open(_ board: FirmwareBoard) throws -> GasBoard {
    let line = try started(board)
    var options = GasBoard.Options()
    options.timeLimit = .seconds(5)
    return GasBoard(line, options: options) { 1 }
  }

  /// The line of a board that has started: until then it hears nothing.
  private func started(_ board: FirmwareBoard) throws -> SerialLine {
    let line = try SerialLine(device: board.path, baud: 115_200)
    var options = GasBoard.Options()
    options.timeLimit = .milliseconds(100)
    let deadline = ContinuousClock.now + .seconds(10)
    while try GasBoard(line, options: options, wallClock: { 1 }).identify().version == 0, ContinuousClock.now < deadline
    {}
    _ = try line.drain(quiet: .milliseconds(50))
    return line
  }

  @Test("fits the controller, and the compiler says how much it takes")
  func size() throws {
    let text = try FirmwareBoard.size.get()
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("Program:") || $0.hasPrefix("Data:") }
    let numbers = lines.compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
    // A bootloader takes 512 bytes of the 32 kB; the stack needs its part of the 2 kB.
    if numbers.count == 2 { #expect(numbers[0] < 32256 && numbers[1] < 1024, "\(lines)") }
  }

  @Test("values of both protocol versions are those of the integer compensation", arguments: [0, 4])
  func values(place: Int) throws {
    let json = try #require(try TestResources.json("bench/bme680/vectors.json")["vectors"]?[place])
    let vector = try BME680Vector(json)
    let expected = BME680IntegerResult(vector.field, vector.calibration)
    let simulated = try FirmwareBoard(try words(json))
    let board = try open(simulated)
    func check(_ exchange: GasExchange) throws {
      let reading = try #require(exchange.reading, "\(exchange)")
      #expect(abs(reading.temperatureKelvin * 100 - Double(expected.centiCelsius + 27315)) < 1e-6)
      #expect(reading.pressurePascal == Double(expected.pascal ?? 0))
      #expect(reading.humidityPercent == Double(expected.milliPercent / 10) / 100)
      #expect(reading.resistanceOhm == expected.ohm.map { $0.rounded(.down) })
    }
    try check(try board.measure().exchange)
    let identification = try board.identify()
    #expect(identification.words == ["CAVERN-GAS", "1", "atmega328p", "61", "\(vector.field.variant.rawValue)"])
    let numbered = try board.measure().exchange
    #expect(numbered.sequence != nil)
    try check(numbered)
    let registers = try #require(try board.registers(variant: vector.field.variant))
    #expect(registers.field == vector.field)
    #expect(registers.calibration.p9 == vector.calibration.p9)
  }

  @Test("a sensor that is missing, goes and comes back is told on every request, and measuring goes on")
  func missing() throws {
    let json = try #require(try TestResources.json("bench/bme680/vectors.json")["vectors"]?[0])
    let simulated = try FirmwareBoard(try words(json))
    let board = try open(simulated)
    #expect(try board.measure().exchange.outcome == .ok)
    func outcomes(_ wanted: GasOutcome) throws -> [GasOutcome] {
      var seen: [GasOutcome] = []
      let deadline = ContinuousClock.now + .seconds(10)
      while seen.last != wanted, ContinuousClock.now < deadline { seen.append(try board.measure().exchange.outcome) }
      return seen
    }
    try simulated.send("gone")
    let gone = try outcomes(.sensorMissing)
    #expect(gone.last == .sensorMissing && gone.allSatisfy { [.ok, .sensorError, .sensorMissing].contains($0) })
    #expect(try board.measure().exchange.outcome == .sensorMissing)
    try simulated.send("back")
    #expect(try outcomes(.ok).last == .ok)
  }

  @Test("bytes that are no request are passed over")
  func noise() throws {
    let json = try #require(try TestResources.json("bench/bme680/vectors.json")["vectors"]?[0])
    let simulated = try FirmwareBoard(try words(json))
    let line = try started(simulated)
    try line.send(Array("x\0\n?M12M;D\nM\nV".utf8), within: .seconds(1))
    var text = ""
    let deadline = ContinuousClock.now + .seconds(5)
    while !text.hasSuffix("\n"), ContinuousClock.now < deadline {
      text += String(decoding: try line.receive(upTo: 200, within: .milliseconds(200)), as: UTF8.self)
    }
    #expect(text == "CAVERN-GAS;1;atmega328p;61;0\r\n")
  }
}
