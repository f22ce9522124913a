/// What a temperature sensor measures, by the last component of its alias.
public enum SensorKind: Sendable, Hashable {
  /// A sensor on a cooling tube of the barrel, with its stored label such as `4I_L1D2MN`.
  case barrelLoop(label: String)
  /// A sensor on a port card of the end-cap: half, disk and readout group (1 to 4).
  case portCard(HalfCylinder, disk: Int, group: Int)
  /// A sensor in the air of a half.
  case air(Subsystem)
  /// Any other pixel sensor.
  case other

  /// The kind of a sensor by name.
  public init(_ name: String) {
    let fields = name.split(separator: "_", omittingEmptySubsequences: false)
    self = .other
    guard let first = fields.first, let last = fields.last else { return }
    if last == "Air" {
      self = .air(first == "PixelBarrel" ? .barrel : .endCap)
    } else if first == "PixelBarrel", fields.count >= 3, ["PF", "PN", "MF", "MN"].contains(last.suffix(2)) {
      self = .barrelLoop(label: "\(fields[fields.count - 2])_\(last)")
    } else if first == "PixelEndcap", fields.count == 4, fields[2] == "PC", last.utf8.count == 2,
      let half = HalfCylinder(rawValue: String(fields[1])), let disk = Int(last.prefix(1)), (1...3).contains(disk),
      let letter = last.utf8.last, (0x41...0x44).contains(letter)
    {
      self = .portCard(half, disk: disk, group: Int(letter) - 0x40)
    }
  }

  /// Whether it belongs to the sensors on pipes and port cards of a subsystem.
  func isPipe(of subsystem: Subsystem) -> Bool {
    switch self {
    case .barrelLoop: subsystem == .barrel
    case .portCard: subsystem == .endCap
    case .air, .other: false
    }
  }
}
