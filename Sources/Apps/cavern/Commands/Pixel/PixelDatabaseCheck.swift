import Arguments
import Conditions
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel db check`: what a database holds.
  static var pixelDatabaseCheck: Command {
    Command(
      "check", "Check the tables of a conditions database: columns, rows and times.",
      discussion: "Ends with 1 when a table or column is missing; the view v_voltages may be.",
      examples: [Example("cavern pixel db check --db conditions.sqlite", "an SQLite copy")],
      options: PixelArguments.database
    ) { arguments in
      let conditions = try PixelArguments.conditions(arguments)
      let checks = try ConditionsCheck.run(conditions)
      let isWhole = checks.allSatisfy { $0.isGood || $0.table == .voltages }
      var warnings: [CavernWarning] = []
      for check in checks where !check.isGood {
        let what = check.exists ? "columns \(check.missing.joined(separator: ", ")) are missing" : "is missing"
        warnings.append(
          CavernWarning(
            "database.\(check.exists ? "noColumn" : "noTable")",
            "table \(check.table.rawValue) \(what)"
              + (check.table == .voltages ? "; bias voltages are taken from the supplies" : ""),
            file: conditions.database.source.name))
      }
      let dialect: String =
        switch conditions.database.dialect {
        case .sqlite: "SQLite"
        case .postgreSQL: "PostgreSQL"
        case .oracle: "Oracle"
        case .other(let name): name
        }
      let name = conditions.database.source.name
      return Report(
        status: isWhole ? .done : .failed, warnings: warnings,
        result: [
          "database": .string(name), "product": .string(dialect), "isComplete": .bool(isWhole),
          "tables": .array(
            checks.map {
              [
                "name": .string($0.table.rawValue), "exists": .bool($0.exists),
                "missingColumns": .array($0.missing.map { .string($0) }), "rows": .optional($0.rows),
                "first": .optional($0.first?.text), "last": .optional($0.last?.text),
              ]
            }),
        ],
        text: "\(name) (\(dialect))\n"
          + TextTable(
            columns: [.left("table"), .right("rows"), .left("first"), .left("last")],
            rows: checks.map {
              [
                $0.table.rawValue, $0.rows.map(String.init) ?? ($0.exists ? "columns missing" : "missing"),
                $0.first?.text ?? "-", $0.last?.text ?? "-",
              ]
            }
          ).text(width: .max))
    }
  }

  /// `cavern pixel db export`: a copy of a period.
  static var pixelDatabaseExport: Command {
    Command(
      "export", "Copy the pixel conditions of a period from one database to another.",
      discussion: """
        Copies the channels of the pixel tracker alone: names and numbers that were given until the end, readings of the \
        period, with the two days of temperatures and the 30 days of bias voltages before it that look-ups reach back. A \
        target that is an SQLite file appears whole or not at all; other targets get the tables if they lack them.
        """,
      examples: [
        Example(
          "cavern pixel db export --from 'DSN=conditions' --to copy.sqlite --begin 2022-07-19 --end 2022-07-23",
          "an offline copy of five days")
      ],
      options: [
        .option("from", "DATABASE", .text, "Database to copy from."),
        .option("to", "DATABASE", .text, "Database to copy to."),
        .option("begin", "TIME", .text, "Begin: a day or time in UTC."),
        .option("end", "TIME", .text, "End: a day (which belongs to it) or time in UTC."),
        .option("db", "DATABASE", .text, "Not used here.", isHidden: true),
        .flag("overwrite", "Replace a target file."),
      ] + PixelArguments.database.filter { $0.name != "db" }
    ) { arguments in
      func time(_ name: String, isEnd: Bool) throws(CavernError) -> ConditionsTime {
        let text = try arguments.string(name)
        guard let time = ConditionsTime(text) else {
          throw arguments.fault("usage.badTime", "'\(text)' is no time", about: name, expected: "YYYY-MM-DD in UTC")
        }
        return isEnd && text.utf8.count == 10 ? time.adding(seconds: 86_400) : time
      }
      let (begin, end) = (try time("begin", isEnd: false), try time("end", isEnd: true))
      guard begin < end else {
        throw CavernError("usage.badRange", "the period ends before it begins", exit: .usage)
      }
      let tables = try ConditionsTables(schema: try arguments.optionalString("schema"))
      let source = PixelConditions(try PixelArguments.open(try arguments.string("from"), arguments), tables: tables)
      let target = try arguments.string("to")
      let copied = try ConditionsExport.run(
        from: source, to: DatabaseSource(target), begin: begin, end: end, overwrites: arguments.flag("overwrite")
      ) { (path) throws(CavernError) in try PixelArguments.open(path, arguments, isWritable: true) }
      guard copied.contains(where: { $0.rows > 0 && $0.table != .aliases && $0.table != .channels }) else {
        return Report(
          status: .failed, result: ["rows": .object(JSONObject(copied.map { ($0.table.rawValue, .integer($0.rows)) }))],
          text: "the period holds no readings\n")
      }
      return Report(
        result: [
          "rows": .object(JSONObject(copied.map { ($0.table.rawValue, .integer($0.rows)) })),
          "begin": .string(begin.text), "end": .string(end.text),
        ], text: copied.map { "\($0.table.rawValue): \($0.rows) rows\n" }.joined())
    }
  }
}
