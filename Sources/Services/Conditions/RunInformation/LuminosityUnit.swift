import Errors

/// Units of integrated luminosity as OMS and brilcalc write them.
public enum LuminosityUnit {
  /// How many inverse microbarn are in a unit: `/ub` and `{\mu}b^{-1}` 1, `/fb` and `fb^{-1}` 10⁹, ….
  ///
  /// - Throws: `lumi.unknownUnit` naming it.
  public static func inverseMicrobarn(_ unit: String) throws(CavernError) -> Double {
    var letters = unit.replacing("{\\mu}", with: "u").replacing("\\mu", with: "u").replacing("μ", with: "u")
      .replacing("µ", with: "u")
    if letters.hasPrefix("/") {
      letters.removeFirst()
    } else if letters.hasSuffix("^{-1}") {
      letters.removeLast(5)
    }
    switch letters {
    case "fb": return 1e9
    case "pb": return 1e6
    case "nb": return 1e3
    case "ub": return 1
    case "mb": return 1e-3
    case "b": return 1e-6
    case "kb": return 1e-9
    default:
      throw CavernError(
        "lumi.unknownUnit", "the unit '\(unit)' of a luminosity is not known", exit: .badData,
        expected: "/fb, /pb, /nb, /ub, /mb or /b, or fb^{-1} and so on",
        nearest: nearestNames(to: unit, in: ["/fb", "/pb", "/nb", "/ub", "/mb", "/b"]))
    }
  }
}
