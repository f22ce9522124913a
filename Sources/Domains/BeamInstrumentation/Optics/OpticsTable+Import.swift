import Errors
import JSON

/// Reads lattice functions at scanners out of a Twiss table.
///
/// Understood are TFS (MAD-X, also as written by other trackers), JSON (an object of columns, or a list of rows) and CSV
/// with a header, parted by commas, semicolons or tabs. Column names are taken in any case: `name`,
/// `betx`/`beta_x`/`betaX`, `bety`, `dx`, `dy`.
public enum TwissTable {
  /// With respect to what the dispersion column is the derivative of the orbit.
  public enum DispersionVariable: String, Sendable, CaseIterable {
    /// δ = Δp/p: the usual dispersion.
    case delta
    /// MAD-X's PT = ΔE/(p c): its DX has to be multiplied with β.
    case pt
  }

  /// One element of the lattice.
  struct Element {
    var name: String
    var betaX: Double?
    var betaY: Double?
    var dispersionX: Double?
    var dispersionY: Double?
  }

  /// What was read, for the user to check.
  public struct Import: Sendable, Equatable {
    /// The optics set, scanners named by the part of the element's name after the last point.
    public var set: OpticsSet
    /// Elements in the table.
    public var elementCount: Int
    /// The variable the dispersion referred to.
    public var dispersionVariable: DispersionVariable
    /// The velocity by which the dispersion was multiplied; 1 for `delta`.
    public var dispersionFactor: Double
  }

  /// Reads a Twiss table.
  ///
  /// - Parameters:
  ///   - text: the file's text.
  ///   - name: name for the optics set.
  ///   - pattern: which elements to take: a regular expression that must match the whole name, in any case.
  ///   - dispersionVariable: `nil` decides by the table: PT when a TFS header says it comes from MAD-X, δ otherwise.
  /// - Throws: `optics.badTwiss`, `optics.noMatch`, `optics.badPattern`.
  public static func read(
    _ text: String, name: String, matching pattern: String, dispersionVariable: DispersionVariable? = nil
  ) throws(CavernError) -> Import {
    // Programs for other systems begin a text with a mark of the byte order.
    let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    let start = text.first { !$0.isWhitespace }
    var header: [String: String] = [:]
    let elements: [Element]
    switch start {
    case "@", "*", "#": (header, elements) = try tfs(text)
    case "{", "[": (header, elements) = try json(text)
    case nil: throw CavernError("optics.badTwiss", "the table is empty", exit: .badData)
    default: elements = try csv(text)
    }
    let expression: Regex<AnyRegexOutput>
    do {
      expression = try Regex(pattern).ignoresCase()
    } catch {
      throw CavernError(
        "optics.badPattern", "'\(pattern)' is not a regular expression", exit: .usage,
        expected: "for example bwsrc\\..*")
    }
    let matched = elements.filter { $0.name.wholeMatch(of: expression) != nil }
    guard !matched.isEmpty else {
      throw CavernError(
        "optics.noMatch", "none of the \(elements.count) elements matches '\(pattern)'", exit: .badData,
        nearest: nearestNames(to: pattern, in: elements.map(\.name)))
    }
    let isMadX = header["ORIGIN"]?.uppercased().contains("MAD-X") == true
    let variable = dispersionVariable ?? (isMadX ? .pt : .delta)
    var factor = 1.0
    if variable == .pt {
      guard let gamma = gamma(header) else {
        throw CavernError(
          "optics.badTwiss", "the dispersion refers to PT, but the header has no gamma", exit: .badData,
          expected: "GAMMA, or ENERGY and MASS", hint: "'--dispersion delta' takes the column as it is")
      }
      factor = Relativity.beta(gamma: gamma)
    }
    var rows: [(equipment: String, optics: ScannerOptics)] = []
    for element in matched {
      for beta in [element.betaX, element.betaY].compactMap({ $0 }) where !(beta > 0 && beta < .infinity) {
        throw CavernError(
          "optics.badTwiss", "element '\(element.name)': a beta function of \(beta) m", exit: .badData,
          expected: "a positive length in metres")
      }
      let equipment = element.name.split(separator: ".").last.map(String.init) ?? element.name
      let optics = ScannerOptics(
        betaX: element.betaX, betaY: element.betaY, dispersionX: element.dispersionX.map { $0 * factor },
        dispersionY: element.dispersionY.map { $0 * factor })
      if let place = rows.firstIndex(where: { $0.equipment == equipment }) {
        rows[place].optics = optics
      } else {
        rows.append((equipment, optics))
      }
    }
    let set = OpticsSet(
      name: name, summary: header["TITLE"] ?? header["SEQUENCE"] ?? "imported", particle: header["PARTICLE"],
      flatBottomGamma: gamma(header), scanners: rows)
    return Import(
      set: set, elementCount: elements.count, dispersionVariable: variable, dispersionFactor: factor)
  }

  private static func gamma(_ header: [String: String]) -> Double? {
    if let gamma = header["GAMMA"].flatMap(Double.init) { return gamma }
    guard let energy = header["ENERGY"].flatMap(Double.init), let mass = header["MASS"].flatMap(Double.init), mass > 0
    else { return nil }
    return energy / mass
  }

  // MARK: Formats

  private static let columnNames: [(WritableKeyPath<Element, Double?> & Sendable, [String])] = [
    (\.betaX, ["betx", "beta_x", "betax", "bet_x"]), (\.betaY, ["bety", "beta_y", "betay", "bet_y"]),
    (\.dispersionX, ["dx", "dispersion_x", "dispersionx", "disp_x"]),
    (\.dispersionY, ["dy", "dispersion_y", "dispersiony", "disp_y"]),
  ]

  /// Makes elements out of named columns of text.
  private static func elements(
    columns: [String], rows: [(line: Int, values: [String])]
  ) throws(CavernError) -> [Element] {
    let lowered = columns.map { $0.lowercased() }
    guard let nameColumn = lowered.firstIndex(of: "name") else {
      throw CavernError(
        "optics.badTwiss", "the table has no column 'name'", exit: .badData,
        expected: "columns name, betx, bety, dx, dy", nearest: nearestNames(to: "name", in: columns))
    }
    let places = columnNames.compactMap { path, names in
      lowered.firstIndex { names.contains($0) }.map { (path, $0) }
    }
    guard !places.isEmpty else {
      throw CavernError(
        "optics.badTwiss", "the table has no lattice functions", exit: .badData, expected: "columns betx, bety, dx")
    }
    var elements: [Element] = []
    for (line, values) in rows {
      guard values.count >= columns.count else {
        throw CavernError(
          "optics.badTwiss", "\(values.count) values where the table has \(columns.count) columns", exit: .badData,
          line: line)
      }
      var element = Element(name: values[nameColumn])
      for (path, column) in places {
        let text = values[column]
        if text.isEmpty || text.lowercased() == "nan" || text.lowercased() == "null" { continue }
        guard let value = Double(text) else {
          throw CavernError(
            "optics.badTwiss", "'\(text)' in column '\(columns[column])' is not a number", exit: .badData, line: line)
        }
        element[keyPath: path] = value
      }
      elements.append(element)
    }
    return elements
  }

  private static func tfs(_ text: String) throws(CavernError) -> ([String: String], [Element]) {
    var header: [String: String] = [:]
    var columns: [String] = []
    var rows: [(line: Int, values: [String])] = []
    for (number, line) in Self.lines(text).enumerated() {
      var words = self.words(line)
      guard let first = words.first else { continue }
      switch first {
      case "@":
        if words.count >= 4 { header[words[1].uppercased()] = words[3...].joined(separator: " ") }
      case "*": columns = Array(words.dropFirst())
      case "$": continue
      default:
        if first.hasPrefix("#") { continue }
        if words.count > columns.count, columns.isEmpty { words.removeAll() }
        rows.append((number + 1, words))
      }
    }
    guard !columns.isEmpty else {
      throw CavernError(
        "optics.badTwiss", "the table has no line of column names", exit: .badData, expected: "a line '* NAME BETX …'")
    }
    return (header, try elements(columns: columns, rows: rows))
  }

  /// The lines of a text, empty ones as well; line feed, or carriage return and line feed, which are one `Character`.
  private static func lines(_ text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  }

  /// Words between blanks; double quotes hold a word with blanks together.
  private static func words(_ line: Substring) -> [String] {
    var words: [String] = []
    var current = ""
    var isQuoted = false
    var isOpen = false
    for character in line {
      if character == "\"" {
        isQuoted.toggle()
        isOpen = true
      } else if character.isWhitespace, !isQuoted {
        if isOpen { words.append(current) }
        current = ""
        isOpen = false
      } else {
        current.append(character)
        isOpen = true
      }
    }
    if isOpen { words.append(current) }
    return words
  }

  private static func csv(_ text: String) throws(CavernError) -> [Element] {
    var lines: [(line: Int, values: [String])] = []
    // Where numbers have a decimal comma, or columns are aligned, tables are parted by something else.
    let first = Self.lines(text).first { !$0.allSatisfy(\.isWhitespace) } ?? ""
    let separator: Character = [",", ";", "\t"].first { first.contains($0) } ?? ","
    for (number, line) in Self.lines(text).enumerated() {
      if line.allSatisfy(\.isWhitespace) { continue }
      let values = line.split(separator: separator, omittingEmptySubsequences: false).map { value in
        String(value.drop { $0 == " " || $0 == "\"" }.reversed().drop { $0 == " " || $0 == "\"" }.reversed())
      }
      lines.append((number + 1, values))
    }
    guard let header = lines.first else { throw CavernError("optics.badTwiss", "the table is empty", exit: .badData) }
    return try elements(columns: header.values, rows: Array(lines.dropFirst()))
  }

  private static func json(_ text: String) throws(CavernError) -> ([String: String], [Element]) {
    let value: JSONValue
    do { value = try JSONValue(parsing: text) } catch {
      throw CavernError(
        "optics.badTwiss", "not JSON: \(error.message)", exit: .badData, line: error.line, column: error.column)
    }
    func word(_ value: JSONValue?) -> String {
      switch value {
      case .string(let text)?: text
      case .integer(let number)?: String(number)
      case .number(let number)?: String(number)
      default: ""
      }
    }
    if let rows = value.arrayValue {
      let columns = rows.first?.objectValue?.names ?? []
      return ([:], try elements(columns: columns, rows: rows.map { row in (1, columns.map { word(row[$0]) }) }))
    }
    let members = (value["columns"] ?? value["twiss"] ?? value).objectValue?.members ?? []
    let columns = members.filter { $0.value.arrayValue != nil }
    let length = columns.map { $0.value.arrayValue?.count ?? 0 }.min() ?? 0
    let rows = (0..<length).map { row in (line: 1, values: columns.map { word($0.value[row]) }) }
    var header: [String: String] = [:]
    for member in value.objectValue?.members ?? [] where member.value.arrayValue == nil {
      if member.name.lowercased().hasPrefix("gamma") { header["GAMMA"] = word(member.value) }
    }
    return (header, try elements(columns: columns.map(\.name), rows: rows))
  }
}
