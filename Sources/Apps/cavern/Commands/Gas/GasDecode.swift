import Arguments
import Errors
import Instruments
import JSON

extension Command {
  /// `cavern gas decode`: bytes or registers to values.
  static var gasDecode: Command {
    Command(
      "decode", "Decode a reply of the gas board, or the registers of its sensor.",
      discussion: """
        Prints the outcome and the values; ends with 65 for any outcome but ok and ok_voc_invalid. --bme680 takes a JSON file \
        with calibration_registers_hex (41 bytes: 25 from register 0x89, 16 from 0xE1), field_hex (17 bytes from 0x1D), and \
        where they are not 0 variant, res_heat_range, res_heat_val and range_sw_err; a list of such objects under 'vectors' \
        needs --id.
        """,
      examples: [
        Example("cavern gas decode --hex 3239362e34313b0d0a --json", "explain bytes that the board sent"),
        Example("cavern gas decode --bme680 VECTOR.json --json", "compensate registers of a BME680"),
      ],
      options: [
        .option("hex", "BYTES", .text, "Bytes that followed a request, in hexadecimal digits; empty for none."),
        .option("bme680", "FILE", .file(["json"]), "Registers of a BME680."),
        .option("id", "N", .integer(), "Which entry of a list of registers."),
      ]
    ) { arguments in
      let bytes = try arguments.optionalString("hex")
      let file = try arguments.optionalString("bme680")
      switch (bytes, file) {
      case (let text?, nil):
        guard let bytes = HexadecimalText.bytes(text) else {
          throw arguments.fault(
            "usage.badValue", "'\(text)' is not bytes in hexadecimal digits", about: "hex",
            expected: "an even number of digits, for example 520D0A")
        }
        return report(GasLineDecoder.decode(bytes), compensation: nil)
      case (nil, let file?):
        let vector = try vector(file, id: try arguments.optionalInt("id"))
        return report(vector.exchange, compensation: vector.json)
      default:
        throw CavernError("usage.conflict", "one of --hex and --bme680 is needed", exit: .usage)
      }
    }
  }

  private static func vector(_ file: String, id: Int?) throws(CavernError) -> BME680Vector {
    let json = try JSONInput.read(file)
    do throws(CavernError) {
      guard let list = json["vectors"]?.arrayValue else { return try BME680Vector(json) }
      guard let id else {
        throw CavernError(
          "gas.registers", "the file holds \(list.count) sets of registers", exit: .usage, hint: "add --id N")
      }
      guard let entry = list.first(where: { $0["id"]?.intValue == id }) else {
        throw CavernError("gas.registers", "no set of registers has the id \(id)", exit: .badData)
      }
      return try BME680Vector(entry)
    } catch {
      throw error.inFile(file)
    }
  }

  private static func report(_ exchange: GasExchange, compensation: JSONValue?) -> Report {
    var object = exchange.json.objectValue ?? JSONObject()
    if let compensation { object["compensation"] = compensation }
    let result = JSONValue.object(object)
    return Report(
      status: exchange.outcome.isUsable ? .done : .badData, result: result, text: GasText.lines(exchange))
  }
}
