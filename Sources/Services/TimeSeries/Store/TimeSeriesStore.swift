import Errors
import Files
import Foundation
import SQLite

/// The durable local store of series: always on, needs no server, and is the outbox of every destination at once.
///
/// One SQLite file in WAL mode. Each sample is one durable row, ordered by series and time; each append is a numbered batch,
/// and each destination keeps which batches it has acknowledged (`OutboxPosition`). What `append` has returned from is on
/// the disk. Several processes may use one file; a connection belongs to one owner at a time (`Recorder` shares one).
public final class TimeSeriesStore {
  /// How a store is opened.
  public struct Options: Sendable {
    /// Whether nothing is written; the file must exist.
    public var isReadOnly = false
    /// Largest size in bytes of what the file holds; older samples make room.
    public var maximumBytes: Int
    /// How long to wait for other writers.
    public var busyTimeout: Duration

    /// Options; 2 GiB and 5 s unless said otherwise.
    public init(
      isReadOnly: Bool = false, maximumBytes: Int = 2 << 30, busyTimeout: Duration = .seconds(5)
    ) {
      self.isReadOnly = isReadOnly
      self.maximumBytes = maximumBytes
      self.busyTimeout = busyTimeout
    }
  }

  /// The file.
  public let path: String
  /// How it was opened.
  public let options: Options
  let database: SQLiteDatabase
  let statements: Statements
  /// Rows of series that were looked up before.
  var knownSeries: [SeriesKey: SeriesRow] = [:]
  var knownKeys: [PointKey: Int64] = [:]
  /// The roll-up level that each series has reached is read anew when another connection has written.
  var dataVersion: Int64 = -1

  /// A series as the file knows it.
  struct SeriesRow {
    var id: Int64
    var kind: FieldKind
    /// Samples before this time are in the roll-ups.
    var rolledUntil: Int64
  }

  /// The version of the tables: 2 since destinations keep ranges ahead of a backlog.
  ///
  /// A file of version 1 is brought to it when it is opened for writing; a file of a later version is refused.
  static let schemaVersion: Int64 = 2

  /// Opens or makes a store.
  ///
  /// - Throws: `input.missing`, `input.folder` (exit 66); `database.*` errors naming the file; `store.version` (exit 65) for a
  ///   database of another program or a store of a later version.
  public init(_ path: String, options: Options = Options()) throws(CavernError) {
    self.path = path
    self.options = options
    if path != ":memory:" { try Self.checkPlace(path, mustExist: options.isReadOnly) }
    if !options.isReadOnly, path != ":memory:" { try Self.makeFolder(of: path) }
    database = try SQLiteDatabase(
      path, mode: options.isReadOnly ? .readOnly : .create, busyTimeout: options.busyTimeout)
    do throws(CavernError) {
      if !options.isReadOnly { try Self.prepare(database) }
      let version = try database.prepare("PRAGMA user_version")
      let found = try version.step() ? version.int(0) : 0
      guard found == Self.schemaVersion || (found == 1 && options.isReadOnly) else {
        throw CavernError(
          "store.version", found == 0 ? "not a store of series" : "a store of version \(found)", exit: .badData,
          file: path, expected: "version \(Self.schemaVersion)")
      }
      // A file that must not be changed gets the table that version 1 lacks in this connection alone.
      if found == 1 { try database.execute("CREATE TEMP TABLE IF NOT EXISTS \(Self.aheadTable)") }
    } catch {
      throw error.inFile(path)
    }
    statements = try Statements(database)
  }

  /// Refuses a folder and, for reading, a missing file, with the words that other files get.
  private static func checkPlace(_ path: String, mustExist: Bool) throws(CavernError) {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if isFolder.boolValue {
      throw CavernError("input.folder", "a folder where a file belongs", exit: .noInput, file: path)
    }
    if mustExist, !isThere { throw CavernError("input.missing", "there is no such file", exit: .noInput, file: path) }
  }

  private static func makeFolder(of path: String) throws(CavernError) {
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CavernError("store.folder", "the folder cannot be created", exit: .cannotCreate, file: folder)
    }
  }

  private static func prepare(_ database: SQLiteDatabase) throws(CavernError) {
    // A database of another program, or of a later version, is left as it is, down to its journal.
    guard try state(database) != .other else { return }
    // Every commit waits for the disk (FULL): what was acknowledged outlives a power cut, not only the process.
    try database.execute(
      """
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -65536;
      PRAGMA wal_autocheckpoint = 8000;
      """)
    guard try state(database) == .older else { return }
    try database.transaction { () throws(CavernError) in
      // Another process may have been quicker; then the tables are there and nothing changes.
      guard try state(database) == .older else { return }
      try database.execute(tables)
    }
  }

  private enum FileState { case present, older, other }

  /// Whether a file has these tables, is empty or of an earlier version, or is something else.
  private static func state(_ database: SQLiteDatabase) throws(CavernError) -> FileState {
    let state = try database.prepare(
      "SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_master)")
    guard try state.step() else { return .other }
    switch state.int(0) {
    case schemaVersion: return .present
    case 0: return state.int(1) == 0 ? .older : .other
    case 1..<schemaVersion: return .older
    default: return .other
    }
  }

  /// The tables.
  ///
  /// `span` says which samples a batch brought, so that a batch can be read back without an index over all samples.
  private static let tables = """
    CREATE TABLE IF NOT EXISTS key(
      id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, tags TEXT NOT NULL, UNIQUE(measurement, tags));
    CREATE TABLE IF NOT EXISTS series(
      id INTEGER PRIMARY KEY, key INTEGER NOT NULL, field TEXT NOT NULL, kind INTEGER NOT NULL, unit TEXT,
      protected INTEGER NOT NULL DEFAULT 0, rolled INTEGER NOT NULL DEFAULT -9223372036854775808, UNIQUE(key, field));
    CREATE TABLE IF NOT EXISTS sample(
      series INTEGER NOT NULL, time INTEGER NOT NULL, value NOT NULL, batch INTEGER NOT NULL,
      PRIMARY KEY(series, time)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS batch(
      id INTEGER PRIMARY KEY AUTOINCREMENT, created INTEGER NOT NULL, source TEXT NOT NULL, samples INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS span(
      batch INTEGER NOT NULL, series INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
      PRIMARY KEY(batch, series)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS destination(
      name TEXT PRIMARY KEY, acknowledged INTEGER NOT NULL, lines INTEGER NOT NULL DEFAULT 0,
      rejected INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'new', message TEXT, changed INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS deadletter(
      id INTEGER PRIMARY KEY AUTOINCREMENT, destination TEXT NOT NULL, time INTEGER NOT NULL, reason TEXT NOT NULL,
      line BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS rollup(
      series INTEGER NOT NULL, level INTEGER NOT NULL, bucket INTEGER NOT NULL, count INTEGER NOT NULL, sum REAL NOT NULL,
      min REAL NOT NULL, mintime INTEGER NOT NULL, max REAL NOT NULL, maxtime INTEGER NOT NULL,
      first REAL NOT NULL, firsttime INTEGER NOT NULL, last REAL NOT NULL, lasttime INTEGER NOT NULL,
      PRIMARY KEY(series, level, bucket)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS \(aheadTable);
    PRAGMA user_version = \(schemaVersion);
    """

  /// Ranges of batches that a destination has acknowledged beyond a backlog: after one batch, through another.
  private static let aheadTable = """
    ahead(
      destination TEXT NOT NULL, after INTEGER NOT NULL, through INTEGER NOT NULL,
      PRIMARY KEY(destination, after)) WITHOUT ROWID
    """

  /// Statements that are run often, compiled once.
  struct Statements {
    let insert: SQLiteStatement
    let exists: SQLiteStatement
    let batch: SQLiteStatement
    let span: SQLiteStatement

    init(_ database: SQLiteDatabase) throws(CavernError) {
      insert = try database.prepare("INSERT OR REPLACE INTO sample(series, time, value, batch) VALUES(?, ?, ?, ?)")
      exists = try database.prepare("SELECT 1 FROM sample WHERE series = ? AND time = ?")
      batch = try database.prepare("INSERT INTO batch(created, source, samples) VALUES(?, ?, ?)")
      span = try database.prepare(
        """
        INSERT INTO span(batch, series, first, last) VALUES(?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)
        """)
    }
  }

  /// The present time in nanoseconds since 1970-01-01 UTC.
  public static func now() -> Int64 {
    var moment = timespec()
    clock_gettime(CLOCK_REALTIME, &moment)
    return Int64(moment.tv_sec) * 1_000_000_000 + Int64(moment.tv_nsec)
  }
}
