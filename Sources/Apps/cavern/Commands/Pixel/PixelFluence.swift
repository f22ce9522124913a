import Arguments
import Errors
import JSON
import PixelMonitoring

extension Command {
  /// `cavern pixel fluence`: the simulated fluence field.
  static var pixelFluence: Command {
    Command(
      "fluence", "Read, look up, average, fit and draw the simulated fluence.",
      discussion: """
        A field is the folder that 'import' fills, its Parquet or ROOT file, or the FLUKA text itself. Values are \
        1-MeV-neutron equivalents per cm² and pp collision; for a luminosity they are multiplied with the cross section \
        (79.1 mb unless --cross-section says otherwise) and 10¹² collisions per fb⁻¹ and mb.
        """,
      examples: [
        Example("cavern pixel fluence import usrbin_40_ascii --out field", "read a FLUKA field"),
        Example("cavern pixel fluence at 2.934 -10.05 --field field", "the fluence at r = 2.934 cm, z = -10.05 cm"),
        Example("cavern pixel fluence modules --field field --csv", "means of all modules for 1 /fb"),
      ],
      subcommands: [
        .pixelFluenceImport, .pixelFluenceAt, .pixelFluenceModules, .pixelFluenceFit, .pixelFluenceMap,
      ])
  }
}

/// Options that the fluence commands share.
enum FluenceArguments {
  /// `--field DIR`.
  static let field = Option.option(
    "field", "DIR", .path, "The field: folder, .parquet, .root, or the FLUKA text.")

  /// `--particle NAME`.
  static let particle = Option.option(
    "particle", "NAME", .choice(FluenceParticle.allCases.map { .init($0.rawValue) }), "Kind of particle.",
    default: "allpart")

  /// `--cross-section MB`.
  static let crossSection = Option.option(
    "cross-section", "MB", .number(1e-3...1e6), "Inelastic pp cross section in mb: 79.1 in Run 2, 80 in Run 3.",
    default: "79.1")

  /// Reads the field that `--field` names.
  static func readField(_ arguments: ParsedArguments) throws(CavernError) -> (FluenceField, [CavernWarning]) {
    let path = try arguments.string("field")
    let read = try FluenceField.read(path)
    if arguments.isGiven("particle") {
      let wanted = try particle(arguments)
      if isPartial(read.field, read.warnings), !read.field.particles.contains(wanted) {
        throw CavernError(
          "fluence.noParticle", "'\(wanted.rawValue)' is not among what is whole of the damaged file", exit: .badData,
          file: path, expected: read.field.particles.map(\.rawValue).joined(separator: ", "),
          hint: read.warnings.first { $0.code == "root.damaged" }?.message)
      }
    }
    return (read.field, read.warnings)
  }

  /// Whether a field is what was left of a damaged file: kinds of particles are missing, and the file tells of damage.
  static func isPartial(_ field: FluenceField, _ warnings: [CavernWarning]) -> Bool {
    field.particles.count < FluenceParticle.allCases.count && warnings.contains { $0.code == "root.damaged" }
  }

  /// The kind of particle that `--particle` names.
  static func particle(_ arguments: ParsedArguments) throws(CavernError) -> FluenceParticle {
    FluenceParticle(rawValue: try arguments.string("particle")) ?? .allpart
  }

  /// The conversion of `--cross-section`.
  static func conversion(_ arguments: ParsedArguments) throws(CavernError) -> FluenceConversion {
    FluenceConversion(crossSectionMillibarn: try arguments.double("cross-section"))
  }

  /// A value with its uncertainty for scripts.
  static func json(_ value: FluenceValue) -> JSONValue {
    ["value": .number(value.value), "uncertainty": .optional(value.uncertainty)]
  }
}
