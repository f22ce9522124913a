import Errors
import TestSupport
import Testing

@testable import Bench

@Suite("Interlock conditions")
struct InterlockTests {
  private func holds(_ text: String) throws -> Bool {
    try InterlockExpression(text).holds {
      ["gas.age": 5, "gas.pressure": 97000][$0]
    } reading: { quantity, channel in
      ["v mesh": -450, "v drift": -1600, "on mesh": 1, "tripped mesh": 0]["\(quantity) \(channel)"]
    }
  }

  @Test(
    "hold as they read",
    arguments: [
      "gas.age < 60", "gas.age < 60 and gas.pressure in 95000..105000", "abs(v('drift') - v('mesh')) <= 1300",
      "v(mesh) == -450", "not tripped('mesh')", "on('mesh') and not tripped(\"mesh\")", "1 + 2 * 3 == 7",
      "(1 + 2) * 3 == 9", "-v('mesh') / 9 == 50", "max(1, 2) == 2 and min(1, 2) == 1", "gas.age > 60 or gas.age < 6",
      "2 != 3", "gas.missing > 0 or gas.age < 60",
    ])
  func right(_ text: String) throws { #expect(try holds(text)) }

  @Test(
    "do not hold, or hold on something missing, which is the same",
    arguments: [
      "gas.age > 60", "gas.pressure in 1..2", "gas.missing < 60", "not gas.missing < 60", "v('nobody') < 1",
      "abs(gas.missing) < 1", "gas.age < 60 and gas.missing > 0", "gas.missing in 0..1", "1 / 0 < 1", "0",
    ])
  func wrong(_ text: String) throws { #expect(try !holds(text)) }

  @Test(
    "that cannot be read are refused with their column",
    arguments: [
      "", "1 +", "(1", "v(", "v('mesh'", "foo(1)", "1 2", "a..b", "1 ; 2", "'x'", "abs(1, 2)", "in 1..2", "v('mesh)",
      "1.2.3 > 1", "import('os')", "`ls`",
    ])
  func unreadable(_ text: String) {
    let error = caught { try InterlockExpression(text) }
    #expect(error?.code == "hv.badInterlock")
    #expect(error?.exit == .configuration)
  }

  @Test("nested too deeply or too long are refused and do not exhaust the stack")
  func hostile() {
    #expect(caught { try InterlockExpression(String(repeating: "(", count: 900) + "1") }?.code == "hv.badInterlock")
    #expect(caught { try InterlockExpression(String(repeating: "not ", count: 240) + "1") }?.code == "hv.badInterlock")
    #expect(caught { try InterlockExpression(String(repeating: "-", count: 900) + "1") }?.code == "hv.badInterlock")
    #expect(caught { try InterlockExpression(String(repeating: "1+", count: 600) + "1") }?.code == "hv.badInterlock")
  }

  @Test("name the channels they read") func names() throws {
    #expect(try InterlockExpression("v('a') > i(b) and gas.age < 1").channelNames == ["a", "b"])
  }
}
