import Errors
import Foundation
import JSON
import Tables
import TestSupport
import Testing
import Transforms

@testable import BeamInstrumentation

@Suite("The ripple of quadrupole currents")
struct RippleTests {
  static func record(_ simulation: QuadrupoleCurrentSimulation, _ name: String = "SPSMAINPS.QD_DCCT_10kHz_1.parquet")
    -> QuadrupoleCurrentRecord
  {
    QuadrupoleCurrentRecord(
      path: name, device: "SPSMAINPS.QD", family: .defocusing, samplingRate: simulation.samplingRate,
      samples: simulation.samples)
  }

  static func simulation(_ change: (inout QuadrupoleCurrentSimulation) -> Void) -> QuadrupoleCurrentSimulation {
    var simulation = QuadrupoleCurrentSimulation()
    simulation.decimals = nil
    change(&simulation)
    return simulation
  }

  @Test("D26: amplitudes are those of sines and do not depend on the length of the record")
  func amplitudesOfSines() throws {
    for duration in [4.0, 6.0, 11.0] {
      let simulation = Self.simulation {
        $0.duration = duration
        $0.noise = 0
        $0.lines = [.init(frequency: 50, amplitude: 6e-3, phase: 0.3)]
      }
      var options = RippleOptions()
      options.from = 1
      options.to = 3
      options.detrend = .mean
      let spectrum = try RippleSpectrum(Self.record(simulation), options: options)
      let line = try #require(spectrum.lines.first)
      #expect(abs(line.amplitude / 6e-3 - 1) < 1e-9)
      #expect(abs(line.frequency - 50) < 1e-12)
    }
  }

  @Test("D26: a constant counts once, not twice, at 0 Hz")
  func constant() throws {
    var options = RippleOptions()
    options.detrend = .none
    let record = QuadrupoleCurrentRecord(
      path: "x", device: "QF", family: nil, samples: (0..<1000).map { 3 + ($0.isMultiple(of: 2) ? 0.5 : -0.5) })
    let spectrum = try RippleSpectrum(record, options: options)
    #expect(abs(spectrum.amplitudes[0] - 3) < 1e-12)
    #expect(abs(spectrum.amplitudes[500] - 0.5) < 1e-12)
  }

  @Test("D27: the frequency limit holds for the search, and noise is not listed", arguments: [UInt64](1...20))
  func noiseIsNotListed(seed: UInt64) throws {
    let simulation = Self.simulation { $0.seed = seed }
    var options = RippleOptions()
    options.maximumFrequency = 310
    let lines = try RippleSpectrum(Self.record(simulation), options: options).lines
    #expect(lines.map(\.frequency) == [50, 100, 300, 68, 136])
    let quiet = Self.simulation {
      $0.seed = seed
      $0.lines = []
    }
    #expect(try RippleSpectrum(Self.record(quiet)).lines.isEmpty)
  }

  @Test("a window too short to tell multiples apart has no lines")
  func shortWindow() throws {
    let simulation = Self.simulation {
      $0.duration = 1
      $0.lines = [.init(frequency: 50, amplitude: 6e-3, phase: 0.3)]
    }
    var options = RippleOptions()
    (options.from, options.to) = (0, 0.01)
    #expect(try RippleSpectrum(Self.record(simulation), options: options).lines.isEmpty)
    (options.from, options.to) = (0, 0.5)
    #expect(try RippleSpectrum(Self.record(simulation), options: options).lines.map(\.frequency).contains(50))
  }

  @Test("D28: times are UTC in ISO form")
  func times() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "SPSMAINPS.QF_DCCT_10kHz_1.parquet").path
      try Self.simulation { $0.duration = 0.1 }.table(timestamp: 1_700_000_000).writeParquet(to: path)
      let record = try QuadrupoleCurrentRecord(path: path)
      #expect(record.time?.text == "2023-11-14T22:13:20.000000Z")
      #expect(record.time?.compactText == "20231114T221320Z")
    }
  }

  @Test("a drift of 0.02 A/s does not change milliampere lines once the straight line is taken off")
  func drift() throws {
    let simulation = Self.simulation {
      $0.drift = 0.02
      $0.noise = 0
      $0.lines = [.init(frequency: 50, amplitude: 1e-3, phase: 0.3)]
    }
    let spectrum = try RippleSpectrum(Self.record(simulation))
    #expect(abs(spectrum.drift - 0.02) < 1e-5)
    #expect(abs(try #require(spectrum.lines.first).amplitude / 1e-3 - 1) < 1e-3)
  }

  @Test("interpolation finds frequency and amplitude between bins", arguments: Taper.allCases)
  func between(taper: Taper) throws {
    for shift in [-0.11, -0.03, 0.07, 0.12] {
      let simulation = Self.simulation {
        $0.duration = 4
        $0.noise = 1e-6
        $0.lines = [.init(frequency: 300 + shift, amplitude: 4e-3, phase: 0.7)]
      }
      var options = RippleOptions()
      options.taper = taper
      let line = try #require(
        try RippleSpectrum(Self.record(simulation), options: options).lines.first {
          $0.multiple == 6 && $0.family == 50
        })
      #expect(abs(line.interpolatedFrequency - 300 - shift) < 2e-3)
      #expect(abs(line.interpolatedAmplitude / 4e-3 - 1) < 5e-3)
    }
  }

  @Test("white noise has the density that its r.m.s. spreads over half the sampling rate", arguments: Taper.allCases)
  func density(taper: Taper) throws {
    var options = RippleOptions()
    options.taper = taper
    let simulation = Self.simulation { $0.lines = [] }
    let spectrum = try RippleSpectrum(Self.record(simulation), options: options)
    let bins = 10..<spectrum.amplitudes.count - 10
    let power = bins.reduce(0) { $0 + spectrum.density($1) * spectrum.density($1) } / Double(bins.count)
    #expect(abs(power.squareRoot() / (8e-4 / 5000.0.squareRoot()) - 1) < 0.02)
  }

  @Test("the window is 5 to 25 s, or the whole record when it ends before")
  func window() throws {
    let long = Self.simulation {
      $0.duration = 30; $0.samplingRate = 2000
    }
    let window = try RippleSpectrum(Self.record(long)).window
    #expect(window.from == 5 && window.to == 25)
    let short = try RippleSpectrum(
      Self.record(
        Self.simulation {
          $0.duration = 24; $0.samplingRate = 2000
        })
    ).window
    #expect(short.from == 0 && short.to == 24)
  }

  @Test(
    "a window outside the record, or with too few samples, is refused",
    arguments: [(6.0, 7.0), (3, 2), (1, 1.001), (-1, 2)])
  func badWindow(from: Double, to: Double) throws {
    var options = RippleOptions()
    (options.from, options.to) = (from, to)
    let record = Self.record(Self.simulation { _ in })
    #expect { try RippleSpectrum(record, options: options) } throws: {
      ($0 as? CavernError)?.code == "dcct.window" && ($0 as? CavernError)?.exit == .usage
    }
    // Nobody asked for a window of a record that is too short as a whole.
    let short = Self.record(Self.simulation { $0.duration = 0.001 })
    #expect { try RippleSpectrum(short, options: RippleOptions()) } throws: {
      ($0 as? CavernError)?.code == "dcct.window" && ($0 as? CavernError)?.exit == .badData
    }
  }

  @Test(
    "text with blanks, line ends and a last comma reads like the list",
    arguments: QuadrupoleCurrentSimulation.Form.allCases)
  func forms(form: QuadrupoleCurrentSimulation.Form) throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "SPSMAINPS.QD_DCCT_10kHz_1.parquet").path
      let simulation = QuadrupoleCurrentSimulation()
      try simulation.table(form).writeParquet(to: path)
      #expect(try QuadrupoleCurrentRecord(path: path).samples == simulation.samples)
    }
  }

  static func file(_ text: String, in folder: URL) throws -> String {
    let path = folder.appending(path: "SPSMAINPS.QF_DCCT_10kHz_1.parquet").path
    let record = try Column("item", members: [Column("samples", [text])])
    try Table(columns: [try Column("signals", elements: record, lengths: [1])]).writeParquet(to: path)
    return path
  }

  @Test(
    "odd but right texts", arguments: [("1,2,3,", 3), (" 1 , 2\n,3\r\n", 3), ("1\n2\n3\n4", 4), ("-1.5e-3,+.5,7.", 3)])
  func texts(text: String, count: Int) throws {
    try withTemporaryFolder { folder in
      let record = try QuadrupoleCurrentRecord(path: try Self.file(text, in: folder))
      #expect(record.samples.count == count)
    }
  }

  @Test(
    "bad texts are told apart",
    arguments: [
      ("", "dcct.noSamples"), ("  \n", "dcct.noSamples"), ("1,x,3", "dcct.badNumber"), ("1,,3", "dcct.badNumber"),
      ("1,nan,3", "dcct.notFinite"),
    ])
  func badTexts(text: String, code: String) throws {
    try withTemporaryFolder { folder in
      let path = try Self.file(text, in: folder)
      #expect { try QuadrupoleCurrentRecord(path: path) } throws: { ($0 as? CavernError)?.code == code }
    }
  }

  @Test("a file without the column, without rows or that is no Parquet is an error with its name")
  func badFiles() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "a.parquet").path
      try Table(columns: [Column("signal", [1.0])]).writeParquet(to: path)
      #expect { try QuadrupoleCurrentRecord(path: path) } throws: {
        let error = $0 as? CavernError
        return error?.code == "dcct.missingField" && error?.nearest == ["signal"] && error?.file == path
      }
      try Table(columns: [Column("samples", [String]())]).writeParquet(to: path)
      #expect { try QuadrupoleCurrentRecord(path: path) } throws: {
        ($0 as? CavernError)?.code == "dcct.noAcquisitions"
      }
      try Data().write(to: URL(filePath: path))
      #expect { try QuadrupoleCurrentRecord(path: path) } throws: { ($0 as? CavernError)?.code == "parquet.empty" }
    }
  }

  @Test("the spectrogram keeps the height of a line in every segment")
  func spectrogram() throws {
    let simulation = Self.simulation { $0.noise = 1e-6 }
    let analysis = try RippleAnalysis(Self.record(simulation), segment: 0.5)
    let image = try #require(analysis.spectrogram)
    #expect(image.times.count == 19)
    let bin = try #require(image.frequencies.firstIndex(of: 300))
    for time in image.times.indices {
      #expect(abs(image.amplitudes[time * image.frequencies.count + bin] / 4.4e-3 - 1) < 0.01)
    }
  }

  @Test("scaling the current scales the amplitudes; the strength follows the optics")
  func scaling() throws {
    let record = Self.record(Self.simulation { _ in })
    var double = record
    double.samples = record.samples.map { 2 * $0 }
    let (one, two) = (try RippleAnalysis(record), try RippleAnalysis(double))
    #expect(one.spectrum.lines.count == two.spectrum.lines.count)
    for (a, b) in zip(one.spectrum.lines, two.spectrum.lines) { #expect(abs(b.amplitude / a.amplitude - 2) < 1e-9) }
    #expect((one.knob?.strengthPerAmpere ?? 0) < 0)
    var options = RippleOptions()
    options.optics = "q21"
    #expect { try RippleAnalysis(record, options: options) } throws: {
      ($0 as? CavernError)?.code == "dcct.unknownOptics"
    }
  }
}
