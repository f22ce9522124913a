import Arguments
import Errors
import Files
import Histograms
import JSON
import PixelMonitoring
import Results
import Tables

extension Command {
  /// `cavern pixel fluence import`: from FLUKA's text to a field.
  static var pixelFluenceImport: Command {
    Command(
      "import", "Read the text that FLUKA's usbrea writes of its binnings.",
      discussion: """
        The grid comes from the headings. Preambles, wrapped rows, matrices of percentage errors, 'generalised', \
        Fortran's number forms and R-Phi-Z binnings (averaged over Phi) are taken; what is damaged is refused with \
        binning and line, and nothing is written. Importing again replaces what is there.

        The folder gets fluence.parquet, and with --format also fluence_field.root with its units text, or a text table \
        for every kind of particle.
        """,
      examples: [
        Example("cavern pixel fluence import usrbin_40_ascii --out field", "read a FLUKA field"),
        Example(
          "cavern pixel fluence import usrbin_40_ascii --out field --format root,text", "also as ROOT file and as text"),
      ],
      arguments: [Argument("file", .file(), "What the converter wrote.")],
      options: [
        .option("out", "DIR", .folder, "Where to write the field."),
        .option(
          "format", "LIST", .list(.choice([.init("parquet"), .init("root"), .init("text")])),
          "What to write beside the Parquet file.", default: "parquet"),
        .option(
          "compression", "HOW", .choice(ROOTCompression.allCases.map { .init($0.rawValue) }),
          "How the ROOT file is packed.", default: "zlib"),
      ]
    ) { arguments in
      let path = try arguments.string("file")
      let folder = try arguments.string("out")
      let formats = try arguments.strings("format")
      let input = DigestTask(path)
      let (field, warnings) = try FlukaReader.read(path: path)
      try OutputFolder.prepare(folder)
      var written = [FluenceField.tableName]
      try AtomicFile.write("\(folder)/\(FluenceField.tableName)", isSynchronised: false) {
        (temporary) throws(CavernError) in
        let stream = try ParquetStream(
          path: temporary, first: try field.table(), compression: .none, usesDictionaries: false)
        try stream.close()
      }
      if formats.contains("root") {
        let compression = ROOTCompression(rawValue: try arguments.string("compression")) ?? .zlib
        try ROOTFile.write(
          try field.rootObjects(), to: "\(folder)/\(FluenceField.rootName)", compression: compression)
        try AtomicFile.write("\(folder)/fluence_field_units.txt", text: FluenceField.unitsText)
        written += [FluenceField.rootName, "fluence_field_units.txt"]
      }
      if formats.contains("text") {
        for particle in field.particles {
          for (isError, name) in [
            (false, "fluence_\(particle.rawValue).txt"), (true, "fluence_\(particle.rawValue)_error.txt"),
          ] {
            guard let text = field.textTable(particle, isError: isError) else { continue }
            try AtomicFile.write("\(folder)/\(name)", text: text)
            written.append(name)
          }
        }
      }
      let files = written
      let provenance = Provenance(
        version: Version.text, commandLine: arguments.provenanceWords,
        inputs: [try input.value()])
      try AtomicFile.write(
        "\(folder)/fluence.provenance.json", text: provenance.json.text(.pretty) + "\n")
      return Report(
        warnings: warnings, result: json(field, folder, files), text: text(field, folder, files))
    }
  }

  private static func json(_ field: FluenceField, _ folder: String, _ written: [String]) -> JSONValue {
    func axis(_ axis: FluenceGrid.Axis) -> JSONValue {
      ["from_cm": .number(axis.lower), "to_cm": .number(axis.upper), "bins": .integer(axis.count)]
    }
    return [
      "folder": .string(folder), "files": .array(written.map { .string($0) }), "r": axis(field.grid.r),
      "z": axis(field.grid.z), "particles": .array(field.particles.map { .string($0.rawValue) }),
      "hasUncertainties": .bool(field.components.values.contains { $0.uncertainties != nil }),
      "notes": .array(field.notes.map { .string($0) }),
    ]
  }

  private static func text(_ field: FluenceField, _ folder: String, _ written: [String]) -> String {
    let grid = field.grid
    return """
      r: \(grid.r.count) bins from \(grid.r.lower) to \(grid.r.upper) cm
      z: \(grid.z.count) bins from \(grid.z.lower) to \(grid.z.upper) cm
      particles: \(field.particles.map(\.rawValue).joined(separator: ", "))
      written: \(written.map { "\(folder)/\($0)" }.joined(separator: ", "))
      """
  }
}
