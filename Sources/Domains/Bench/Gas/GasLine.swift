import Errors
import Instruments

/// Opens the gas board's line, and finds the board again when its device node has changed.
public final class GasLine {
  private var identity: SerialPort.Identity?

  /// Nothing is known of the board yet.
  public init() {}

  /// Opens the line of the settings; when its node is gone or holds another device, that of the board seen before.
  ///
  /// - Throws: `line.disconnected` (exit 69), `line.inUse` (75).
  public func open(_ settings: GasSettings) throws(CavernError) -> (line: any ByteLine, device: String) {
    var device = settings.port
    if let identity, SerialPort.named(device)?.identity != identity, let found = SerialPort.holding(identity) {
      device = found.device
    }
    let line = try SerialLine(device: device, baud: settings.baud)
    identity = SerialPort.named(device)?.identity ?? identity
    return (line, device)
  }
}
