import Arguments
import BeamInstrumentation
import Errors
import Figures
import JSON

extension Command {
  /// `cavern beam tomoscope`: bunch lengths along the cycle.
  static var beamTomoscope: Command {
    Command(
      "tomoscope", "Measure bunch lengths along the cycle.",
      discussion: """
        The 98 header lines of the tomography program are read in full; options stand in the place of what they say. Every \
        bunch of every frame is fitted in a window of its own; the table tells about the earliest. A bunch that is splitting \
        and not resolved carries the flag split.
        """,
      examples: [
        Example("cavern beam tomoscope NOMINAL_tomoscope.dat", "print bunch lengths"),
        Example("cavern beam tomoscope NOMINAL_tomoscope.dat --figure tomo.png", "draw waterfall and bunch length"),
        Example("cavern beam tomoscope FRAMES.dat --reconstruct --figure tomo.png", "reconstruct phase space"),
      ],
      arguments: [Argument("file", .file(["dat"]), "The file.")],
      options: TomoscopeArguments.reading + TomoscopeArguments.fitting + TomoscopeArguments.reconstruction + [
        .option("figure", "FILE", .file(["png", "svg", "pdf"]), "Draw waterfall and bunch length to FILE."),
        CommonOptions.csv, CommonOptions.threads, BeamFolder.output, BeamFolder.force,
      ]
    ) { arguments in
      let record = try TomoscopeRecord(
        path: try arguments.string("file"), options: try TomoscopeArguments.readOptions(arguments))
      let analysis = try BunchLengthAnalysis(record, options: try TomoscopeArguments.fitOptions(arguments))
      var warnings = analysis.warnings
      let tomogram =
        arguments.flag("reconstruct")
        ? try Tomogram(analysis, options: try TomoscopeArguments.reconstructionOptions(arguments)) : nil
      warnings += tomogram?.warnings ?? []
      let isDrawn = arguments.isGiven("figure") || arguments.isGiven("output")
      let figures =
        isDrawn ? [analysis.waterfall, analysis.evolution] + (tomogram.map { [$0.figure, $0.waterfalls] } ?? []) : []
      if let path = try arguments.optionalString("figure") { warnings += try FigureFiles.write(figures, to: path) }
      let withImage = arguments.flag("image")
      let table = try analysis.table()
      let csv = try table.csvBytes()
      try BeamFolder.write(
        arguments, command: "cavern.beam.tomoscope/1", file: record.path, title: "Bunch length",
        result: TomoscopeText.json(analysis, tomogram, withImage: withImage),
        tables: [("frames.parquet", table)] + (try tomogram.map { [("phase-space.parquet", try $0.table())] } ?? []),
        figures: figures, warnings: warnings)
      return Report(
        warnings: warnings, result: TomoscopeText.json(analysis, tomogram, withImage: withImage),
        text: TomoscopeText.frames(analysis, arguments.surroundings.width)
          + (tomogram.map(TomoscopeText.tomogram) ?? ""),
        csv: { String(decoding: csv, as: UTF8.self) })
    }
  }
}

/// The options of `cavern beam tomoscope`.
enum TomoscopeArguments {
  static let reading: [Option] = [
    .option("header-lines", "N", .integer(0...1_000_000), "Lines before the numbers.", note: "98"),
    .option("frames", "N", .integer(1...10_000_000), "Frames in the data.", note: "from the header"),
    .option("bins", "N", .integer(2...10_000_000), "Bins in a frame.", note: "from the header"),
    .option("bin-width", "SECONDS", .number(1e-15...1), "Width of a bin.", note: "from the header"),
    .option("turns", "N", .integer(1...1_000_000_000), "Machine turns between frames.", note: "from the header"),
    .option("field", "TESLA", .number(1e-9...100), "Dipole field.", note: "from the header"),
    .option("field-rate", "TESLA/S", .number(), "Rate of the dipole field.", note: "from the header"),
    .option("machine-radius", "METRES", .number(1e-3...1e6), "Mean radius.", note: "from the header"),
    .option("bending-radius", "METRES", .number(1e-3...1e6), "Bending radius.", note: "from the header"),
    .option("rest-energy", "EV", .number(1...1e15), "Rest energy of the particle.", note: "from the header"),
    .option("charge", "Z", .number(1e-3...1000), "Charge of the particle.", note: "from the header"),
    .option("harmonic", "N", .integer(1...1_000_000), "Harmonic number.", note: "from the header"),
    .option("voltage", "VOLT", .number(), "Voltage of the main RF system.", note: "from the header"),
    .option("gamma-transition", "X", .number(), "Lorentz factor at transition.", note: "from the header"),
    .flag("strict", "Make a number of values that is not frames times bins an error."),
  ]

  static let fitting: [Option] = [
    .flag("compat", "Fit as the earlier program did: one window from the first bin to 100 bins after the highest."),
    .option("injection", "SECONDS", .number(), "Time in the cycle of the first frame.", default: "0.234"),
    .option("span", "SECONDS", .number(0...1e6), "Time from first to last frame.", note: "from the header"),
    .option(
      "prominence", "X", .number(0...1e6), "Height of a bunch over the saddles beside it in noise sigmas.", default: "8"
    ),
    .option("separation", "X", .number(0...1), "Smallest distance of bunches in bucket lengths.", note: "1/3"),
    .option("rolling", "N", .integer(1...100_000), "Frames in the rolling mean.", default: "5"),
  ]

  static let reconstruction: [Option] = [
    .flag("reconstruct", "Reconstruct the distribution in longitudinal phase space."),
    .option(
      "frame", "N", .integer(0...10_000_000), "Frame at whose time phase space is wanted.", note: "from the header"),
    .option("bunch", "N", .integer(0...100_000), "Which bunch, from 0.", default: "0"),
    .option(
      "iterations", "N", .integer(0...100_000), "Iterations of the reconstruction.", note: "from the header, else 20"),
    .option(
      "particles", "N", .integer(1...15), "Square root of the test particles in a cell.",
      note: "from the header, else 4"),
    .option(
      "synchronous-bin", "BIN", .number(), "Place of the synchronous phase; bin centres are whole.",
      note: "from the header, else the bunch's mean centre"),
    .flag("image", "Put distribution, frames and projections into the JSON."),
  ]

  static func reconstructionOptions(_ arguments: ParsedArguments) throws(CavernError) -> ReconstructionOptions {
    var options = ReconstructionOptions()
    options.frame = try arguments.optionalInt("frame")
    options.bunch = try arguments.int("bunch")
    options.iterations = try arguments.optionalInt("iterations")
    options.particlesPerSide = try arguments.optionalInt("particles")
    options.synchronousBin = try arguments.optionalDouble("synchronous-bin")
    options.threads = try arguments.optionalInt("threads") ?? 2
    return options
  }

  static func readOptions(_ arguments: ParsedArguments) throws(CavernError) -> TomoscopeReadOptions {
    var options = TomoscopeReadOptions()
    options.headerLines = try arguments.optionalInt("header-lines")
    options.frameCount = try arguments.optionalInt("frames")
    options.binCount = try arguments.optionalInt("bins")
    options.binWidth = try arguments.optionalDouble("bin-width")
    options.turnsBetweenFrames = try arguments.optionalInt("turns")
    options.field = try arguments.optionalDouble("field")
    options.fieldRate = try arguments.optionalDouble("field-rate")
    options.machineRadius = try arguments.optionalDouble("machine-radius")
    options.bendingRadius = try arguments.optionalDouble("bending-radius")
    options.restEnergy = try arguments.optionalDouble("rest-energy")
    options.charge = try arguments.optionalDouble("charge")
    options.harmonic = try arguments.optionalInt("harmonic")
    options.voltage = try arguments.optionalDouble("voltage")
    options.gammaTransition = try arguments.optionalDouble("gamma-transition")
    options.isStrict = arguments.flag("strict")
    return options
  }

  static func fitOptions(_ arguments: ParsedArguments) throws(CavernError) -> BunchLengthOptions {
    var options = BunchLengthOptions()
    options.isCompatible = arguments.flag("compat")
    options.injectionTime = try arguments.double("injection")
    options.span = try arguments.optionalDouble("span")
    options.prominence = try arguments.double("prominence")
    options.separation = try arguments.optionalDouble("separation") ?? options.separation
    options.rollingFrames = try arguments.int("rolling")
    options.threads = try arguments.optionalInt("threads") ?? 2
    return options
  }
}

/// What the tomoscope command prints for people.
enum TomoscopeText {
  static func frames(_ analysis: BunchLengthAnalysis, _ width: Int) -> String {
    let beta = analysis.frames.first?.beta
    var head = "\(analysis.frames.count) frames of \(analysis.record.binCount) bins"
    if let beta { head += ", beta \(fixed(beta, 5))" }
    if let spacing = analysis.spacing { head += ", a frame every \(fixed(spacing * 1e3, 4)) ms" }
    if let split = analysis.splitting {
      head +=
        "\nsplitting from frame \(split.startFrame), resolved from \(split.resolvedFrame): "
        + "\(split.bunches.before) to \(split.bunches.after) bunches"
    }
    let table = TextTable(
      columns: [
        .right("frame"), .right("time/ms"), .right("bunches"), .right("sigma/ns"), .right("FWHM/ns"), .right("sigma/m"),
        .left("state"), .left("flags"),
      ],
      rows: analysis.frames.map { frame in
        let fit = frame.earliest.flatMap { $0.state.isUsable ? $0 : nil }
        return [
          "\(frame.number)", frame.cycleTime.map { fixed($0 * 1e3, 3) } ?? "", "\(frame.bunchCount)",
          fit.map { "\(fixed($0.sigma.value, 3)) ± \(fixed($0.sigma.error, 3))" } ?? "–",
          fit?.fullWidthAtHalfMaximum.map { fixed($0.value, 2) } ?? "–",
          fit.flatMap { BunchLengthAnalysis.metres($0.sigma.value, beta: frame.beta) }.map { fixed($0, 4) } ?? "",
          frame.state, frame.flags.joined(separator: " "),
        ]
      })
    return head + "\n" + table.text(width: width)
  }

  static func json(_ analysis: BunchLengthAnalysis, _ tomogram: Tomogram?, withImage: Bool) -> JSONValue {
    guard let tomogram, case .object(var object) = analysis.json else { return analysis.json }
    object["reconstruction"] = tomogram.json(withImage: withImage)
    return .object(object)
  }

  static func tomogram(_ tomogram: Tomogram) -> String {
    let emittance = tomogram.emittance
    func short(_ value: Double) -> String { NumberLabel.general(value, digits: 4) }
    return """

      phase space at frame \(tomogram.frame): emittance \(short(emittance.rootMeanSquare)) eV s (r.m.s.), \
      \(short(emittance.ninetyPercent)) eV s (90 %), matched area \(short(emittance.matchedArea)) eV s
      energy spread \(short(emittance.energySpread / 1e6)) MeV, momentum spread \(short(emittance.momentumSpread)) (r.m.s.)
      discrepancy \(short(tomogram.discrepancies.first ?? 0)) to \(short(tomogram.discrepancies.last ?? 0)) in \
      \(tomogram.discrepancies.count - 1) iterations, \(tomogram.particleCount) particles in \(tomogram.grid.cells.count) cells

      """
  }

  static func fixed(_ value: Double, _ decimals: Int) -> String { NumberLabel.fixed(value, decimals: decimals) }
}
