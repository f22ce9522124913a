import Arguments
import Errors
import Files
import Instruments
import JSON

extension Command {
  /// `cavern scope decode`: samples of a waveform file.
  static var scopeDecode: Command {
    Command(
      "decode", "Decode a waveform file to samples in volts.",
      discussion: """
        The file is what the oscilloscope saves (.trc) or what it answers to WF? ALL, in 8 or 16 bits, either byte order, \
        one sweep or a sequence. volts = VERTICAL_GAIN x raw - VERTICAL_OFFSET; times count from the trigger of the \
        segment. --json prints descriptor and trigger times, --csv every sample.

        Names of faults: no_descriptor, bad_block_header, truncated, unsupported_template, bad_descriptor, length_mismatch. \
        Remarks: sequence_incomplete, padded, clipped, trailing_bytes.
        """,
      examples: [
        Example("cavern scope decode C2-00000.trc --csv -o -", "print segment,index,raw,time_s,volts"),
        Example("cavern scope decode C2-00000.trc --json", "print the descriptor for a script"),
      ],
      arguments: [Argument("file", .file(["trc", "bin"]), "The waveform.")],
      options: [CommonOptions.csv, CommonOptions.output]
    ) { arguments in
      let path = try arguments.string("file")
      let waveform = try ScopeFiles.waveform(path, arguments)
      let warnings = waveform.allWarnings().map { warning in
        var warning = warning
        warning.file = path
        return warning
      }
      let place = try arguments.string("output")
      if arguments.flag("csv") {
        try write(waveform, to: place)
        // The samples are out already, piece by piece; nothing is left for the shell to write.
        return Report(warnings: warnings, result: .null, text: "", csv: { "" })
      }
      return Report(
        warnings: warnings, result: waveform.json(file: ScopeFiles.name(path)), text: text(waveform, path), csv: { "" },
        writesToOutputOption: true)
    }
  }

  /// Writes the CSV form: to standard output a piece at a time, to a file as a whole.
  private static func write(_ waveform: Waveform, to place: String) throws(CavernError) {
    let step = 1 << 16
    var bytes = Array(Waveform.csvHeader.utf8)
    for start in stride(from: 0, to: waveform.count, by: step) {
      bytes += waveform.csvLines(start..<start + step)
      if place == "-" {
        try StandardStreams.write(bytes)
        bytes.removeAll(keepingCapacity: true)
        if Interrupts.isRequested { return }
      }
    }
    if place == "-" { try StandardStreams.write(bytes) } else { try AtomicFile.write(place, bytes) }
  }

  /// A summary for people.
  private static func text(_ waveform: Waveform, _ path: String) -> String {
    let descriptor = waveform.descriptor
    let (clipped, offGrid) = waveform.extremes()
    var facts = [
      ["file", path],
      ["instrument", "\(descriptor.instrumentName) number \(descriptor.instrumentNumber)"],
      ["source", WaveEnumeration.meaning(of: descriptor.waveSource, in: "WAVE_SOURCE")],
      ["samples", "\(waveform.segmentCount) x \(waveform.pointsPerSegment), \(8 * descriptor.sampleSize) bits"],
      ["interval", ScopeFiles.engineering(waveform.interval, "s")],
      ["first sample", "\(ScopeFiles.engineering(waveform.time(segment: 0, index: 0), "s")) after the trigger"],
      ["gain", "\(ScopeFiles.engineering(descriptor.verticalGain, descriptor.verticalUnit)) a count"],
      ["offset", ScopeFiles.engineering(descriptor.verticalOffset, descriptor.verticalUnit)],
      ["trigger", descriptor.triggerTime.text],
      ["clipped", "\(clipped), off the grid \(offGrid)"],
    ]
    if let note = waveform.userText { facts.append(["text", note]) }
    return TextTable(columns: [.left(""), .left("")], rows: facts).text(width: .max)
      .split(separator: "\n").map { $0 + "\n" }.joined()
  }
}
