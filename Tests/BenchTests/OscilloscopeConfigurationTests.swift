import Bench
import Errors
import Instruments
import Settings
import TestSupport
import Testing

/// The table `[[scope]]` of the bench's configuration.
@Suite("Oscilloscope configuration")
struct OscilloscopeConfigurationTests {
  static let whole = """
    name = "wr610zi"
    transport = "vxi11"
    address = "192.0.2.30"
    device = "inst0"
    timeout = "30s"
    channels = 4
    [setup]
    timebase = "100ns"
    trigger = { source = "C2", type = "edge", level = 0.7, slope = "neg", coupling = "dc", mode = "norm" }
    sequence = { on = true, segments = 100 }
    [[setup.channel]]
    name = "C2"
    vdiv = 0.1
    offset = 0.0
    coupling = "d50"
    bwl = "off"
    [acquire]
    out = "/data/picosec"
    format = "word"
    sweep_timeout = "20s"
    on_timeout = "force"
    on_hv_trip = "mark"
    """

  private static func read(_ text: String) throws -> OscilloscopeConfiguration {
    try OscilloscopeConfiguration(try TOMLNode.parse(Array(text.utf8), file: nil))
  }

  @Test("the example of the guide becomes commands and a plan")
  func whole() throws {
    let configuration = try Self.read(Self.whole)
    #expect(configuration.resource.kind == .vxi11)
    #expect(
      configuration.requests.map(\.command) == [
        "TDIV 100NS", "C2:VDIV 0.1", "C2:OFST 0.0", "C2:CPL D50", "BWL C2,OFF", "SEQ ON,100", "TRSE EDGE,SR,C2,HT,OFF",
        "C2:TRLV 0.7V", "C2:TRSL NEG", "C2:TRCP DC",
      ])
    #expect(configuration.plan.channels == ["C2"])
    #expect(configuration.plan.onTimeout == .force && configuration.plan.onTrip == .mark)
    #expect(configuration.out == "/data/picosec")
  }

  @Test("unknown keys and bad values are refused at their line")
  func refusals() {
    func fault(_ old: String, _ new: String) -> CavernError? {
      caught { try Self.read(Self.whole.replacing(old, with: new)) }
    }
    let unknown = fault("timebase", "timebass")
    #expect(unknown?.code == "config.unknownKey")
    #expect(unknown?.nearest == ["timebase"])
    #expect(unknown?.line == 8)
    #expect(fault("\"100ns\"", "\"fast\"")?.code == "config.badValue")
    #expect(fault("\"20s\"", "\"soon\"")?.line == 20)
    #expect(fault("\"d50\"", "\"d55\"")?.exit == .configuration)
    #expect(fault("address = \"192.0.2.30\"\n", "")?.code == "config.missingKey")
    #expect(fault("channels = 4", "channels = 99")?.code == "config.badValue")
  }
}
