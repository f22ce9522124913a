import Errors
import Fitting
import JSON
import TestSupport
import Testing

@testable import VeloCalibration

/// Single functions against tables of known values.
@Suite("VELO functions agree with the tables")
struct UnitTableTests {
  @Test("equations to 1e-10 relative, above 1e-300")
  func equations() throws {
    let text = String(decoding: try TestResources.bytes("velo/unit/equations.csv"), as: UTF8.self)
    var compared = 0
    for line in text.split(separator: "\n").dropFirst() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let equation = try #require(EdgeEquation(rawValue: cells[0]))
      let parameters = cells[1...5].compactMap(Double.init)
      let threshold = try #require(Double(cells[6]))
      let expected = try #require(Double(cells[7]))
      let value = equation.value(threshold, parameters)
      #expect(abs(value - expected) <= max(1e-10 * abs(expected), 1e-300), "\(line)")
      compared += 1
    }
    #expect(compared == 450)
  }

  @Test("shutter times")
  func shutter() throws {
    for entry in try TestResources.json("velo/unit/shutter.json").arrayValue ?? [] {
      let text = try #require(entry["text"]?.stringValue)
      #expect(try Shutter(text).seconds == entry["seconds"]?.doubleValue)
    }
  }

  @Test(
    "malformed shutter times are refused",
    arguments: ["0s000ms", "2s", "621ms", "-1s0ms", "1s1000ms", "1.5s0ms", "1s5ms ", ""])
  func badShutter(text: String) {
    #expect(caught { try Shutter(text) } != nil)
  }

  @Test("groups of pixels")
  func groups() throws {
    for (name, entry) in try TestResources.json("velo/unit/groups.json").objectValue?.members ?? [] {
      let group = try PixelGroup(named: name.replacing("_", with: "-"))
      let pixels = (0..<PixelMatrix.count).filter { group.contains(row: $0 / 256, column: $0 % 256) }
      #expect(pixels.count == entry["pixels"]?.intValue)
      #expect(pixels.reduce(0, +) == entry["sum_of_row_times_256_plus_col"]?.intValue)
    }
  }

  @Test("conditions exclude the acquisitions they name, and no others")
  func conditions() throws {
    for entry in try TestResources.json("velo/unit/conditions.json").arrayValue ?? [] {
      let condition = try Condition(try #require(entry["expression"]?.stringValue))
      let range = entry["thresholds"]?.arrayValue?.compactMap(\.intValue) ?? []
      let acquisitions = try #require(entry["acquisitions"]?.intValue)
      var found: [[Int]] = []
      for threshold in stride(from: range[0], through: range[1], by: range[2]) {
        for acquisition in 0..<acquisitions
        where try condition.holds(threshold: threshold, acquisition: acquisition) {
          found.append([threshold, acquisition])
        }
      }
      #expect(found == entry["excluded"]?.arrayValue?.map { $0.arrayValue?.compactMap(\.intValue) ?? [] })
    }
  }

  @Test(
    "conditions that are not in the language are refused with their column",
    arguments: [
      ("thr = 1494", 5), ("thr == 'a'", 8), ("acq.real == 1", 4), ("print(thr)", 1), ("thr == ", 8), ("(thr == 1", 10),
      ("tr == 1", 1), ("thr ** 2 == 4", 5), ("99999999999999999999 == thr", 1),
    ])
  func badCondition(text: String, column: Int) {
    let error = caught { try Condition(text) }
    #expect(error?.code == "velo.condition")
    #expect(error?.exit == .configuration)
    #expect(error?.column == column)
  }

  @Test("a condition whose numbers overflow is an error, and quotients round to minus infinity")
  func conditionArithmetic() throws {
    #expect(try Condition("-7 // 2 == -4 and -7 % 2 == 1 and 7 // -2 == -4").holds(threshold: 0, acquisition: 0))
    #expect(try Condition("1485 <= thr <= 1487").holds(threshold: 1486, acquisition: 0))
    #expect(try !Condition("thr not in (1, 1486)").holds(threshold: 1486, acquisition: 0))
    #expect(try !Condition("").holds(threshold: 0, acquisition: 0))
    // A chain has the value of the part that decides it; long ones, as a program writes them, take no stack.
    #expect(try Condition("(thr and acq) == 3 and (False or acq) == 3").holds(threshold: 1, acquisition: 3))
    let long = String(repeating: "thr == 1 or ", count: 50_000) + String(repeating: "0 + ", count: 50_000) + "acq == 3"
    #expect(try Condition(long).holds(threshold: 0, acquisition: 3))
    let overflow = try Condition("9223372036854775807 + acq == 0")
    #expect(caught { try overflow.holds(threshold: 0, acquisition: 1) } != nil)
    let division = try Condition("thr // acq == 0")
    #expect(caught { try division.holds(threshold: 5, acquisition: 0) } != nil)
  }

  @Test("the window of the read-out fault")
  func badScan() throws {
    var scan = ScanSettings(shutter: try Shutter("1s0ms"))
    scan.mask = .none
    let inputs = try ScanInputs(scan, module: "M", asic: "A")
    for entry in try TestResources.json("velo/unit/bad_scan.json").arrayValue ?? [] {
      scan.badCut = entry["bad_cut"]?.doubleValue
      scan.badTolerance = try #require(entry["tolerance"]?.doubleValue)
      let plan = FramePlan(scan, isMasked: inputs.isMasked)
      #expect(plan.isBad(entry["mean_last_column"]?.doubleValue) == entry["bad"]?.boolValue)
    }
  }

  @Test("quantiles of χ² to 1e-8")
  func quantiles() throws {
    let text = String(decoding: try TestResources.bytes("velo/unit/chi2_critical.csv"), as: UTF8.self)
    for line in text.split(separator: "\n").dropFirst() {
      let cells = line.split(separator: ",").compactMap { Double($0) }
      let value = ChiSquare.critical(cells[0], degreesOfFreedom: Int(cells[1]))
      #expect(abs(value / cells[2] - 1) < 1e-8, "\(line): \(value)")
    }
  }

  @Test("gain and its errors to 1e-12")
  func gain() throws {
    for entry in try TestResources.json("velo/unit/gain.json").arrayValue ?? [] {
      func number(_ key: String) throws -> Double { try #require(entry[key]?.doubleValue) }
      var source = RadiationSource()
      source.energy = try number("energy_eV")
      source.pairEnergy = try number("eV_per_pair")
      source.pairEnergyError = try number("u_eV_per_pair")
      let (target, error) = (try number("target_DAC"), try number("u_target_DAC"))
      #expect(abs(source.gain(target: target) / (try number("K")) - 1) < 1e-12)
      #expect(abs(source.totalGainError(target: target, error: error) / (try number("uK_total")) - 1) < 1e-12)
      let statistical = source.statisticalGainError(target: target, error: error)
      #expect(abs(statistical / (try number("uK_statistical_only")) - 1) < 1e-12)
    }
  }
}
