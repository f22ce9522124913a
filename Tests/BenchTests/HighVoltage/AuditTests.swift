import Errors
import Foundation
import JSON
import TestSupport
import Testing

@testable import Bench

@Suite("The audit")
struct AuditTests {
  private func write(_ path: String, _ events: [String]) throws {
    let log = try AuditLog(path: path)
    for (number, event) in events.enumerated() {
      try log.append(
        JSONObject([
          ("event", .string(event)), ("op_id", .string("x.\(number / 2)")), ("board", 0),
          ("channel", .integer(number % 2)),
          ("reason", "spark"),
        ]))
    }
  }

  @Test("is a chain that holds, over restarts too")
  func chain() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "audit.jsonl").path
      try write(path, ["intent", "result", "intent"])
      try write(path, ["refusal"])
      let check = try AuditCheck(path: path)
      #expect(check.fault == nil)
      #expect(check.recordCount == 4)
      #expect(check.openIntents.count == 1)
    }
  }

  @Test("notices a record that was changed, taken out or put in, and will not be continued then")
  func tampering() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "audit.jsonl").path
      try write(path, ["intent", "result", "intent", "result"])
      let whole = try String(contentsOfFile: path, encoding: .utf8)
      let lines = whole.split(separator: "\n")
      let forgeries = [
        whole.replacing("\"channel\":1", with: "\"channel\":0"),
        ([lines[0]] + lines[2...]).joined(separator: "\n") + "\n",
        (lines[...1] + [lines[1]] + lines[2...]).joined(separator: "\n") + "\n",
      ]
      for forgery in forgeries {
        try Data(forgery.utf8).write(to: URL(filePath: path))
        #expect(try AuditCheck(path: path).fault?.code == "hv.audit.broken")
        #expect(caught { try AuditLog(path: path) }?.code == "hv.audit.broken")
      }
    }
  }

  @Test("takes a line away that a power cut left half written")
  func torn() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "audit.jsonl").path
      try write(path, ["intent", "result"])
      let whole = try Data(contentsOf: URL(filePath: path))
      try (whole + Data("{\"event\":\"int".utf8)).write(to: URL(filePath: path))
      try write(path, ["trip"])
      let check = try AuditCheck(path: path)
      #expect(check.fault == nil && check.recordCount == 3)
      #expect(check.latches == [HVChannel(channel: 0): "spark"])
    }
  }

  @Test("is no device, no folder and no missing file")
  func others() {
    for path in ["/dev/full", "/dev/zero", "/tmp", "/nonexistent"] {
      #expect(caught { try AuditCheck(path: path) }?.code == "hv.audit.missing")
    }
    #expect(caught { try AuditLog(path: "/nonexistent/audit.jsonl") }?.code == "hv.audit.unavailable")
  }
}
