import Errors

/// Intensities of the two beams by lumisection or time, from a table with a line of names.
public struct BeamIntensityListing: Sendable, Equatable {
  /// The intensities at one moment.
  public struct Row: Sendable, Equatable {
    /// CMS run, where it is listed.
    public var run: Int?
    /// Number of the lumisection, where it is listed.
    public var lumisection: Int?
    /// Milliseconds since 1970 UTC, where a time is listed.
    public var milliseconds: Double?
    /// Protons (charges) in Beam 1.
    public var beam1: Double
    /// Protons (charges) in Beam 2.
    public var beam2: Double
  }

  /// The rows in the order of the file.
  public private(set) var rows: [Row] = []

  private static let names: [String: Set<String>] = [
    "run": ["run", "run:fill"], "ls": ["ls", "lumisection", "lsnum"], "time": ["time", "timestamp", "start_time"],
    "beam1": ["intensity1", "beam1", "beam1_intensity", "intensity_beam1"],
    "beam2": ["intensity2", "beam2", "beam2_intensity", "intensity_beam2"],
  ]

  /// Takes a listing apart.
  ///
  /// The line that names the columns may begin with `#`; needed are `intensity1` and `intensity2` (or `beam1` and `beam2`), in
  /// charges, and `run` with `ls`, or `time` (seconds since 1970, `MM/DD/YY HH:MM:SS` or ISO 8601, in UTC). Other columns and
  /// other lines with `#` are passed over.
  ///
  /// - Throws: `intensity.noHeader`, `intensity.badRow`, `intensity.empty`, with the line.
  public init(parsing text: String) throws(CavernError) {
    var columns: [String: Int]?
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let words = line.trimmingBlanks()
      if words.isEmpty { continue }
      let cells = words.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingBlanks() }
      guard let known = columns else {
        columns = try Self.header(cells, isComment: words.hasPrefix("#"), line: index + 1)
        continue
      }
      if words.hasPrefix("#") { continue }
      rows.append(try Self.row(cells, known, line: index + 1))
    }
    guard columns != nil else { throw Self.noHeader(line: nil) }
    guard !rows.isEmpty else {
      throw CavernError("intensity.empty", "the listing holds no intensity", exit: .badData)
    }
  }

  /// The places of the columns; nil for a comment that names none.
  private static func header(
    _ cells: [Substring], isComment: Bool, line: Int
  ) throws(CavernError) -> [String: Int]? {
    var places: [String: Int] = [:]
    for (place, cell) in cells.enumerated() {
      let name = cell.drop { $0 == "#" || $0 == " " }.lowercased()
      for (key, names) in names where names.contains(name) && places[key] == nil { places[key] = place }
    }
    let isPlaced = places["time"] != nil || places["run"] != nil && places["ls"] != nil
    if places["beam1"] != nil, places["beam2"] != nil, isPlaced { return places }
    if isComment { return nil }
    throw noHeader(line: line)
  }

  private static func noHeader(line: Int?) -> CavernError {
    CavernError(
      "intensity.noHeader", "no line names the columns of the intensities", exit: .badData, line: line,
      expected: "run,ls,intensity1,intensity2 or time,intensity1,intensity2")
  }

  private static func row(_ cells: [Substring], _ columns: [String: Int], line: Int) throws(CavernError) -> Row {
    func cell(_ name: String) throws(CavernError) -> Substring? {
      guard let place = columns[name] else { return nil }
      guard place < cells.count else {
        throw CavernError(
          "intensity.badRow", "the row has \(cells.count) cells; it may have been cut", exit: .badData, line: line,
          expected: "\((columns.values.max() ?? 0) + 1) cells or more")
      }
      return cells[place]
    }
    func bad(_ name: String, _ text: Substring, _ expected: String) -> CavernError {
      CavernError(
        "intensity.badRow", "'\(text.prefix(40))' is no \(name)", exit: .badData, line: line, expected: expected)
    }
    func whole(_ name: String) throws(CavernError) -> Int? {
      guard let text = try cell(name) else { return nil }
      // `380115:9568` and `12:12` begin with the number that counts.
      guard let value = Int(text.prefix { $0 != ":" }), value >= 0 else { throw bad(name, text, "a whole number") }
      return value
    }
    func protons(_ name: String) throws(CavernError) -> Double {
      let text = try cell(name) ?? ""
      guard let value = Double(text), value.isFinite else { throw bad("intensity of \(name)", text, "charges") }
      return value
    }
    var milliseconds: Double?
    if let text = try cell("time") {
      milliseconds =
        Double(text).flatMap { $0.isFinite ? $0 * 1000 : nil } ?? UTCTime.milliseconds(brilcalc: String(text))
        ?? UTCTime.milliseconds(iso: String(text))
      if milliseconds == nil { throw bad("time", text, "seconds since 1970, MM/DD/YY HH:MM:SS or ISO 8601") }
    }
    return Row(
      run: try whole("run"), lumisection: try whole("ls"), milliseconds: milliseconds, beam1: try protons("beam1"),
      beam2: try protons("beam2"))
  }
}
