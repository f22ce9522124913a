import Errors
import Tables

/// Takes the values out of the 98 lines; what the command line says stands in their place.
struct TomoscopeHeaderReader {
  let lines: [String]
  let options: TomoscopeReadOptions

  static let hint =
    "without a header say '--header-lines N --frames N --bins N --bin-width SECONDS'; the machine options add times and beta"

  /// The header.
  ///
  /// - Throws: `tomoscope.badHeader` with the line of the first value that cannot be read and that no option replaces.
  func header(_ warnings: inout [CavernWarning]) throws(CavernError) -> TomoscopeHeader {
    guard lines.count == TomoscopeHeader.lineCount else { return try bareHeader() }
    let frames = try whole(17, "number of frames", 1...10_000_000, options.frameCount)
    let bins = try whole(21, "number of bins per frame", 2...10_000_000, options.binCount)
    let width = try positive(23, "bin width", options.binWidth)
    var header = TomoscopeHeader(frameCount: frames, binCount: bins, binWidth: width)
    header.title = lines[..<11].map(trimmed).filter { !$0.isEmpty && $0 != "!" }.joined(separator: "\n")
    header.dataSource = trimmed(lines[12])
    header.ignoredFrames = try whole(19, "number of frames to ignore", 0...frames, nil)
    header.turnsBetweenFrames = try whole(
      25, "machine turns between frames", 1...1_000_000_000, options.turnsBetweenFrames)
    header.cutBins.start = try whole(27, "bins to cut at the start", 0...bins, nil)
    header.cutBins.end = try whole(29, "bins to cut at the end", 0...bins, nil)
    header.rebin = try whole(37, "rebin factor", 1...bins, nil)
    guard (bins - header.cutBins.start - header.cutBins.end) / header.rebin >= 2 else {
      throw fault(27, "the cuts and the rebin factor leave no bins")
    }
    header.emptyBins.start = Int(optional(32, &warnings) ?? 0)
    header.emptyBins.end = Int(optional(35, &warnings) ?? 0)
    header.synchronousBin = optional(40, &warnings).flatMap { $0 >= 0 ? $0 : nil }
    header.maximumEnergy = optional(42, &warnings).flatMap { $0 > 0 ? $0 : nil }
    if let first = count(44, &warnings), let last = count(46, &warnings), let step = count(48, &warnings) {
      header.reconstructedFrames = (first, last, step)
    }
    header.iterations = count(50, &warnings)
    header.particlesPerCellSide = count(52, &warnings)
    header.extendsRegion = optional(54, &warnings) == 1
    header.referenceFrames = (count(56, &warnings) ?? 1, count(58, &warnings) ?? 1)
    header.voltage = (
      try given(62, "voltage of the main RF system", options.voltage), optional(64, &warnings) ?? 0
    )
    header.secondVoltage = (try given(66, "voltage of the second RF system", nil), optional(68, &warnings) ?? 0)
    header.harmonic = try whole(70, "harmonic number", 1...1_000_000, options.harmonic)
    header.harmonicRatio = optional(72, &warnings) ?? 2
    header.phaseDifference = optional(74, &warnings) ?? 0
    header.field = (
      try given(76, "dipole field", options.field), try given(78, "rate of the dipole field", options.fieldRate)
    )
    header.machineRadius = try positive(80, "machine radius", options.machineRadius)
    header.bendingRadius = try positive(82, "bending radius", options.bendingRadius)
    header.gammaTransition = try given(84, "gamma transition", options.gammaTransition)
    header.restEnergy = try positive(86, "rest energy", options.restEnergy)
    header.charge = try positive(88, "charge state", options.charge)
    header.includesSelfFields = optional(92, &warnings) == 1
    header.couplingCoefficient = optional(94, &warnings)
    header.reactiveImpedance = optional(96, &warnings)
    header.pickUpSensitivity = optional(98, &warnings)
    return header
  }

  /// A header from options alone.
  private func bareHeader() throws(CavernError) -> TomoscopeHeader {
    guard let frames = options.frameCount, let bins = options.binCount, let width = options.binWidth, frames > 0,
      bins > 1, width > 0
    else {
      throw CavernError(
        "tomoscope.badHeader", "a file with \(lines.count) header lines does not say what it holds", exit: .usage,
        expected: "the number of frames and bins and the bin width", hint: Self.hint)
    }
    var header = TomoscopeHeader(frameCount: frames, binCount: bins, binWidth: width)
    header.turnsBetweenFrames = options.turnsBetweenFrames
    header.field = options.field.map { ($0, options.fieldRate ?? 0) }
    header.machineRadius = options.machineRadius
    header.bendingRadius = options.bendingRadius
    header.restEnergy = options.restEnergy
    header.charge = options.charge
    header.harmonic = options.harmonic
    header.voltage = options.voltage.map { ($0, 0) }
    header.gammaTransition = options.gammaTransition
    return header
  }

  // MARK: Values

  private func given(_ line: Int, _ name: String, _ option: Double?) throws(CavernError) -> Double {
    if let option { return option }
    guard let value = number(line) else { throw fault(line, "\(name) '\(trimmed(lines[line - 1]))' is no number") }
    return value
  }

  private func positive(_ line: Int, _ name: String, _ option: Double?) throws(CavernError) -> Double {
    let value = try given(line, name, option)
    guard value > 0 else { throw fault(line, "\(name) is \(value)", "a number above 0") }
    return value
  }

  private func whole(
    _ line: Int, _ name: String, _ limits: ClosedRange<Int>, _ option: Int?
  ) throws(CavernError) -> Int {
    let value = try given(line, name, option.map(Double.init))
    guard let whole = Int(exactly: value), limits.contains(whole) else {
      throw fault(line, "\(name) is \(value)", "a whole number from \(limits.lowerBound) to \(limits.upperBound)")
    }
    return whole
  }

  private func optional(_ line: Int, _ warnings: inout [CavernWarning]) -> Double? {
    if let value = number(line), abs(value) < 1e15 { return value }
    warnings.append(
      CavernWarning("tomoscope.headerValue", "'\(trimmed(lines[line - 1]))' is no number; left out", line: line))
    return nil
  }

  private func count(_ line: Int, _ warnings: inout [CavernWarning]) -> Int? {
    optional(line, &warnings).flatMap { Int(exactly: $0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  /// The number on a line; `6.68E-9`, `.5`, `1` and the `1.0D-9` of Fortran.
  private func number(_ line: Int) -> Double? {
    var word = Array((trimmed(lines[line - 1]).split { $0 == " " || $0 == "\t" || $0 == "!" }.first ?? "").utf8)
    for index in word.indices where word[index] == UInt8(ascii: "D") || word[index] == UInt8(ascii: "d") {
      word[index] = UInt8(ascii: "E")
    }
    return NumberText.double(word).flatMap { $0.isFinite ? $0 : nil }
  }

  private func trimmed(_ line: String) -> String {
    let kept = line.drop { $0.isWhitespace }
    return String(kept.reversed().drop { $0.isWhitespace }.reversed()).prefix(200).description
  }

  private func fault(_ line: Int, _ message: String, _ expected: String? = nil) -> CavernError {
    CavernError(
      "tomoscope.badHeader", "header: \(message)", exit: .badData, line: line, expected: expected, hint: Self.hint)
  }
}
