import Errors

/// Draws figures with gnuplot: PNG for the screen, SVG for pages and PDF for paper.
///
/// gnuplot runs as a process of its own with an argument list (no shell), reads commands and binary data from a file and writes
/// beside it, in a private folder; nothing is started until something is drawn. The same figure gives the same bytes,
/// alone or among others: pictures hold no time stamp and no random name.
///
///     let pictures = try GnuplotRenderer().render([figure], as: [.svg, .png()])
///     try AtomicFile.write("figure.svg", pictures[0][0])
public struct GnuplotRenderer: Sendable {
  /// A kind of picture.
  public enum Format: Sendable, Hashable {
    /// Pixels, at this many to the inch.
    case png(pixelsPerInch: Int = 120)
    /// Scalable, for pages.
    case svg
    /// Scalable, for paper; letters are embedded.
    case pdf

    /// What the name of a file ends with: `png`, `svg` or `pdf`.
    public var fileExtension: String {
      switch self {
      case .png: "png"
      case .svg: "svg"
      case .pdf: "pdf"
      }
    }
  }

  /// The program; `nil` looks for `gnuplot` on the `PATH`.
  public var program: String?
  /// How many gnuplot processes may run at once; at least 1.
  public var processes: Int
  /// When drawing is given up.
  public var timeLimit: Duration
  /// Processes that stay ready between drawings; `nil` starts new ones for each drawing, which end after it.
  public var pool: GnuplotPool?

  /// A renderer; `processes` is by default the number of cores, at most 8.
  public init(
    program: String? = nil, processes: Int? = nil, timeLimit: Duration = .seconds(60), pool: GnuplotPool? = nil
  ) {
    self.program = program
    self.processes = max(1, processes ?? GnuplotProcess.defaultCount)
    self.timeLimit = timeLimit
    self.pool = pool
  }

  /// Draws one figure in one format.
  ///
  /// - Returns: the bytes of the file.
  /// - Throws: as `render(_:as:)`.
  public func render(_ figure: Figure, as format: Format) throws(CavernError) -> [UInt8] {
    try render([figure], as: [format]).first?.first ?? []
  }

  /// Draws several figures, each in every format.
  ///
  /// - Returns: for each figure the bytes of the files, in the order of `formats`.
  /// - Throws: `figures.gnuplotMissing` (unavailable), `figures.gnuplotFailed` with gnuplot's own message,
  ///   `figures.gnuplotTimeout`; `figures.lengthMismatch`, `figures.badEdges`, `figures.badName` from `Figure.check()`.
  public func render(_ figures: [Figure], as formats: [Format]) throws(CavernError) -> [[[UInt8]]] {
    guard !figures.isEmpty, !formats.isEmpty else { return figures.map { _ in [] } }
    for figure in figures { try figure.check() }
    let program = try GnuplotProcess.find(self.program)
    var jobs: [(figure: Int, format: Int, cost: Int)] = []
    for figure in figures.indices {
      for format in formats.indices {
        jobs.append((figure, format, figures[figure].pointCount * formats[format].relativeCost + 2000))
      }
    }
    // Dearest first to the least loaded process; ties by position, so the split is always the same.
    let order = jobs.indices.sorted { (jobs[$1].cost, $0) < (jobs[$0].cost, $1) }
    let count = min(max(processes, 1), jobs.count)
    var loads = Array(repeating: 0, count: count)
    var scripts = Array(repeating: GnuplotScript(), count: count)
    let layouts = figures.map(FigureLayout.init)
    for job in order {
      let (figure, format, cost) = jobs[job]
      let least = loads.min() ?? 0
      let process = loads.firstIndex(of: least) ?? 0
      loads[process] += cost
      scripts[process].draw(figures[figure], layout: layouts[figure], format: formats[format], output: "\(job)")
    }
    let files = try GnuplotProcess.run(
      program, scripts: scripts.map(\.bytes), outputs: jobs.indices.map { "\($0)" }, timeLimit: timeLimit,
      pool: pool ?? GnuplotPool())
    return figures.indices.map { figure in
      formats.indices.map { format in
        Self.settled(files[figure * formats.count + format], formats[format])
      }
    }
  }

  /// The commands that draw a figure, with the numbers as text: for tests and for a look at what gnuplot is told.
  public func script(for figure: Figure, as format: Format) -> String {
    var script = GnuplotScript()
    script.draw(figure, layout: FigureLayout(figure), format: format, output: "figure")
    return script.readable
  }
}

extension GnuplotRenderer.Format {
  /// Time to draw a point, roughly, in units of SVG's.
  fileprivate var relativeCost: Int {
    switch self {
    case .png: 3
    case .svg: 1
    case .pdf: 1
    }
  }
}

extension Figure {
  /// Number of points in all series.
  fileprivate var pointCount: Int {
    panels.flatMap(\.series).reduce(0) { sum, series in
      switch series.shape {
      case .line(let x, _, _), .points(let x, _, _, _, _, _), .band(let x, _, _), .bars(let x, _, _): sum + x.count
      case .steps(_, let values, _): sum + values.count
      case .image(let map): sum + map.values.count / 8
      case .bundle(let bundle): sum + bundle.members.reduce(0) { $0 + $1.x.count }
      }
    }
  }
}
