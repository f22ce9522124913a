import Arguments
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel fluence modules`: means of modules and what they make up.
  static var pixelFluenceModules: Command {
    Command(
      "modules", "Average the field over modules, readout groups, layers or rings.",
      discussion: """
        For 1 /fb: the mean along each module, every bin counting with the length it covers; groups, layers and rings are \
        means over modules. With --compat also the earlier program's numbers: steps of 0.1 cm, 0.31 % too many, and for \
        groups the sum over modules.
        """,
      examples: [
        Example("cavern pixel fluence modules --field field --csv", "all modules"),
        Example("cavern pixel fluence modules --field field --by group --subsystem Barrel --json", "readout groups"),
      ],
      options: [
        FluenceArguments.field, FluenceArguments.particle, FluenceArguments.crossSection,
        .option(
          "by", "WHAT",
          .choice([
            .init("module"), .init("group", "readout groups"), .init("layer", "barrel layers and end-cap rings"),
          ]), "What is averaged over.", default: "module"),
        .option("subsystem", "NAME", .text, "Barrel or EndCap.", note: "both"),
        .option("match", "TEXT", .text, "Only names that contain this."),
        .flag("flat-sensor", "Also average across flat barrel sensors, whose edges are further out."),
        .flag("compat", "Add the earlier program's numbers."),
        CommonOptions.csv, CommonOptions.output,
      ]
    ) { arguments in
      let (field, warnings) = try FluenceArguments.readField(arguments)
      let facts = try PixelFacts.builtIn()
      let averages = try ModuleFluence(
        field, particle: try FluenceArguments.particle(arguments),
        conversion: try FluenceArguments.conversion(arguments),
        method: arguments.flag("flat-sensor") ? .flatSensor : .line)
      var subsystem: Subsystem?
      if let name = try arguments.optionalString("subsystem") { subsystem = try Subsystem(named: name) }
      let part = try arguments.optionalString("match") ?? ""
      let modules = facts.modules.filter { subsystem == nil || $0.group.subsystem == subsystem }
      let by = try arguments.string("by")
      var entries: [ModuleFluence.Entry] = []
      var outside: [(name: String, error: CavernError)] = []
      for (name, members) in members(modules, by: by) where part.isEmpty || name.contains(part) {
        do throws(CavernError) {
          if by == "module", let module = members.first {
            entries.append(try averages.entry(module))
          } else {
            entries.append(try averages.entry(named: name, over: members))
          }
        } catch {
          outside.append((name, error))
        }
      }
      guard !entries.isEmpty else {
        throw outside.first?.error
          ?? CavernError(
            "pixel.emptySelection", "no \(by) is selected", exit: .badData, hint: "look at --match and --subsystem")
      }
      let isCompatible = arguments.flag("compat")
      let means = entries
      let table = rows(means, by: by, isCompatible)
      let skipped = leftOut(outside, by: by)
      return Report(
        status: outside.isEmpty ? .done : .partial, warnings: warnings + skipped,
        result: [
          "entries": .array(
            means.map { entry in
              .object(
                JSONObject(
                  zip(table.header, cells(entry, by: by, isCompatible)).map { ($0, $1) }))
            })
        ],
        text: TextTable(
          columns: table.header.enumerated().map { $0.offset == 0 ? .left($0.element) : .right($0.element) },
          rows: means.map { cells($0, by: by, isCompatible).map(short) }
        ).text(width: .max),
        csv: { CSVText.table(table.header, table.rows) }, writesToOutputOption: true)
    }
  }

  /// What is said of modules and what they make up outside the field: each by itself, or all in a line when they are many.
  private static func leftOut(_ outside: [(name: String, error: CavernError)], by: String) -> [CavernWarning] {
    guard outside.count > 4, let first = outside.first else { return outside.map { CavernWarning($0.error) } }
    let names = outside.prefix(4).map(\.name).joined(separator: ", ")
    return [
      CavernWarning(
        first.error.code,
        "\(outside.count) \(by)s are left out, as they reach out of the field: \(names) and \(outside.count - 4) more")
    ]
  }

  /// Names with their modules, in the order of the tables.
  private static func members(_ modules: [PixelModule], by: String) -> [(String, [PixelModule])] {
    var order: [String] = []
    var members: [String: [PixelModule]] = [:]
    for module in modules {
      let name: String =
        switch by {
        case "group": module.group.text
        case "layer":
          module.group.subsystem == .barrel
            ? "BPix_LYR\(module.group.layerOrRing)" : "FPix_RNG\(module.group.layerOrRing)"
        default: module.name
        }
      if members[name] == nil { order.append(name) }
      members[name, default: []].append(module)
    }
    return order.map { ($0, members[$0] ?? []) }
  }

  private static func rows(
    _ entries: [ModuleFluence.Entry], by: String, _ isCompatible: Bool
  ) -> (header: [String], rows: [[String]]) {
    let first = by == "group" ? "readout_group" : by
    var header = [first, "n_modules", "r_cm", "phi_rad", "z_cm"]
    if by == "module" { header.remove(at: 1) }
    if isCompatible { header.append(by == "module" ? "stepped_sum_per_fb_n_eq_cm2" : "compat_sum_per_fb_n_eq_cm2") }
    header += ["exact_mean_per_fb_n_eq_cm2", "uncertainty_per_fb_n_eq_cm2"]
    return (header, entries.map { cells($0, by: by, isCompatible).map(plain) })
  }

  private static func cells(_ entry: ModuleFluence.Entry, by: String, _ isCompatible: Bool) -> [JSONValue] {
    var cells: [JSONValue] = [.string(entry.name)]
    if by != "module" { cells.append(.integer(entry.modules)) }
    cells += [.number(entry.r), .number(entry.phi), .number(entry.z)]
    if isCompatible { cells.append(.number(entry.compatible)) }
    cells += [.number(entry.mean.value), .optional(entry.mean.uncertainty)]
    return cells
  }

  private static func plain(_ cell: JSONValue) -> String {
    switch cell {
    case .string(let text): text
    case .integer(let value): value.description
    case .number(let value): value.description
    default: ""
    }
  }

  private static func short(_ cell: JSONValue) -> String {
    if case .number(let value) = cell { return NumberText.significant(value, 6) }
    return plain(cell)
  }
}
