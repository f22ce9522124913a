import Dispatch
import Errors
import Foundation
import Synchronization
import Tables

/// Reads the text that FLUKA's `usbrea` and its relatives write of USRBIN scorings.
///
/// The grid and everything else come from the headings in the file. A preamble, wrapped rows, flag lines, matrices of
/// percentage errors, `generalised` and Fortran's number forms are taken; R-Φ-Z binnings are averaged over Φ. What is
/// damaged is refused with binning and line (FLUKA manual, chapter "USRBIN").
public struct FlukaReader: Sendable {
  private var scanner: FlukaScanner
  private var binnings: [FlukaBinning] = []
  private var preamble: [String] = []
  private(set) var warnings: [CavernWarning] = []

  private init(_ text: [UInt8], part: Range<Int>? = nil) { scanner = FlukaScanner(text, part: part) }

  /// Reads a file.
  ///
  /// - Returns: the field and remarks on what was averaged, guessed or left out.
  /// - Throws: faults of the file; `fluka.empty`, `fluka.noBinning`, `fluka.unsupportedBinning`, `fluka.badHeading`,
  ///   `fluka.count`, `fluka.notANumber`, `fluka.negative`, `fluka.differentGrids`, `fluka.duplicate`, each with the line.
  public static func read(path: String) throws(CavernError) -> (field: FluenceField, warnings: [CavernWarning]) {
    let bytes = try FileBytes.read(path)
    do throws(CavernError) {
      var read = try read(bytes)
      for index in read.warnings.indices { read.warnings[index].file = path }
      return read
    } catch {
      throw error.inFile(path)
    }
  }

  /// Reads a text; see `read(path:)`.
  public static func read(_ text: [UInt8]) throws(CavernError) -> (field: FluenceField, warnings: [CavernWarning]) {
    guard text.contains(where: { $0 > 32 }) else {
      throw CavernError(
        "fluka.empty", text.isEmpty ? "the file is empty (0 bytes)" : "the file holds only blanks", exit: .badData)
    }
    var reader = FlukaReader(text)
    // One after the other where they cannot be read by themselves: what is wrong is told with its line.
    if let whole = sideBySide(text) { reader = whole } else { try reader.scan() }
    let field = try reader.field()
    return (field, reader.warnings)
  }

  /// Reads the binnings of a long text by several threads; `nil` when there are too few or one cannot be read by itself.
  private static func sideBySide(_ text: [UInt8]) -> FlukaReader? {
    guard text.count > 1 << 20 else { return nil }
    let bounds = [0] + FlukaScanner.headings(text).dropFirst() + [text.count]
    guard bounds.count > 2 else { return nil }
    let parts = Mutex([FlukaReader?](repeating: nil, count: bounds.count - 1))
    DispatchQueue.concurrentPerform(iterations: bounds.count - 1) { index in
      var reader = FlukaReader(text, part: bounds[index]..<bounds[index + 1])
      guard (try? reader.scan()) != nil else { return }
      parts.withLock { $0[index] = reader }
    }
    var whole = FlukaReader([])
    var lines = 0
    for part in parts.withLock({ $0 }) {
      guard let part else { return nil }
      whole.preamble += part.preamble
      for var binning in part.binnings {
        binning.line += lines
        whole.binnings.append(binning)
      }
      for var warning in part.warnings {
        warning.line = warning.line.map { $0 + lines }
        whole.warnings.append(warning)
      }
      lines += part.scanner.line - 1
    }
    return whole
  }

  private mutating func scan() throws(CavernError) {
    while let (bytes, line) = scanner.nextLine() {
      let text = Self.text(bytes)
      if text.isEmpty || text == "1" || text == "0" { continue }
      if text.lowercased().contains("binning n.") {
        binnings.append(try binning(heading: text, line: line))
      } else if Self.isNumbers(text) {
        throw CavernError(
          "fluka.strayNumbers", "numbers stand where a heading should be", exit: .badData, line: line,
          expected: "a line such as 'R - Z     binning n.   1  \"ALLPART   \" , generalized particle n.  236'",
          hint: "a heading may be missing, or a matrix has more numbers than its heading says")
      } else if binnings.isEmpty {
        preamble.append(text)
      }
    }
    guard !binnings.isEmpty else {
      throw CavernError(
        "fluka.noBinning", "there is no binning in the file", exit: .badData,
        expected: "a line such as 'R - Z     binning n.   1  \"ALLPART   \" , generalized particle n.  236'")
    }
  }

  /// A binning from behind its heading to the end of its last matrix.
  private mutating func binning(heading: String, line: Int) throws(CavernError) -> FlukaBinning {
    let head = try FlukaHeading(heading, line: line)
    var axes: [String: FlukaHeading.Axis] = [:]
    var flags: [String] = []
    var isMatrixAnnounced = false
    // Up to the line with the first number.
    while true {
      let before = scanner
      guard let (bytes, number) = scanner.nextLine() else {
        throw CavernError(
          "fluka.count", "the file ends before the numbers of \(head.title)", exit: .badData, line: scanner.line)
      }
      let text = Self.text(bytes)
      if text.isEmpty { continue }
      if Self.beginsLikeNumber(text) {
        scanner = before
        break
      }
      let lower = text.lowercased()
      if lower.contains("coordinate: from") || lower.contains("coordinate from") {
        let axis = try FlukaHeading.Axis(text, line: number)
        axes[axis.name] = axis
      } else if lower.contains("data follow") {
        isMatrixAnnounced = true
      } else if lower.contains("binning n.") || lower.contains("errors follow") {
        throw CavernError("fluka.count", "\(head.title) has no numbers", exit: .badData, line: number)
      } else if !lower.contains("axis coordinates") {
        flags.append(text)
        if lower.contains("symmetry") {
          warnings.append(
            CavernWarning(
              "fluka.symmetry", "\(head.title) was scored with a symmetry, the grid is taken as it stands: \(text)",
              line: number))
        }
      } else if let off = FlukaHeading.offset(text), off != 0 {
        warnings.append(
          CavernWarning("fluka.offAxis", "\(head.title) is not centred on the beam: \(text)", line: number))
      }
    }
    guard let r = axes["r"], let z = axes["z"] else {
      throw CavernError(
        "fluka.badHeading", "\(head.title) does not say its \(axes["r"] == nil ? "R" : "Z") coordinate", exit: .badData,
        line: line, expected: "R coordinate: from … to … cm, … bins")
    }
    if !isMatrixAnnounced {
      warnings.append(CavernWarning("fluka.noMatrixLine", "\(head.title) does not announce its matrix", line: line))
    }
    // Converters call the azimuth `P`, `Phi` or `F`.
    let around = axes["phi"] ?? axes["p"] ?? axes["f"]
    if head.isOverAzimuth, around == nil {
      throw CavernError(
        "fluka.badHeading", "\(head.title) does not say its Phi coordinate", exit: .badData, line: line,
        expected: "P coordinate: from … to … rad, … bins")
    }
    let azimuth = head.isOverAzimuth ? max(around?.bins.count ?? 1, 1) : 1
    return try matrices(
      FlukaBinning(
        number: head.number, name: head.name, line: line, grid: FluenceGrid(r: r.bins, z: z.bins),
        azimuthCount: azimuth, flags: flags, values: [], uncertainties: nil))
  }

  /// Reads the values and, where they follow, the errors.
  private mutating func matrices(_ heading: FlukaBinning) throws(CavernError) -> FlukaBinning {
    var binning = heading
    let (size, isTooLarge) = binning.grid.count.multipliedReportingOverflow(by: binning.azimuthCount)
    guard !isTooLarge else {
      throw CavernError("fluka.badHeading", "\(binning.title) has too many bins", exit: .badData, line: binning.line)
    }
    let values = try matrix(size, of: binning, what: "values")
    let before = scanner
    var errors: [Double]?
    while let (bytes, _) = scanner.nextLine() {
      let text = Self.text(bytes)
      if text.isEmpty { continue }
      if text.lowercased().contains("errors follow") {
        var found = try matrix(size, of: binning, what: "percentage errors")
        for bin in found.indices { found[bin] = values[bin] * (found[bin] / 100) }
        errors = found
      } else {
        scanner = before
      }
      break
    }
    if errors == nil { scanner = before }
    (binning.values, binning.uncertainties) = average(values, errors, binning)
    return binning
  }

  private mutating func matrix(
    _ size: Int, of binning: FlukaBinning, what: String
  ) throws(CavernError) -> [Double] {
    let begin = scanner
    let (values, end) = scanner.numbers(size)
    if case .damaged(let word) = end {
      throw CavernError(
        "fluka.notANumber", "\(binning.title): '\(word)' is not a number", exit: .badData, line: scanner.line,
        expected: "\(what), number \(values.count + 1) of \(size)")
    }
    let isShort = end != .complete || scanner.isBehindControl
    if isShort {
      let found = values.count - (!values.isEmpty && scanner.isBehindControl ? 1 : 0)
      var stopped = end == .endOfText ? "at the end of the file" : "before the next heading"
      if case .word(let word) = end { stopped = "before '\(word)'" }
      throw CavernError(
        "fluka.count", "\(binning.title) has \(found) \(what) \(stopped)", exit: .badData, line: scanner.line,
        expected: "\(size) numbers (\(Self.shape(binning)))")
    }
    var least = 0.0
    for value in values { least = min(least, value) }
    if least < 0, let negative = values.firstIndex(where: { $0 < 0 }) {
      var finder = begin
      _ = finder.numbers(negative + 1)
      throw CavernError(
        "fluka.negative", "\(binning.title): \(what) number \(negative + 1) is negative: \(values[negative])",
        exit: .badData, line: finder.line, expected: "numbers of at least zero")
    }
    let more = scanner.countOfNumbers()
    if more > 0 {
      throw CavernError(
        "fluka.count", "\(binning.title) has \(size + more) \(what)", exit: .badData, line: scanner.line,
        expected: "\(size) numbers (\(Self.shape(binning)))")
    }
    return values
  }

  private static func shape(_ binning: FlukaBinning) -> String {
    "\(binning.grid.r.count) in r"
      + (binning.azimuthCount > 1 ? " by \(binning.azimuthCount) in phi" : "") + " by \(binning.grid.z.count) in z"
  }

  /// Means over the azimuth, whose bins are equal; errors of its bins are independent.
  private mutating func average(
    _ values: [Double], _ errors: [Double]?, _ binning: FlukaBinning
  ) -> ([Double], [Double]?) {
    let (nr, nf) = (binning.grid.r.count, binning.azimuthCount)
    guard nf > 1 else { return (values, errors) }
    warnings.append(
      CavernWarning("fluka.averaged", "\(binning.title) was averaged over \(nf) bins in phi", line: binning.line))
    var means = [Double](repeating: 0, count: binning.grid.count)
    var variances = means
    for z in 0..<binning.grid.z.count {
      for f in 0..<nf {
        for r in 0..<nr {
          let value = values[(z * nf + f) * nr + r]
          means[z * nr + r] += value / Double(nf)
          let error = (errors?[(z * nf + f) * nr + r] ?? 0) / Double(nf)
          variances[z * nr + r] += error * error
        }
      }
    }
    guard errors != nil else { return (means, nil) }
    for bin in variances.indices { variances[bin] = variances[bin].squareRoot() }
    return (means, variances)
  }

  /// Puts the binnings together: by name, or in the order of the production file when no name is known.
  private mutating func field() throws(CavernError) -> FluenceField {
    guard let grid = binnings.first?.grid else { throw CavernError("fluka.noBinning", "no binning", exit: .badData) }
    for binning in binnings where binning.grid != grid {
      throw CavernError(
        "fluka.differentGrids", "\(binning.title) has another grid than \(binnings[0].title)", exit: .badData,
        line: binning.line, expected: "\(Self.shape(binnings[0]))", hint: "import the binnings from files of their own")
    }
    var scored: [FluenceParticle: FluenceField.Component] = [:]
    let isNamed = binnings.contains { FluenceParticle(binning: $0.name) != nil }
    if !isNamed {
      guard binnings.count <= FluenceParticle.scored.count else {
        throw CavernError(
          "fluka.unknownNames", "none of the \(binnings.count) binnings has a known name", exit: .badData,
          expected: FluenceParticle.scored.map { $0.rawValue.uppercased() }.joined(separator: ", "))
      }
      warnings.append(
        CavernWarning(
          "fluka.byOrder", "no binning has a known name; they are taken in the order of the production file"))
    }
    for (position, binning) in binnings.enumerated() {
      let particle = isNamed ? FluenceParticle(binning: binning.name) : FluenceParticle.scored[position]
      guard let particle else {
        warnings.append(
          CavernWarning("fluka.unknownName", "\(binning.title) was left out, its name is not known", line: binning.line)
        )
        continue
      }
      guard scored[particle] == nil else {
        throw CavernError(
          "fluka.duplicate", "\(binning.title) scores '\(particle.rawValue)' a second time", exit: .badData,
          line: binning.line)
      }
      scored[particle] = FluenceField.Component(values: binning.values, uncertainties: binning.uncertainties)
    }
    let flags = Set(binnings.flatMap(\.flags)).sorted()
    return try FluenceField(grid: grid, scored: scored, notes: preamble + flags)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    var slice = bytes
    while let byte = slice.first, byte <= 32 { slice = slice.dropFirst() }
    while let byte = slice.last, byte <= 32 { slice = slice.dropLast() }
    return String(decoding: slice, as: UTF8.self)
  }

  private static func beginsLikeNumber(_ text: String) -> Bool {
    guard let word = text.split(whereSeparator: \.isWhitespace).first else { return false }
    let plain = word.lowercased().drop { $0 == "-" || $0 == "+" }
    return plain.first.map { $0.isNumber || $0 == "." || $0 == "*" } ?? false || plain == "nan" || plain == "inf"
      || plain == "infinity"
  }

  private static func isNumbers(_ text: String) -> Bool {
    var scanner = FlukaScanner(Array(text.utf8))
    let (values, end) = scanner.numbers(Int.max)
    return end == .endOfText && !values.isEmpty
  }
}
