/// Layer averages of many fills as a table.
public enum LeakageTable {
  /// Reference temperatures in °C that tables hold when none are asked for; the currents as measured stand before them.
  public static let usualReferences = [0.0, -20, 20]

  /// All averages of a fill: layers, then sides, normalisations and temperatures in the order of the table.
  public static func averages(
    _ leakage: FillLeakage, layers: [Int], references: [Double], keepsAll: Bool, facts: PixelFacts
  ) -> [LayerAverage] {
    var rows: [LayerAverage] = []
    for layer in layers {
      for side in [Side.both, .minus, .plus] {
        for normalisation in LeakageNormalisation.allCases {
          for reference in [nil] + references.map(Optional.some) {
            guard
              let row = LayerAverage(
                fill: leakage.fill, layer: layer, side: side, leakage.groups, normalisation: normalisation,
                reference: reference, keepsAll: keepsAll, facts: facts)
            else { continue }
            rows.append(row)
          }
        }
      }
    }
    return rows
  }

  /// `fill,layer,z_side,normalisation,target_temperature_c,average,n_groups`, eight digits, as the earlier program's tables.
  public static func compatibleCSV(_ rows: [LayerAverage]) -> String {
    "fill,layer,z_side,normalisation,target_temperature_c,average,n_groups\n"
      + rows.map {
        "\($0.fill),\($0.layer),\($0.side.rawValue),\($0.normalisation.rawValue),\(reference($0)),"
          + "\(FixedText.significant($0.average, 8)),\($0.groups)\n"
      }.joined()
  }

  /// The same columns in full precision and further ones with uncertainties.
  public static func csv(_ rows: [LayerAverage]) -> String {
    "fill,layer,z_side,normalisation,target_temperature_c,average,n_groups,weighted_average,standard_error,spread,"
      + "systematic,excluded\n"
      + rows.map {
        "\($0.fill),\($0.layer),\($0.side.rawValue),\($0.normalisation.rawValue),\(reference($0)),\($0.average),"
          + "\($0.groups),\($0.weighted),\($0.standardError),\($0.spread),\($0.systematic),"
          + "\($0.excluded.joined(separator: "; "))\n"
      }.joined()
  }

  private static func reference(_ row: LayerAverage) -> String { row.reference.map(short) ?? "" }

  /// A temperature without needless decimals.
  static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(value)"
  }
}
