import Conditions
import Errors
import Foundation
import JSON
import Synchronization
import TestSupport
import Testing

/// A server that behaves like OMS: seven runs in pages, sorted and filtered as asked.
private func omsAnswer(_ request: StubServer.Request, runs: [Int] = Array(100...106)) -> StubServer.Answer {
  let query = request.query
  let offset = Int(query["page[offset]"] ?? "") ?? 0
  let limit = Int(query["page[limit]"] ?? "") ?? 20
  let low = Int(query["filter[run_number][GE]"] ?? "") ?? 0
  let high = Int(query["filter[run_number][LE]"] ?? "") ?? .max
  let chosen = runs.filter { $0 >= low && $0 <= high }
  let page = chosen.dropFirst(offset).prefix(limit)
  let data = page.map { run in
    #"{"id": "\#(run)", "type": "runs", "attributes": {"run_number": \#(run), "fill_number": 9000,"#
      + #" "start_time": "2024-05-01T10:00:\#(run % 60)Z", "end_time": null, "energy": 6800.0, "delivered_lumi": 1.5},"#
      + #" "meta": {"row": {"delivered_lumi": {"units": "pb^{-1}"}}}}"#
  }
  let next = offset + page.count < chosen.count ? #""next": "http://elsewhere/""# : ""
  return .reply(
    200, headers: ["Content-Type": "application/vnd.api+json"],
    body:
      #"{"data": [\#(data.joined(separator: ","))], "links": {\#(next)}, "meta": {"totalResourceCount": \#(chosen.count)}}"#
  )
}

/// The error that a query ends with; nil when it gives records.
private func fault(_ client: OMSClient, _ query: OMSQuery = .runs(100...106)) async -> CavernError? {
  do {
    _ = try await client.records(query)
    return nil
  } catch {
    return error
  }
}

@Suite("OMS over HTTP")
struct OMSClientTests {
  private func client(
    _ server: StubServer, _ credentials: OMSCredentials = .none, cache: OMSPageCache? = nil
  ) -> OMSClient {
    OMSClient(
      base: server.address + "/agg/api/v1", credentials: credentials, transport: OMSDirect(timeLimit: .seconds(5)),
      cache: cache, pause: { _ in })
  }

  @Test("records of several pages come joined, in order, with units", arguments: [1, 3, 7, 100])
  func pages(size: Int) async throws {
    let server = try StubServer { omsAnswer($0) }
    defer { server.stop() }
    var query = OMSQuery.runs(101...106)
    query.pageSize = size
    let records = try await client(server).records(query)
    #expect(records.map(\.id) == ["101", "102", "103", "104", "105", "106"])
    #expect(records[0].units["delivered_lumi"] == "pb^{-1}")
    let run = try #require(RunRecord(records[0]))
    #expect(run.startMilliseconds == UTCTime.milliseconds(iso: "2024-05-01T10:00:41Z"))
    #expect(run.endMilliseconds == nil)
    #expect(server.requests[0].target.hasPrefix("/agg/api/v1/runs?filter%5Brun_number%5D%5BGE%5D=101&"))
    #expect(server.requests.count == (6 + size - 1) / size)
  }

  @Test("a redirection means that nobody is signed in, and is not followed")
  func redirection() async throws {
    let server = try StubServer { _ in .reply(302, headers: ["Location": "https://auth.example/"], body: "") }
    defer { server.stop() }
    let error = await fault(client(server))
    #expect(error?.code == "oms.notSignedIn")
    #expect(error?.exit == .notPermitted)
    #expect(server.requests.count == 1)
  }

  @Test("a sign-in page in place of JSON is named as such")
  func page() async throws {
    let server = try StubServer { _ in
      .reply(200, headers: ["Content-Type": "text/html"], body: "\n<!DOCTYPE html><title>Sign in</title>")
    }
    defer { server.stop() }
    let error = await fault(client(server))
    #expect(error?.code == "oms.notSignedIn" && error?.exit == .unavailable)
    #expect(error?.message.hasSuffix("it begins with '<!DOCTYPE html><title>Sign in</title>'") == true)
  }

  @Test("a token that has expired is renewed once and the page asked for again")
  func expired() async throws {
    let tokens = Mutex(0)
    let server = try StubServer { request in
      if request.target == "/token" {
        #expect(request.body.contains("grant_type=client_credentials") && request.body.contains("client_secret=s%26t"))
        let number = tokens.withLock { count -> Int in
          count += 1
          return count
        }
        return .reply(200, body: #"{"access_token": "t\#(number)"}"#)
      }
      return request.headers["authorization"] == "Bearer t2" ? omsAnswer(request) : .reply(401, body: "")
    }
    defer { server.stop() }
    let secret = OMSClientSecret(id: "me", secret: "s&t", tokenAddress: server.address + "/token")
    let records = try await client(server, .client(secret)).records(.runs(100...106))
    #expect(records.count == 7)
    #expect(tokens.withLock { $0 } == 2)
  }

  @Test("a token that is refused twice ends with 'not authorised', and no message holds the secret")
  func refused() async throws {
    let server = try StubServer { request in
      request.target == "/token" ? .reply(200, body: #"{"access_token": "t"}"#) : .reply(401, body: "")
    }
    defer { server.stop() }
    let secret = OMSClientSecret(id: "me", secret: "hush-hush", tokenAddress: server.address + "/token")
    let error = await fault(client(server, .client(secret)))
    #expect(error?.code == "oms.notAuthorised")
    #expect(error?.text.contains("hush-hush") == false)
  }

  @Test("a busy server is asked again, with the pause it asks for")
  func busy() async throws {
    let count = Mutex(0)
    let pauses = Mutex<[Duration]>([])
    let server = try StubServer { request in
      let number = count.withLock { count -> Int in
        count += 1
        return count
      }
      return number < 3 ? .reply(503, headers: ["Retry-After": "7"], body: "busy") : omsAnswer(request)
    }
    defer { server.stop() }
    let client = OMSClient(
      base: server.address, transport: OMSDirect(timeLimit: .seconds(5)),
      pause: { wait in pauses.withLock { $0.append(wait) } })
    #expect(try await client.records(.runs(100...106)).count == 7)
    #expect(pauses.withLock { $0 } == [.seconds(7), .seconds(7)])
  }

  @Test("a server that stays busy is given up after three attempts")
  func stayingBusy() async throws {
    let server = try StubServer { _ in .reply(503, body: "busy") }
    defer { server.stop() }
    #expect(await fault(client(server))?.code == "oms.unavailable")
    #expect(server.requests.count == 3)
  }

  @Test(
    "answers that are no whole document are refused",
    arguments: [
      ("", "oms.notJSON"), ("{\"data\": [", "oms.notJSON"), ("{\"data\": 3}", "oms.notJSON"),
      ("{\"data\": [{\"id\": \"1\"}]}", "oms.notJSON"),
      ("{\"data\": [], \"meta\": {\"totalResourceCount\": 5}}", "oms.cutPages"),
      (
        "{\"data\": [{\"id\": \"1\", \"attributes\": {}}], \"links\": {\"next\": \"x\"}}", "oms.cutPages"
      ),
    ])
  func damaged(body: String, code: String) async throws {
    let server = try StubServer { _ in .reply(200, body: body) }
    defer { server.stop() }
    #expect(await fault(client(server))?.code == code)
  }

  @Test(
    "a list that holds a record twice gives it once; pages that shifted while they were asked for are asked for again")
  func shiftedPages() async throws {
    var query = OMSQuery.runs(100...106)
    query.pageSize = 2
    let twice = try StubServer { omsAnswer($0, runs: [100, 101, 101, 102]) }
    defer { twice.stop() }
    #expect(try await client(twice).records(query).map(\.id) == ["100", "101", "102"])
    #expect(twice.requests.count == 4)
    // A run is put in front after the first page: the second one begins with what was seen, and 100 is nowhere.
    let asked = Mutex(0)
    let shifts = try StubServer { request in
      let isFirst = asked.withLock { count in
        count += 1
        return count == 1
      }
      return omsAnswer(request, runs: isFirst ? [101, 102, 103, 104] : [100, 101, 102, 103])
    }
    defer { shifts.stop() }
    #expect(try await client(shifts).records(query).map(\.id) == ["100", "101", "102", "103"])
  }

  @Test("a record that changes between pages is a conflict")
  func conflict() async throws {
    let server = try StubServer { request in
      let value = request.query["page[offset]"] ?? ""
      return .reply(
        200,
        body:
          #"{"data": [{"id": "1", "attributes": {"a": "\#(value)"}}, {"id": "\#(value)x", "attributes": {}}], "links": {"next": "x"}}"#
      )
    }
    defer { server.stop() }
    #expect(await fault(client(server))?.code == "oms.conflict")
  }

  @Test("cookies of the host are sent; those of others, expired ones and files that others may read are not")
  func cookies() async throws {
    let server = try StubServer { request in
      request.headers["cookie"] == "session=good" ? omsAnswer(request) : .reply(302, body: "")
    }
    defer { server.stop() }
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-cookies-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "cookies").path
    let lines = [
      "# Netscape HTTP Cookie File", "#HttpOnly_127.0.0.1\tFALSE\t/\tTRUE\t0\tsession\tgood",
      "example.org\tFALSE\t/\tTRUE\t0\tother\tx", "127.0.0.1\tFALSE\t/\tTRUE\t1000\told\tx",
    ]
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: file))
    #expect(caught { try OMSCredentials.cookieFile(file, host: "127.0.0.1") }?.code == "oms.openToOthers")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    #expect(caught { try OMSCredentials.cookieFile(file, host: "cern.ch") }?.code == "oms.noCookies")
    let credentials = try OMSCredentials.cookieFile(file, host: "127.0.0.1")
    #expect(try await client(server, credentials).records(.runs(100...106)).count == 7)
  }

  @Test("kept pages serve without a server, and a damaged one is set aside")
  func cache() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cavern-oms-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let server = try StubServer { omsAnswer($0) }
    var query = OMSQuery.runs(100...106)
    query.pageSize = 4
    #expect(try await client(server, cache: OMSPageCache(folder: folder)).records(query).count == 7)
    server.stop()
    let offline = OMSPageCache(folder: folder, isOffline: true)
    #expect(try await client(server, cache: offline).records(query).count == 7)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(files.count == 2)
    try Data("{".utf8).write(to: URL(filePath: folder + "/" + files[0]))
    #expect(await fault(client(server, cache: offline), query)?.code == "oms.offline")
    #expect(FileManager.default.fileExists(atPath: folder + "/" + files[0] + ".damaged"))
  }

  @Test("a server that is not there is unreachable, with the address")
  func nobody() async throws {
    let server = try StubServer { _ in .silence }
    server.stop()
    let error = await fault(client(server))
    #expect(error?.code == "http.unreachable")
    #expect(error?.exit == .unavailable)
  }
}
