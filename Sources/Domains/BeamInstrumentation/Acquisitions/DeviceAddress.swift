/// The address of a device property, the name of a column in an acquisition file: `SPS.BWS.51637.H/Acquisition`.
public struct DeviceAddress: Sendable, Equatable, Hashable {
  /// The whole address.
  public let text: String
  /// Device, before the slash: `SPS.BWS.51637.H`.
  public let device: String
  /// Property, after the slash: `Acquisition`; empty when there is no slash.
  public let property: String

  /// Splits an address at its last slash.
  public init(_ text: String) {
    self.text = text
    let slash = text.lastIndex(of: "/")
    device = slash.map { String(text[..<$0]) } ?? text
    property = slash.map { String(text[text.index(after: $0)...]) } ?? ""
  }

  /// The parts of the device name between points.
  public var parts: [String] { device.split(separator: ".").map(String.init) }

  /// Machine, the first part: `SPS`, `BR3`.
  public var machine: String { parts.first ?? device }

  /// Equipment and plane of a wire scanner named `<machine>.BWS.<equipment>.<H|V>[_ROT|_LIN]`; `nil` for other devices.
  public var wireScanner: (equipment: String, plane: Plane)? {
    let parts = parts
    guard property == "Acquisition", parts.count == 4, parts[1] == "BWS", let plane = Self.plane(parts[3]) else {
      return nil
    }
    return (parts[2], plane)
  }

  private static func plane(_ part: String) -> Plane? {
    let stem = part.hasSuffix("_ROT") || part.hasSuffix("_LIN") ? String(part.dropLast(4)) : part
    return Plane(rawValue: stem)
  }
}
