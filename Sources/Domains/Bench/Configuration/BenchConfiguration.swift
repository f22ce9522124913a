import Errors
import Settings
import TimeSeries

/// The configuration of a whole bench, one TOML file.
public struct BenchConfiguration: Sendable {
  /// The file it was read from.
  public var file: String
  /// The bench's name.
  public var name: String
  /// Where the store and other state lie.
  public var stateFolder: String
  /// Free space of the disk below which acquisition stops.
  public var minimumFreeBytes: Int
  /// Addresses the web pages and `/metrics` are served on.
  public var listen: [String]
  /// Whether others than this machine may connect.
  public var isRemote: Bool
  /// Servers that samples go to.
  public var timeSeries: [TimeSeriesSettings]
  /// The gas board; `nil` when there is none.
  public var gas: GasSettings?
  /// Tables of the high-voltage supplies, for their own reader.
  public var highVoltage: [TOMLNode]
  /// Names of the supplies, in order; `main` for one without a name.
  public var supplyNames: [String] {
    highVoltage.map { supply in if case .string(let name)? = supply["name"]?.value { name } else { "main" } }
  }
  /// Tables of the oscilloscopes, for their own reader.
  public var oscilloscopes: [TOMLNode]
  /// The table of tokens and groups, for its own reader.
  public var authorisation: TOMLNode?
  /// The tables of alarm sinks, for their own reader.
  public var alarms: TOMLNode?

  /// The store of series.
  public var storePath: String { "\(stateFolder)/series.db" }

  /// How services open the store: as large as the largest queue of a server may be, 2 GiB without servers.
  public var storeOptions: TimeSeriesStore.Options {
    TimeSeriesStore.Options(maximumBytes: timeSeries.map(\.maximumBytes).max() ?? 2 << 30)
  }

  /// Reads a configuration.
  ///
  /// - Throws: `config.missing` (exit 66); `config.syntax`, `config.unknownKey`, `config.badValue`, `config.missingKey` (exit
  ///   78) with file, line and column.
  public init(file: String) throws(CavernError) {
    try self.init(ConfigurationTable(file: file))
  }

  /// Reads a configuration from a text.
  public init(bytes: [UInt8], file: String) throws(CavernError) {
    try self.init(ConfigurationTable(bytes: bytes, file: file))
  }

  private init(_ root: ConfigurationTable) throws(CavernError) {
    var root = root
    file = root.file
    var bench = try root.table("bench")
    name = try bench?.text("name") ?? "bench"
    stateFolder = try bench?.text("state_dir") ?? "/var/lib/cavern"
    minimumFreeBytes = try bench?.byteCount("min_free") ?? 0
    try bench?.finish()
    var web = try root.table("web")
    listen = try web?.texts("listen") ?? []
    isRemote = try web?.flag("remote") ?? false
    try web?.finish()
    timeSeries = []
    for table in try root.tables("timeseries") { timeSeries.append(try TimeSeriesSettings(table)) }
    gas = try root.table("gas").map { table throws(CavernError) in try GasSettings(table) }
    highVoltage = Self.elements(root.node("hv"))
    oscilloscopes = Self.elements(root.node("scope"))
    authorisation = root.node("auth")
    alarms = root.node("alarm")
    try root.finish()
  }

  /// The tables of a list; a table that stands alone counts as one.
  private static func elements(_ node: TOMLNode?) -> [TOMLNode] {
    guard let node else { return [] }
    if case .array(let elements) = node.value { return elements }
    return [node]
  }
}
