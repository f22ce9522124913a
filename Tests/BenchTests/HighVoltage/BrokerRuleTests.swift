import Instruments
import JSON
import TestSupport
import Testing

@testable import Bench

@Suite("The broker and its rules")
struct BrokerRuleTests {
  @Test("sets, reads back and answers; what is there already is sent to nobody")
  func plain() throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    let answer = try fixture.ask(#"{"id":8,"op":"set","channel":0,"par":"VSET","value":150.0,"reason":"scan"}"#)
    #expect(answer["id"]?.intValue == 8)
    #expect(answer["ok"]?.boolValue == true, "\(answer.text())")
    #expect(answer["steps"]?[0]?["read_back"]?.stringValue == "0150.0")
    #expect(fixture.channel(0).voltageSet == 150)
    let count = fixture.simulator.sets.count
    let again = try fixture.ask(#"{"op":"set","channel":0,"voltage":150}"#)
    #expect(again["unchanged"]?.boolValue == true)
    #expect(fixture.simulator.sets.count == count)
    let value = try fixture.ask(#"{"id":7,"op":"get","board":0,"channel":0,"par":"VSET"}"#)
    #expect(value["value"]?.doubleValue == 150 && value["unit"]?.stringValue == "V" && value["t"] != nil)
  }

  @Test("on sets current, then voltage, both verified, then switches on")
  func order() throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    #expect(try fixture.error(#"{"op":"on","channel":1,"voltage":120,"current":50}"#) == nil)
    let sets = fixture.simulator.sets.map { $0.replacing("$BD:00,CMD:SET,CH:1,PAR:", with: "") }
    #expect(sets == ["ISET,VAL:50.00", "VSET,VAL:120.0", "ON"])
    #expect(fixture.channel(1).isOn)
    #expect(try fixture.error(#"{"op":"off","channel":1}"#, .emergency) == nil)
    #expect(!fixture.channel(1).isOn)
  }

  @Test(
    "refuses what a rule forbids, sends nothing and writes the refusal down",
    arguments: [
      (#"{"op":"set","channel":0,"voltage":501}"#, "limit"), (#"{"op":"set","channel":0,"voltage":201}"#, "limit"),
      (#"{"op":"set","channel":0,"voltage":-10}"#, "limit"), (#"{"op":"set","channel":0,"voltage":10.05}"#, "limit"),
      (#"{"op":"set","channel":0,"current":201}"#, "limit"), (#"{"op":"set","channel":3,"voltage":1}"#, "limit"),
      (#"{"op":"on","channel":3}"#, "limit"), (#"{"op":"set","channel":4,"voltage":1}"#, "no_such_channel"),
      (#"{"op":"set","channel":-1,"voltage":1}"#, "no_such_channel"), (#"{"op":"on","channel":4}"#, "no_such_channel"),
      (#"{"op":"off","channel":4}"#, "no_such_channel"),
      (#"{"op":"set","board":1,"channel":0,"voltage":1}"#, "no_such_channel"),
      (#"{"op":"set","name":"mush","voltage":1}"#, "no_such_channel"),
      (#"{"op":"set","channel":0,"par":"VOLTS","value":1}"#, "no_such_parameter"),
      (#"{"op":"set","channel":0,"par":"VMON","value":1}"#, "not_authorised"),
      (#"{"op":"set","channel":0,"par":"MAXV","value":100}"#, "not_authorised"),
      (#"{"op":"set","channel":0,"voltage":600,"override":true}"#, "not_authorised"),
      (#"{"op":"set","channel":0,"voltage":10,"expect":5}"#, "limit"), (#"{"op":"set","channel":0}"#, "bad_request"),
      (#"{"op":"fly","channel":0}"#, "bad_request"), (#"{"channel":0}"#, "bad_request"),
      (#"{"op":"clear","channel":0,"extra":1}"#, "none"),
      (#"{"op":"get","channel":0,"par":"ON"}"#, "no_such_parameter"),
      (#"{"op":"get","channel":4,"par":"VMON"}"#, "no_such_channel"),
    ])
  func refusals(request: String, expected: String) throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    let found = try fixture.error(request) ?? "none"
    #expect(found == expected, "\(request)")
    guard expected != "none" else { return }
    #expect(fixture.simulator.sets.isEmpty)
  }

  @Test("a viewer reads and sets nothing; an emergency role only switches off; an expert may do more with a reason")
  func roles() throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    let set = #"{"op":"set","channel":0,"voltage":10}"#
    for verb in [
      "set\",\"voltage\":10,\"x\":\"", "on", "off", "kill", "clear", "ramp\",\"value\":10,\"x\":\"", "lease",
    ] {
      #expect(try fixture.error("{\"op\":\"\(verb)\",\"channel\":0}", .viewer) == "not_authorised", "\(verb)")
    }
    #expect(try fixture.error(#"{"op":"get","channel":0,"par":"VMON"}"#, .viewer) == nil)
    #expect(try fixture.error(set, .emergency) == "not_authorised")
    #expect(try fixture.error(#"{"op":"kill","channel":0}"#, .emergency) == nil)
    #expect(try fixture.error(#"{"op":"set","channel":0,"par":"RUP","value":20}"#, .expert) == nil)
    #expect(fixture.channel(0).rampUp == 20)
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":600,"override":true}"#, .expert) == "not_authorised")
    #expect(
      try fixture.error(#"{"op":"set","channel":0,"voltage":600,"override":true,"reason":"test"}"#, .expert) == nil)
    // A role can be lowered, and not raised again.
    var session = fixture.session(.expert)
    #expect(session.answer(["op": "role", "role": "viewer"])["ok"]?.boolValue == true)
    #expect(session.answer(["op": "role", "role": "expert"])["ok"]?.boolValue == false)
    #expect(session.answer(try JSONValue(parsing: set))["error"]?.stringValue == "not_authorised")
  }

  @Test("power, sign, LOCAL, the interlock and DIS block raising; lowering and OFF are never blocked by them")
  func states() throws {
    var board = SimulatedBoard()
    board.channels[0].polarity = "-"
    board.channels[0].currentSet = 20
    let fixture = try BrokerFixture(board: board) { configuration in
      let place = HVChannel(channel: 0)
      configuration.rules.channels[place]?.isSigned = true
      configuration.rules.channels[place]?.polarity = "-"
      configuration.rules.channels[place]?.maximumPower = 0.005
      configuration.rules.channels[place]?.interlocks = [try? InterlockExpression("gas.age < 60")].compactMap { $0 }
    }
    defer { fixture.stop() }
    let up = #"{"op":"set","channel":0,"voltage":-150}"#
    #expect(try fixture.error(up) == "interlock")
    #expect(try fixture.error(#"{"op":"publish","values":{"gas.pressure":97000}}"#) == nil)
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":150}"#) == "limit")
    #expect(try fixture.error(up) == nil)
    #expect(fixture.channel(0).voltageSet == 150)
    #expect(try fixture.ask(#"{"op":"get","channel":0,"par":"VSET"}"#)["value"]?.doubleValue == -150)
    // 300 V x 20 uA is 6 mW.
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":-300}"#) == "limit")
    fixture.simulator.withBoards { $0[0].channels[0].isDisabled = true }
    #expect(try fixture.error(#"{"op":"on","channel":0}"#) == "disabled")
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":-160}"#) == "disabled")
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":-100}"#) == nil)
    fixture.simulator.withBoards { $0[0].isLocal = true }
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":-50}"#) == "local_mode")
  }

  @Test("a dry run says what would be sent and what every rule says, and sends nothing")
  func dryRun() throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    let answer = try fixture.ask(#"{"op":"on","channel":0,"voltage":100,"current":10,"dry_run":true}"#)
    #expect(answer["ok"]?.boolValue == true, "\(answer.text())")
    #expect(answer["steps"]?.arrayValue?.map { $0["outcome"]?.stringValue } == ["dry_run", "dry_run", "dry_run"])
    #expect(answer["steps"]?[1]?["sent"]?.stringValue == "$BD:00,CMD:SET,CH:0,PAR:VSET,VAL:100.0")
    #expect(answer["steps"]?[1]?["rules"]?.arrayValue?.isEmpty == false)
    #expect(fixture.simulator.sets.isEmpty)
  }

  @Test("with a lease others must wait, but may switch off; it ends with its client")
  func lease() throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    var owner = fixture.session(name: "owner")
    #expect(owner.answer(["op": "lease"])["ok"]?.boolValue == true)
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":10}"#) == "stale_lease")
    #expect(try fixture.error(#"{"op":"lease"}"#) == "stale_lease")
    #expect(try fixture.error(#"{"op":"off","channel":0}"#) == nil)
    #expect(owner.answer(["op": "set", "channel": 0, "voltage": 10])["ok"]?.boolValue == true)
    fixture.service.broker.clientLeft(owner.actor.client)
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":20}"#) == nil)
  }

  @Test("the audit has an intent before, and a result after, every SET that went out")
  func audit() throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    _ = try fixture.ask(#"{"op":"on","channel":0,"voltage":100,"reason":"first light"}"#)
    _ = try fixture.ask(#"{"op":"set","channel":0,"voltage":900}"#)
    let records = try fixture.audit().filter { $0["verb"] != nil }
    #expect(records.map { $0["event"]?.stringValue } == ["intent", "result", "intent", "result", "refusal"])
    #expect(records[0]["sent"]?.stringValue == "$BD:00,CMD:SET,CH:0,PAR:VSET,VAL:100.0")
    #expect(records[0]["reason"]?.stringValue == "first light")
    #expect(records[1]["reply"]?.stringValue == "#BD:00,CMD:OK")
    #expect(records[1]["op_id"] == records[0]["op_id"])
    #expect(records[1]["serial"]?.stringValue == "19198" && records[1]["alias"]?.stringValue == "mesh")
    #expect(records[4]["outcome"]?.stringValue == "limit")
    #expect(try AuditCheck(path: HVBroker.auditPath(fixture.service.broker.configuration)).fault == nil)
  }

  @Test("a supply with another serial number is read and not touched")
  func identity() throws {
    let fixture = try BrokerFixture { $0.boards = [HVConfiguration.Board(address: 0, serial: "4711")] }
    defer { fixture.stop() }
    #expect(try fixture.error(#"{"op":"get","channel":0,"par":"VMON"}"#) == nil)
    #expect(try fixture.error(#"{"op":"set","channel":0,"voltage":10}"#) == "read_only")
    let alarms = fixture.service.broker.state.withLock { $0.alarms.current.map(\.name) }
    #expect(alarms.contains("hv.identity"))
  }

  @Test("both current ranges under the vendor's names; the one that is not active reads 0")
  func ranges() throws {
    var board = SimulatedBoard()
    board.channels[1].isLowRange = true
    let fixture = try BrokerFixture(board: board)
    defer { fixture.stop() }
    for channel in 0...1 {
      _ = try fixture.ask("{\"op\":\"on\",\"channel\":\(channel),\"voltage\":100,\"current\":10}")
    }
    try fixture.wait("current flows") { fixture.channel(0).voltage > 99 && fixture.channel(1).voltage > 99 }
    func value(_ channel: Int, _ name: String) throws -> Double? {
      try fixture.ask("{\"op\":\"get\",\"channel\":\(channel),\"par\":\"\(name)\"}")["value"]?.doubleValue
    }
    #expect(try value(0, "IMonH") == 0.1)
    #expect(try value(0, "IMonL") == 0)
    #expect(try value(1, "IMonH") == 0)
    #expect(try value(1, "IMonL") == 0.1)
  }
}
