import Foundation

/// Texts in the form of FLUKA's converters, of any grid.
struct FlukaText {
  var r = (from: 0.0, to: 7.0, count: 7)
  var z = (from: -4.0, to: 4.0, count: 5)
  var names = ["ALLPART", "NEUT", "ANEUT", "PROT", "APROT", "PIONS"]
  var preamble = ""
  var geometry = "R - Z    "
  var spelling = "generalized"
  var flags = ["accurate deposition along the tracks requested", "this is a track-length binning"]
  var hasErrors = false
  var azimuths = 1
  var azimuthName = "Phi"
  /// How a number is written.
  var number: (Double) -> String = { String(format: "%11.4E", $0) }

  /// The value in a bin.
  static func value(_ particle: Int, _ rBin: Int, _ zBin: Int, _ phiBin: Int = 0) -> Double {
    Double(1 + particle) * 1e-2 + Double(rBin) * 1e-4 + Double(zBin) * 1e-3 + Double(phiBin) * 1e-5
  }

  /// The per cent in a bin.
  static func percent(_ rBin: Int, _ zBin: Int) -> Double { 1 + Double(rBin) + 0.5 * Double(zBin) }

  private func rows(_ values: [Double]) -> String {
    stride(from: 0, to: values.count, by: 10).map { start in
      "     " + values[start..<min(start + 10, values.count)].map { " " + number($0) }.joined() + "\n"
    }.joined()
  }

  /// The whole text.
  var text: String {
    var text = preamble
    for (particle, name) in names.enumerated() {
      text +=
        "1\n   \(geometry) binning n. \(String(format: "%3d", particle + 1))  \"\(name.padding(toLength: 10, withPad: " ", startingAt: 0))\" , \(spelling) particle n.  236\n"
      text += axis("R", r, "cm")
      if azimuths > 1 { text += axis(azimuthName, (-3.1416, 3.1416, azimuths), "rad") }
      text += axis("Z", z, "cm")
      text += "      axis coordinates: X = 0.0000E+00, Y =  0.0000E+00 cm\n"
      text += "      Data follow in a matrix A(ir,iz), format (1(5x,1p,10(1x,e11.4)))\n\n"
      text += flags.map { "      \($0)\n" }.joined()
      var values: [Double] = []
      var errors: [Double] = []
      for zBin in 0..<z.count {
        for phiBin in 0..<azimuths {
          for rBin in 0..<r.count {
            values.append(Self.value(particle, rBin, zBin, phiBin))
            errors.append(Self.percent(rBin, zBin))
          }
        }
      }
      text += rows(values)
      if hasErrors {
        text += "\n      Percentage errors follow in a matrix A(ir,iz), format (1(5x,1p,10(1x,e11.4)))\n\n"
        text += rows(errors)
      }
      text += "\n"
    }
    return text
  }

  private func axis(_ name: String, _ axis: (from: Double, to: Double, count: Int), _ unit: String) -> String {
    let width = (axis.to - axis.from) / Double(axis.count)
    return String(
      format: "      %@ coordinate: from %11.4E to %11.4E %@, %5d bins (%11.4E %@ wide)\n", name, axis.from, axis.to,
      unit, axis.count, width, unit)
  }

  var bytes: [UInt8] { Array(text.utf8) }
}
