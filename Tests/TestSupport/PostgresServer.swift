import Files
import Foundation
import Glibc
import Synchronization

/// A PostgreSQL server of the tests' own on loopback, started when it is first asked for and stopped by its process number
/// when the test process ends.
public final class PostgresServer: Sendable {
  /// Why there is no server.
  public struct Fault: Error, CustomStringConvertible {
    /// What went wrong.
    public var description: String
  }

  /// The port it listens on.
  public let port: Int
  /// Its folder.
  public let folder: URL
  private let process: Int32

  /// The one server of the test process.
  public static func shared() throws -> PostgresServer { try made.get() }

  /// Whether the programs of PostgreSQL and its ODBC driver are installed.
  public static var isInstalled: Bool { programs != nil && FileManager.default.fileExists(atPath: "/etc/odbcinst.ini") }

  private static let made: Result<PostgresServer, any Error> = Result { try PostgresServer() }

  /// The folder of `initdb` and `postgres`, newest version first.
  private static let programs: String? = {
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
    return versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "/usr/lib/postgresql/\($0)/bin" }.first {
      FileManager.default.isExecutableFile(atPath: "\($0)/initdb")
    }
  }()

  private init() throws {
    guard let programs = Self.programs else { throw Fault(description: "PostgreSQL is not installed") }
    folder = URL(filePath: "/tmp").appending(path: "cavern-postgres-\(UUID().uuidString.prefix(8))")
    let data = folder.appending(path: "data").path
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The server refuses to run as root.
    let isRoot = geteuid() == 0
    if isRoot, let owner = getpwnam("postgres") { chown(folder.path, owner.pointee.pw_uid, owner.pointee.pw_gid) }
    func words(_ command: [String]) -> [String] {
      isRoot ? ["/usr/sbin/runuser", "-u", "postgres", "--"] + command : command
    }
    try Self.run(
      words(["\(programs)/initdb", "-D", data, "-U", "tester", "--auth=trust", "-E", "UTF8", "--no-sync", "--locale=C"]
      ),
      in: folder)
    port = try Self.freePort()
    let server = Process()
    let command = words([
      "\(programs)/postgres", "-D", data, "-p", "\(port)", "-c", "listen_addresses=127.0.0.1", "-c",
      "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=40",
    ])
    server.executableURL = URL(filePath: command[0])
    server.arguments = Array(command.dropFirst())
    server.currentDirectoryURL = folder
    server.standardOutput = FileHandle.nullDevice
    server.standardError = FileHandle.nullDevice
    server.standardInput = FileHandle.nullDevice
    try server.run()
    let deadline = ContinuousClock.now + .seconds(30)
    var number: Int32?
    while number == nil || !Self.answers(port) {
      guard ContinuousClock.now < deadline, server.isRunning else {
        server.endNow()
        throw Fault(description: "PostgreSQL does not start")
      }
      // The first line of this file is the process number of the server itself.
      let text = try? String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8)
      number = text?.split(separator: "\n").first.flatMap { Int32($0) }
      usleep(20_000)
    }
    process = number ?? server.processIdentifier
    Self.running.withLock { $0 = (process, folder.path) }
    atexit { PostgresServer.stop() }
  }

  private static let running = Mutex<(process: Int32, folder: String)?>(nil)

  private static func stop() {
    guard let server = running.withLock({ $0 }) else { return }
    // SIGINT is PostgreSQL's fast shutdown: it ends sessions and then itself.
    kill(server.process, SIGINT)
    for _ in 0..<200 where kill(server.process, 0) == 0 { usleep(20_000) }
    try? FileManager.default.removeItem(atPath: server.folder)
  }

  /// The ODBC connection string of a database of this server.
  ///
  /// - Parameters:
  ///   - database: its name.
  ///   - port: another port, for a proxy in between.
  public func connection(_ database: String = "postgres", port: Int? = nil, password: String = "secret-word") -> String
  {
    "Driver={PostgreSQL Unicode};Server=127.0.0.1;Port=\(port ?? self.port);Database=\(database);UID=tester;PWD=\(password);"
      + "SSLmode=disable"
  }

  private static func run(_ command: [String], in folder: URL) throws {
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = folder
    let output = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Fault(description: "\(command[0]): \(String(decoding: said, as: UTF8.self))")
    }
  }

  /// A port that the kernel chose and that was free a moment ago.
  static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = LoopbackAddress.make(port: 0)
    guard LoopbackAddress.bind(descriptor, &address) == 0 else { throw Fault(description: "no free port") }
    return LoopbackAddress.port(of: descriptor)
  }

  private static func answers(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = LoopbackAddress.make(port: port)
    return LoopbackAddress.connect(descriptor, &address) == 0
  }
}

/// Addresses on 127.0.0.1 for plain sockets.
public enum LoopbackAddress {
  /// The address of a port.
  public static func make(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return address
  }

  /// Binds a socket.
  public static func bind(_ descriptor: Int32, _ address: inout sockaddr_in) -> Int32 {
    withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// Connects a socket.
  public static func connect(_ descriptor: Int32, _ address: inout sockaddr_in) -> Int32 {
    withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// The port that a bound socket has.
  public static func port(of descriptor: Int32) -> Int {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
