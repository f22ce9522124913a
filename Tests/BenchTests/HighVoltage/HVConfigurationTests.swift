import Errors
import Instruments
import Settings
import TestSupport
import Testing

@testable import Bench

@Suite("The high-voltage part of a bench file")
struct HVConfigurationTests {
  private func read(_ text: String) throws -> [HVConfiguration] {
    try HVConfiguration.read(try TOMLNode.parse(Array(text.utf8), file: nil))
  }

  private static let whole = """
    [bench]
    state_dir = "/tmp/state"
    [web]
    listen = ["127.0.0.1:8470", "[::1]:8470"]
    [[hv]]
    name = "main"
    transport = "tcp"
    address = "192.0.2.20:1470"
    boards = [ { address = 0, serial = "19198" } ]
    timeout = "1s"
    require_hw_limits = true
    [hv.log]
    period = "5s"
    [hv.trip]
    action = "group-off"
    groups = [["mesh", "drift"]]
    [[hv.channel]]
    board = 0
    channel = 0
    name = "mesh"
    polarity = "-"
    signed = true
    v_max = 450.0
    i_max = 2.0
    p_max = 8.0
    max_step_v = 100.0
    max_ramp_v_s = 20
    expect = { MAXV = 500, TRIP = 10.0, PDWN = "RAMP" }
    interlock = [ "gas.age < 60", "gas.pressure in 95000..105000" ]
    [[hv.channel]]
    channel = 3
    name = "drift"
    v_max = 1600.0
    interlock = [ "abs(v('drift') - v('mesh')) <= 1300" ]
    [auth]
    operators_group = "cavern-hv"
    [alarm.hv]
    trip = { latch = true, delay = "1s" }
    [alarm.sink.mqtt]
    url = "mqtt://127.0.0.1:1883"
    """

  @Test("is read whole")
  func whole() throws {
    let made = try #require(try read(Self.whole).first)
    #expect(made.line == .tcp(host: "192.0.2.20", port: 1470))
    #expect(made.boards == [HVConfiguration.Board(address: 0, serial: "19198")])
    #expect(made.socket == "/run/cavern/hv-main.sock")
    #expect(made.stateFolder == "/tmp/state")
    #expect(made.web.map(\.text) == ["127.0.0.1:8470", "[::1]:8470"])
    let mesh = try #require(made.rules.channels[HVChannel(channel: 0)])
    #expect(mesh.isSigned && mesh.polarity == "-" && mesh.maximumVoltage == 450 && mesh.maximumStep == 100)
    #expect(mesh.expected == ["MAXV": "500", "TRIP": "10.0", "PDWN": "RAMP"])
    #expect(mesh.interlocks.count == 2)
    #expect(made.rules.tripAction == .groupOff)
    #expect(made.rules.groups == [[HVChannel(channel: 0), HVChannel(channel: 3)]])
    #expect(made.rules.requiresHardwareLimits)
    #expect(made.alarms.mqtt?.port == 1883)
    #expect(made.alarms.rules["hv.trip"]?.isLatching == true && made.alarms.rules["hv.trip"]?.delayOn == 1000)
  }

  @Test(
    "says where it is wrong",
    arguments: [
      ("v_max = 450.0", "v_maks = 450.0", "config.unknownKey"),
      ("polarity = \"-\"", "polarity = \"x\"", "config.badValue"),
      ("v('mesh')", "v('mush')", "config.badValue"), ("gas.age < 60", "gas.age <", "hv.badInterlock"),
      ("timeout = \"1s\"", "timeout = 1", "config.badValue"),
      ("action = \"group-off\"", "action = \"run\"", "config.badValue"),
      ("channel = 3", "channel = 0", "config.badValue"), ("name = \"drift\"", "name = \"mesh\"", "config.badValue"),
      ("MAXV = 500", "MAXW = 500", "config.badValue"), ("192.0.2.20:1470", "192.0.2.20:99999", "config.badValue"),
      ("127.0.0.1:8470", "127.0.0.1", "config.badValue"), ("1883", "x", "config.badValue"),
    ])
  func faults(right: String, wrong: String, code: String) {
    let text = Self.whole.replacing(right, with: wrong, maxReplacements: 1)
    #expect(text != Self.whole)
    let error = caught { try read(text) }
    #expect(error?.code == code)
    #expect(error?.exit == .configuration)
  }

  @Test("without a supply, and without a file, says so")
  func absent() {
    #expect(caught { try read("[bench]\nname = \"x\"\n") }?.code == "config.noSupply")
    #expect(caught { try HVConfiguration.read(path: "/nonexistent.toml") }?.exit == .noInput)
  }
}
