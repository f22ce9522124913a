import Arguments
import BeamInstrumentation
import Errors
import JSON

extension Command {
  /// `cavern beam optics`: lattice functions at the scanners.
  static var beamOptics: Command {
    Command(
      "optics", "Lattice functions at the wire scanners.",
      discussion: "A wrong choice changes emittances by tens of per cent: check it, and name it with --optics.",
      examples: [
        Example("cavern beam optics list", "show the optics sets that Cavern knows"),
        Example("cavern beam optics import twiss.tfs --name q22 -o q22.json", "make a table from a Twiss file"),
      ],
      subcommands: [beamOpticsList, beamOpticsImport])
  }

  private static var beamOpticsList: Command {
    Command(
      "list", "Show the optics sets and their scanners.",
      examples: [
        Example("cavern beam optics list", "the sets shipped with Cavern"),
        Example("cavern beam optics list q22.json", "the sets of a file"),
      ],
      arguments: [Argument("file", .file(["json"]), "Table to show; the built-in one without it.", count: .optional)],
      options: [CommonOptions.csv]
    ) { arguments in
      let table =
        if let file = try arguments.optionalString("file") {
          try WireScanArguments.opticsTable(file: file)
        } else {
          try OpticsTable.builtIn()
        }
      let width = arguments.surroundings.width
      return Report(result: table.json, text: text(table, width), csv: { csv(table) })
    }
  }

  private static func cells(_ optics: ScannerOptics) -> [String] {
    [optics.betaX, optics.betaY, optics.dispersionX, optics.dispersionY].map { value in
      value.map { WireScanText.fixed($0, 4) } ?? ""
    }
  }

  private static func text(_ table: OpticsTable, _ width: Int) -> String {
    table.sets.map { set in
      var text = "\(set.name)\n"
      text += TextWrap.wrap(set.summary, width: width - 2).split(separator: "\n").map { "  \($0)\n" }.joined()
      text += TextTable(
        columns: [
          .left("  scanner"), .right("betaX/m"), .right("betaY/m"), .right("dispersionX/m"), .right("dispersionY/m"),
        ],
        rows: set.scanners.map { ["  " + $0.equipment] + cells($0.optics) }
      ).text(width: width)
      return text
    }.joined(separator: "\n")
  }

  private static func csv(_ table: OpticsTable) -> String {
    CSVText.table(
      ["set", "scanner", "betaX", "betaY", "dispersionX", "dispersionY"],
      table.sets.flatMap { set in
        set.scanners.map { scanner in
          [set.name, scanner.equipment]
            + [
              scanner.optics.betaX, scanner.optics.betaY, scanner.optics.dispersionX, scanner.optics.dispersionY,
            ].map { $0.map(\.description) ?? "" }
        }
      })
  }

  private static var beamOpticsImport: Command {
    Command(
      "import", "Make an optics table from a Twiss file.",
      discussion: """
        Reads TFS, JSON and CSV with columns name, betx, bety, dx, dy. MAD-X writes dispersion with respect to PT; it \
        is multiplied with the beam's beta unless --dispersion delta says otherwise.
        """,
      examples: [
        Example("cavern beam optics import twiss.tfs --name q22 -o q22.json", "write a table"),
        Example("cavern beam ws fit WS.parquet --optics q22.json", "use it"),
      ],
      arguments: [Argument("twiss", .file(["tfs", "json", "csv"]), "Twiss table.")],
      options: [
        .option("match", "REGEX", .text, "Elements to take: must match the whole name.", default: "bwsrc\\..*"),
        .option("name", "NAME", .text, "Name of the set.", note: "the file's name"),
        .option(
          "dispersion", "VARIABLE", .choice(["delta", "pt"]), "What the dispersion refers to.",
          note: "pt for TFS from MAD-X, else delta"),
        CommonOptions.output,
      ]
    ) { arguments in
      let file = try arguments.string("twiss")
      let stem = file.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? "imported"
      let name = try arguments.optionalString("name") ?? stem
      let read: TwissTable.Import
      do {
        read = try TwissTable.read(
          String(decoding: try TextFile.bytes(file), as: UTF8.self), name: name,
          matching: try arguments.string("match"),
          dispersionVariable: try arguments.optionalString("dispersion").flatMap(TwissTable.DispersionVariable.init))
      } catch let error as CavernError {
        throw error.inFile(file)
      }
      var warnings: [CavernWarning] = []
      if read.dispersionVariable == .pt {
        warnings.append(
          CavernWarning(
            "optics.dispersionScaled",
            "dispersion taken with respect to PT and multiplied with beta = \(read.dispersionFactor)", file: file))
      }
      let table = OpticsTable(sets: [read.set])
      var report = Report(warnings: warnings, result: table.json, text: table.json.text(.pretty))
      report.writesToOutputOption = true
      return report
    }
  }
}
