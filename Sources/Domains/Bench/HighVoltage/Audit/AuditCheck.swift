import Errors
import Foundation
import JSON
import Results

/// What a look through an audit log finds: whether its chain holds, and what an earlier run left open.
public struct AuditCheck: Sendable {
  /// Records in the file.
  public private(set) var recordCount = 0
  /// The first place where the chain does not hold; `nil` when it holds.
  public private(set) var fault: CavernError?
  /// SHA-256 of the last whole line.
  public private(set) var lastDigest = AuditLog.start
  /// Bytes in whole lines, and in the file.
  public private(set) var wholeBytes = 0
  /// Bytes in the file.
  public private(set) var totalBytes = 0
  /// Channels that tripped and were not cleared, with the reason.
  public private(set) var latches: [HVChannel: String] = [:]
  /// Intents without a result, oldest first.
  public private(set) var openIntents: [JSONValue] = []

  /// Looks through a log.
  ///
  /// - Throws: `hv.audit.missing` (exit 66).
  public init(path: String) throws(CavernError) {
    let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    guard kind == .typeRegular, let data = FileManager.default.contents(atPath: path) else {
      throw CavernError("hv.audit.missing", "there is no audit, or no plain file", exit: .noInput, file: path)
    }
    var intents: [(id: String, record: JSONValue)] = []
    totalBytes = data.count
    for line in data.split(separator: 0x0A, omittingEmptySubsequences: false) {
      guard line.endIndex < data.endIndex else {
        // What follows the last line end was cut off in the middle of writing.
        break
      }
      recordCount += 1
      wholeBytes += line.count + 1
      guard let record = try? JSONValue(parsing: Array(line)), record["prev"]?.stringValue == lastDigest else {
        fault = CavernError(
          "hv.audit.broken", "record \(recordCount) does not follow the one before it", exit: .badData, file: path,
          line: recordCount, expected: "prev = \(lastDigest)")
        return
      }
      lastDigest = SHA256.hexDigest(of: Array(line))
      take(record, &intents)
    }
    openIntents = intents.map(\.record)
  }

  private mutating func take(_ record: JSONValue, _ intents: inout [(id: String, record: JSONValue)]) {
    guard let event = record["event"]?.stringValue else { return }
    let id = record["op_id"]?.stringValue ?? ""
    switch event {
    case "intent": intents.append((id, record))
    case "result":
      // One result for each step: the earliest open intent of the operation is closed.
      if let index = intents.firstIndex(where: { $0.id == id }) { intents.remove(at: index) }
    case "trip", "cleared":
      guard let board = record["board"]?.intValue, let channel = record["channel"]?.intValue else { return }
      latches[HVChannel(board: board, channel: channel)] =
        event == "trip" ? record["reason"]?.stringValue ?? "tripped before the broker started" : nil
    default: break
    }
  }
}
