import Arguments
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel fluence fit`: a smooth formula for the field.
  static var pixelFluenceFit: Command {
    Command(
      "fit", "Fit a smooth formula to the field, with covariance.",
      discussion: """
        field: (a r + c)/(1 + z²/(k r + d)²) + b r^beta + f over r and z. projection: p0 (1 + z²/p1²)^(-p2) + p3 in z for \
        every bin in r, with p2 = 1 unless --free-power; then, with p2 = 1, how the others vary with r: p0 and p1 linear, \
        p3 = A r^(-B) + C, fitted together. Bins count with their uncertainties where the field has them. \
        The status is 1 when the fit did not converge.
        """,
      examples: [
        Example("cavern pixel fluence fit --field field --json", "the field around layer 1"),
        Example("cavern pixel fluence fit --field field --model projection --csv", "one fit for each bin in r"),
      ],
      options: [
        FluenceArguments.field, FluenceArguments.particle,
        .option("model", "NAME", .choice([.init("field"), .init("projection")]), "What is fitted.", default: "field"),
        .option("r", "FROM:TO", .range, "Range along r in cm.", default: "2:4"),
        .option("z-limit", "CM", .number(0.1...1e4), "Largest |z| in cm.", default: "30"),
        .flag("free-power", "Let p2 of the projection vary."),
        .option("at", "R,Z[,Z2]", .list(.number()), "Also print the fit at a place, or its mean from z to z2, in cm."),
        CommonOptions.threads, CommonOptions.csv, CommonOptions.output,
      ]
    ) { arguments in
      let (field, warnings) = try FluenceArguments.readField(arguments)
      let range = try arguments.range("r")
      let (from, to) = (range.from ?? field.grid.r.lower, range.to ?? field.grid.r.upper)
      guard from < to else {
        throw arguments.fault("usage.badValue", "the range of r is empty", about: "r", expected: "FROM below TO")
      }
      let fit = try FluenceFit(
        field, particle: try FluenceArguments.particle(arguments),
        model: FluenceFit.Model(rawValue: try arguments.string("model")) ?? .field, r: from...to,
        zLimit: try arguments.double("z-limit"), fixedPower: !arguments.flag("free-power"),
        threads: try PixelArguments.threads(arguments))
      var result = fit.json.objectValue ?? JSONObject()
      let place = try arguments.doubles("at")
      if place.count >= 2 {
        let value =
          place.count > 2 ? fit.mean(r: place[0], zFrom: place[1], to: place[2]) : fit.value(r: place[0], z: place[1])
        result["at"] = value.map(FluenceArguments.json) ?? .null
      }
      var remarks = warnings
      if let trend = fit.trend, !trend.state.isUsable {
        remarks.append(
          CavernWarning(
            "fluence.noTrend",
            "the parameters of the projections do not follow the formula in r: \(trend.state.rawValue)"))
      }
      let isUsable = fit.parts.allSatisfy { $0.state.isUsable }
      let document = JSONValue.object(result)
      return Report(
        status: isUsable ? .done : .failed, warnings: remarks, result: document, text: text(fit, document),
        csv: { csv(fit) }, writesToOutputOption: true)
    }
  }

  private static func text(_ fit: FluenceFit, _ result: JSONValue) -> String {
    var text = "\(fit.model.formula)\n"
    for (index, part) in fit.partsAndTrend.enumerated() {
      let isTrend = index == fit.parts.count
      let ratio = part.chiSquare / Double(max(part.degreesOfFreedom, 1))
      text += """
        \(isTrend ? "along " : "")r \(NumberText.significant(part.r.lowerBound, 6)) to \(NumberText.significant(part.r.upperBound, 6)) cm: \
        \(part.state.rawValue), \(fit.isWeighted || isTrend ? "chi2" : "sum of squares")/dof = \
        \(NumberText.significant(part.chiSquare, 5))/\(part.degreesOfFreedom) = \(NumberText.significant(ratio, 4))

        """
      text += TextTable(
        columns: [.left("  parameter"), .right("value"), .right("standard error")],
        rows: part.parameters.enumerated().map { index, parameter in
          [
            "  " + parameter.name, NumberText.significant(parameter.value, 8),
            NumberText.significant(part.covariance[index][index].squareRoot(), 4),
          ]
        }
      ).text()
    }
    if let value = result["at"]?["value"]?.doubleValue {
      let error = result["at"]?["uncertainty"]?.doubleValue
      text += "at the place: \(NumberText.significant(value, 6))"
      text += error.map { " ± \(NumberText.significant($0, 3))\n" } ?? "\n"
    }
    return text
  }

  private static func csv(_ fit: FluenceFit) -> String {
    CSVText.table(
      ["r_from_cm", "r_to_cm", "state", "parameter", "value", "standard_error", "chi_square", "degrees_of_freedom"],
      fit.partsAndTrend.flatMap { part in
        part.parameters.enumerated().map { index, parameter in
          [
            part.r.lowerBound.description, part.r.upperBound.description, part.state.rawValue, parameter.name,
            CSVText.number(parameter.value), CSVText.number(part.covariance[index][index].squareRoot()),
            CSVText.number(part.chiSquare), part.degreesOfFreedom.description,
          ]
        }
      })
  }
}
