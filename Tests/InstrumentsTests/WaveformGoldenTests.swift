import Instruments
import JSON
import TestSupport
import Testing

/// Waveforms of the reference set, sample by sample.
@Suite("Waveform decoder against known waveforms")
struct WaveformGoldenTests {
  static let names = [
    "seq_i16_be.trc", "seq_i16_le.trc", "seq_i8_be.trc", "seq_i8_le.trc", "single_i16_be.trc", "single_i16_le.trc",
    "single_i8_be.trc", "single_i8_le.trc", "wf_reply_short_header.bin", "with_user_text.trc",
  ]

  private static func stem(_ name: String) -> String { name.split(separator: ".").first.map(String.init) ?? name }

  @Test("every sample has the count, time and voltage of the table", arguments: names)
  func samples(name: String) throws {
    let waveform = try Waveform(decoding: TestResources.bytes("bench/trc/\(name)"))
    let table = String(decoding: try TestResources.bytes("bench/trc/\(Self.stem(name)).csv"), as: UTF8.self)
    let rows = table.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    #expect(rows.count == waveform.count)
    let counts = waveform.counts()
    let volts = waveform.volts()
    for (sample, row) in rows.enumerated() {
      let (segment, index) = (sample / waveform.pointsPerSegment, sample % waveform.pointsPerSegment)
      #expect(Int(row[0]) == segment && Int(row[1]) == index && Int16(row[2]) == counts[sample])
      #expect(abs((Double(row[3]) ?? .nan) - waveform.time(segment: segment, index: index)) < 1e-15)
      #expect(abs((Double(row[4]) ?? .nan) - volts[sample]) < 3e-6)
    }
    let lines = String(decoding: waveform.csvLines(0..<waveform.count), as: UTF8.self)
      .split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines.map { $0[0...2].joined(separator: ",") } == rows.map { $0[0...2].joined(separator: ",") })
    #expect(lines.map { Double($0[4]) } == volts)
  }

  @Test("every field of the descriptor and every trigger time is as in the record", arguments: names)
  func descriptors(name: String) throws {
    let waveform = try Waveform(decoding: TestResources.bytes("bench/trc/\(name)"))
    let expected = try TestResources.json("bench/trc/\(Self.stem(name)).json")
    let found = waveform.json(file: name)
    for member in try #require(expected["descriptor"]?.objectValue).members {
      let value = try #require(found["descriptor"]?[member.name])
      if let parts = member.value.objectValue {
        for part in parts.members { #expect(value[part.name]?.doubleValue == part.value.doubleValue) }
      } else if let number = member.value.doubleValue {
        #expect(value.doubleValue == number, "\(member.name)")
      } else {
        #expect(value == member.value, "\(member.name)")
      }
    }
    #expect(found["segments"] == expected["segments"])
    #expect(found["points_per_segment"] == expected["points_per_segment"])
    let triggers = try #require(expected["triggers"]?.arrayValue)
    #expect(waveform.triggers.count == triggers.count)
    for (trigger, record) in zip(waveform.triggers, triggers) {
      #expect(trigger.time == record["trigger_time_s"]?.doubleValue)
      #expect(trigger.offset == record["trigger_offset_s"]?.doubleValue)
    }
    #expect(waveform.warnings.isEmpty)
  }

  @Test("the table of fields is that of the published template")
  func template() throws {
    let fields = try #require(try TestResources.json("bench/wavedesc_fields.json")["fields"]?.arrayValue)
    #expect(fields.count == WaveDescriptorField.all.count)
    for (field, record) in zip(WaveDescriptorField.all, fields) {
      #expect(field.name == record["name"]?.stringValue)
      #expect(field.offset == record["offset"]?.intValue)
      #expect(field.storage.size == record["size"]?.intValue)
    }
  }

  @Test("the user's text is read")
  func userText() throws {
    let waveform = try Waveform(decoding: TestResources.bytes("bench/trc/with_user_text.trc"))
    #expect(waveform.userText == "Picosec run 12, gas Ne/CF4/C2H6 80/10/10")
  }
}
