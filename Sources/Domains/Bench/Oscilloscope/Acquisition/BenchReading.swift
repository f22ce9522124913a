import Errors
import Foundation
import JSON

/// The latest value of a slow quantity of the bench: `hv.mesh.vmon`, `gas.temperature`.
public struct BenchReading: Sendable, Equatable {
  /// Its name; a name `hv.<channel>.trip` with a value other than 0 is a trip.
  public var name: String
  /// Its value.
  public var value: Double
  /// When it was taken, in seconds since 1970 UTC.
  public var time: Double

  /// A reading.
  public init(name: String, value: Double, time: Double) {
    (self.name, self.value, self.time) = (name, value, time)
  }

  /// Whether it says that a high-voltage channel has tripped.
  public var isTrip: Bool { name.hasPrefix("hv.") && name.hasSuffix(".trip") && value != 0 }
}

/// Where an acquisition gets the latest high-voltage and gas values from.
public protocol BenchReadings: Sendable {
  /// The latest reading of each name, by name.
  func latest() -> [BenchReading]
}

/// No readings.
public struct NoReadings: BenchReadings {
  /// Nothing is read.
  public init() {}
  /// None.
  public func latest() -> [BenchReading] { [] }
}

/// Readings from a file of JSON lines that another process appends to: `{"name": "hv.mesh.vmon", "value": 450.1, "time":
/// 1764288000.1}`.
///
/// Only what was added since the last look is read; a line that is not whole yet waits for its end, one that is no reading
/// is passed over.
public final class ReadingsFile: BenchReadings, @unchecked Sendable {
  // Everything below is used with `lock` held.
  private let lock = NSLock()
  private let handle: FileHandle
  private var rest: [UInt8] = []
  private var readings: [String: BenchReading] = [:]

  /// Opens a file.
  ///
  /// - Throws: `file.missing` (exit 66).
  public init(_ path: String) throws(CavernError) {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw CavernError("file.missing", "the file of readings cannot be opened", exit: .noInput, file: path)
    }
    self.handle = handle
  }

  /// The latest reading of each name, by name.
  public func latest() -> [BenchReading] {
    lock.lock()
    defer { lock.unlock() }
    rest += (try? handle.readToEnd()) ?? Data()
    while let end = rest.firstIndex(of: 10) {
      let line = Array(rest[..<end])
      rest.removeFirst(end + 1)
      guard let json = try? JSONValue(parsing: line), let name = json["name"]?.stringValue,
        let value = json["value"]?.doubleValue, let time = json["time"]?.doubleValue
      else { continue }
      readings[name] = BenchReading(name: name, value: value, time: time)
    }
    return readings.values.sorted { $0.name < $1.name }
  }
}
