/// What a simulated oscilloscope is set to.
struct SimulatedScopeSettings: Sendable, Equatable {
  /// One input.
  struct Channel: Sendable, Equatable {
    var voltsPerDivision = 0.1
    var offset = 0.0
    var coupling = "D50"
    var bandwidthLimit = "OFF"
    var isOn = true
    var triggerLevel = 0.0
    var triggerSlope = "NEG"
    var triggerCoupling = "DC"
    var text = ""
  }

  /// The inputs, C1 first.
  var channels: [Channel]
  /// CHDR.
  var header = "SHORT"
  /// Samples of 16 bits, else 8.
  var isWord = false
  /// Low byte first.
  var isLittleEndian = false
  /// WFSU: sparsing, points, first point, segment.
  var transfer = (sparsing: 0, points: 0, first: 0, segment: 0)
  /// Seconds a division.
  var timebase = 5e-9
  var triggerMode = "STOP"
  var triggerType = "EDGE"
  var triggerSource = "C1"
  var holdType = "OFF"
  var window = 1.0
  /// Segments of a sequence; `nil` when it is off.
  var sequence: Int?
  /// Most samples of a sweep.
  var memory = 10_000_000
  var storeSetup = ["C1", "HDD", "OFF", "BINARY"]
  var fileNames: [String: String] = [:]
  var folder = "C:\\USER"

  init(channels: Int) { self.channels = Array(repeating: Channel(), count: channels) }

  static func == (left: SimulatedScopeSettings, right: SimulatedScopeSettings) -> Bool {
    left.channels == right.channels && left.header == right.header && left.isWord == right.isWord
      && left.timebase == right.timebase && left.sequence == right.sequence
  }

  /// Seconds from sample to sample: at most 10 GS/s, at most `memory` samples over ten divisions.
  var interval: Double { max(1e-10, 10 * timebase * Double(sequence ?? 1) / Double(memory)) }

  /// Samples of a segment: ten divisions and two more.
  var points: Int { Int((10 * timebase / interval).rounded()) + 2 }

  /// TIMEBASE of the descriptor: the step 1-2-5 and its prefix, counted from 1 ps.
  var timebaseNumber: Int { Self.number(timebase, from: 1e-12) }

  /// FIXED_VERT_GAIN of the descriptor, counted from 1 µV.
  static func gainNumber(_ voltsPerDivision: Double) -> Int { number(voltsPerDivision, from: 1e-6) }

  private static func number(_ value: Double, from smallest: Double) -> Int {
    var best = 0
    for index in 0..<48 where step(index, from: smallest) <= value * 1.0001 { best = index }
    return best
  }

  /// The n-th step of the series 1-2-5.
  static func step(_ index: Int, from smallest: Double) -> Double {
    var value = [1.0, 2, 5][index % 3]
    // One division or multiplication by a whole power of ten rounds once, so that a step is the number people write.
    var scale = 1 / smallest
    var factor = 1.0
    for _ in 0..<index / 3 { if scale.rounded() > 1.5 { scale /= 10 } else { factor *= 10 } }
    value = value * factor / scale.rounded()
    return value
  }

  /// The time base nearest to a wish on a logarithmic scale: 20 ps to 1000 s in steps 1-2-5.
  static func nearestTimebase(_ wish: Double) -> Double {
    let steps = (4...45).map { step($0, from: 1e-12) }
    return steps.min { distance($0, wish) < distance($1, wish) } ?? wish
  }

  private static func distance(_ step: Double, _ wish: Double) -> Double {
    wish > step ? wish / step : step / max(wish, 1e-300)
  }
}
