import Errors
import Tables

extension TomoscopeRecord {
  /// Reads a tomoscope file: 98 header lines, then one number a line (or several, parted by blanks or commas).
  ///
  /// - Throws: `file.missing` and the like; `tomoscope.empty`, `tomoscope.noHeader`, `tomoscope.badHeader` with the line,
  ///   `tomoscope.badNumber` with the line, `tomoscope.noFrames`, and under `isStrict` `tomoscope.wrongCount`.
  public init(path: String, options: TomoscopeReadOptions = TomoscopeReadOptions()) throws(CavernError) {
    let bytes = try FileBytes.read(path)
    do throws(CavernError) {
      try self.init(bytes: bytes, path: path, options: options)
    } catch {
      throw error.inFile(path)
    }
  }

  /// Reads the bytes of a tomoscope file; as `init(path:options:)`.
  public init(bytes: [UInt8], path: String, options: TomoscopeReadOptions = TomoscopeReadOptions()) throws(CavernError)
  {
    guard !bytes.isEmpty else {
      throw CavernError("tomoscope.empty", "the file is empty (0 bytes)", exit: .badData, offset: 0)
    }
    guard !bytes.prefix(1 << 14).contains(0) else {
      throw CavernError(
        "tomoscope.notText", "not a tomoscope file: it is no text", exit: .badData, offset: bytes.firstIndex(of: 0),
        expected: "98 header lines and one number a line",
        hint: bytes.starts(with: "PAR1".utf8)
          ? "this is a Parquet file; 'cavern beam inspect' shows what it holds" : nil)
    }
    let wanted = options.headerLines ?? TomoscopeHeader.lineCount
    let (lines, start) = Self.firstLines(bytes, wanted)
    var warnings: [CavernWarning] = []
    guard lines.count == wanted else {
      throw CavernError(
        "tomoscope.noHeader", "the file has \(lines.count) lines, fewer than its header", exit: .badData,
        line: lines.count, expected: "\(wanted) lines and the numbers after them", hint: TomoscopeHeaderReader.hint)
    }
    let header = try TomoscopeHeaderReader(lines: lines, options: options).header(&warnings)
    let values: [Double]
    do {
      values = try NumberText.doubles(Array(bytes[start...]))
    } catch {
      let offset = start + (error.offset ?? 0)
      throw CavernError(
        "tomoscope.badNumber", error.message, exit: .badData, line: Self.line(of: offset, bytes), offset: offset,
        expected: "one number a line after the header")
    }
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw CavernError(
        "tomoscope.badNumber", "value \(place) is not finite", exit: .badData, line: wanted + 1 + place,
        expected: "finite numbers")
    }
    let frames = min(header.frameCount, values.count / header.binCount)
    guard frames > header.ignoredFrames else {
      throw CavernError(
        "tomoscope.noFrames",
        "\(values.count) values hold \(frames) whole frames, of which \(header.ignoredFrames) "
          + "are to be ignored", exit: .badData, expected: "\(header.frameCount) frames of \(header.binCount) bins")
    }
    // The header bounds each factor, so the product cannot overflow.
    let expected = header.frameCount * header.binCount
    if values.count != expected {
      let rest = values.count - frames * header.binCount
      let message =
        "\(values.count) values, but \(header.frameCount) frames of \(header.binCount) bins are \(expected): "
        + "\(frames) whole frames used, \(rest) values left over"
      if options.isStrict {
        throw CavernError("tomoscope.wrongCount", message, exit: .badData, expected: "\(expected) values")
      }
      warnings.append(CavernWarning("tomoscope.wrongCount", message, file: path))
    }
    for index in warnings.indices { warnings[index].file = path }
    self.init(path: path, header: header, raw: values, frames: frames, warnings: warnings)
  }

  /// The first lines as text and the byte after them.
  private static func firstLines(_ bytes: [UInt8], _ count: Int) -> (lines: [String], next: Int) {
    var lines: [String] = []
    var start = 0
    while lines.count < count, start < bytes.count {
      let end = bytes[start...].firstIndex(of: 10) ?? bytes.count
      let line = bytes[start..<end].last == 13 ? bytes[start..<end].dropLast() : bytes[start..<end]
      lines.append(String(decoding: line.prefix(4096), as: UTF8.self))
      start = min(end + 1, bytes.count)
    }
    return (lines, start)
  }

  private static func line(of offset: Int, _ bytes: [UInt8]) -> Int {
    1 + bytes[..<min(offset, bytes.count)].count { $0 == 10 }
  }
}
