import Errors
import Tables

extension LeakageTable {
  /// One row a fill and group: current as measured, per chip and per volume, temperature, and the current at a reference
  /// temperature, each with its standard uncertainty; what needs a temperature that is missing is empty.
  ///
  /// - Parameter reference: in °C.
  public static func groups(
    _ fills: [FillLeakage], reference: Double, facts: PixelFacts
  ) throws(CavernError) -> Table {
    let entries = fills.flatMap { fill in fill.groups.map { (fill: fill.fill, group: $0) } }
    func number(_ name: String, unit: String, _ value: (GroupLeakage) -> Double) -> Column {
      let values: [Double?] = entries.map { entry in
        let number = value(entry.group)
        return number.isFinite ? number : nil
      }
      return Column(name, values, unit: unit)
    }
    let kelvin = reference + facts.constants.zeroCelsius
    func plain(_ form: LeakageNormalisation) -> (GroupLeakage) -> Double {
      { $0.value(form, reference: nil, facts: facts).value }
    }
    return try Table(
      columns: [
        Column("fill", entries.map { Int64($0.fill) }),
        Column("readout_group", entries.map(\.group.group.name.text)),
        Column("n_rocs", entries.map { Int64($0.group.group.chipCount) }),
        number("leakage", unit: "uA") { $0.current }, number("leakage_sigma", unit: "uA") { $0.currentSigma },
        number("leakage_per_roc", unit: "uA", plain(.roc)), number("leakage_per_cm3", unit: "uA/cm3", plain(.volume)),
        number("temperature", unit: "K") { $0.kelvin },
        number("temperature_sigma", unit: "K") { $0.kelvin.isNaN ? .nan : $0.kelvinSigma },
        number("leakage_per_roc_corrected", unit: "uA") { $0.value(.roc, reference: kelvin, facts: facts).value },
        number("leakage_per_roc_corrected_sigma", unit: "uA") { $0.value(.roc, reference: kelvin, facts: facts).sigma },
        Column("excluded", entries.map { $0.group.exclusion ?? "" }),
      ], metadata: ["reference_c": short(reference)])
  }
}
