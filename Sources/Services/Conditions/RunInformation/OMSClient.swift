import Errors
import Foundation
import JSON

/// Asks OMS, the online monitoring system of CMS, for records: page by page, signed in, with pauses when it is busy.
///
///     let client = OMSClient(base: OMSClient.publicAddress, credentials: .client(secret))
///     let runs = try await client.records(.runs(380115...380120))
public actor OMSClient {
  /// The address that can be reached from everywhere.
  public static let publicAddress = "https://cmsoms.cern.ch/agg/api/v1"
  /// The address inside the network of the experiment.
  public static let innerAddress = "http://cmsoms.cms/agg/api/v1"

  private let base: String
  private let credentials: OMSCredentials
  private let transport: any OMSTransport
  private let cache: OMSPageCache?
  private let attempts: Int
  private let pause: @Sendable (Duration) async -> Void
  private var token: String?

  /// A client.
  ///
  /// - Parameters:
  ///   - base: the address without a slash at its end.
  ///   - credentials: how one signs in.
  ///   - transport: what carries requests.
  ///   - cache: where pages are kept, for later runs and for working offline.
  ///   - attempts: how often a page is asked for while the server is busy; at least 1.
  ///   - pause: waits between attempts.
  public init(
    base: String = publicAddress, credentials: OMSCredentials = .none, transport: any OMSTransport = OMSDirect(),
    cache: OMSPageCache? = nil, attempts: Int = 3,
    pause: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
  ) {
    self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    self.credentials = credentials
    self.transport = transport
    self.cache = cache
    self.attempts = max(1, attempts)
    self.pause = pause
  }

  /// All records of a query, pages joined.
  ///
  /// A record that comes twice with the same content is kept once. When that leaves fewer than the server counts, pages may
  /// have shifted while they were asked for, and a record may be missing: then everything is asked for once more.
  ///
  /// - Throws: `oms.notSignedIn` for a redirection (77) or a page in place of data (69), `oms.notAuthorised` (77) for 401 and 403,
  ///   `oms.refused` (69), `oms.unavailable` (69) when the server stays busy, `oms.notJSON` (65), `oms.cutPages` (65),
  ///   `oms.conflict` (65), `oms.offline` (69), and the faults of the transport.
  public func records(_ query: OMSQuery) async throws(CavernError) -> [OMSRecord] {
    let (records, isWhole) = try await pages(query)
    if isWhole || cache?.isOffline == true { return records }
    return try await pages(query, isAgain: true).records
  }

  /// One way through the pages of a query.
  ///
  /// - Parameter isAgain: whether kept pages are asked for anew.
  private func pages(
    _ query: OMSQuery, isAgain: Bool = false
  ) async throws(CavernError) -> (records: [OMSRecord], isWhole: Bool) {
    var records: [OMSRecord] = []
    var positions: [String: Int] = [:]
    var offset = 0
    while true {
      let address = "\(base)/\(query.path(offset: offset))"
      let page = try await page(address, isAgain: isAgain)
      guard let data = page["data"]?.arrayValue else {
        throw CavernError(
          "oms.notJSON", "the answer holds no list 'data'", exit: .badData, file: address,
          expected: "a JSON:API document", hint: Self.complaint(page) ?? Self.beginning(Array(page.text().utf8)))
      }
      var fresh = 0
      for entry in data {
        guard let record = OMSRecord(json: entry) else {
          throw CavernError(
            "oms.notJSON", "record \(offset + fresh + 1) has no name or no attributes", exit: .badData, file: address)
        }
        if let earlier = positions[record.id] {
          guard records[earlier] == record else {
            throw CavernError(
              "oms.conflict", "'\(record.id)' comes twice with different content", exit: .badData, file: address,
              hint: "the data changed between two pages; ask again")
          }
          continue
        }
        positions[record.id] = records.count
        records.append(record)
        fresh += 1
      }
      let total = page["meta"]?["totalResourceCount"]?.intValue
      let goesOn = page["links"]?["next"].map { $0 != .null } ?? false
      let isShort = total.map { offset + data.count < $0 } ?? false
      guard goesOn || isShort && !data.isEmpty else {
        if isShort {
          throw Self.cutPages(records.count, total, address)
        }
        return (records, total.map { records.count >= $0 } ?? true)
      }
      // A server that ignores the offset would go on for ever.
      guard fresh > 0 else { throw Self.cutPages(records.count, total, address) }
      offset += data.count
    }
  }

  private static func cutPages(_ found: Int, _ total: Int?, _ address: String) -> CavernError {
    CavernError(
      "oms.cutPages", "the pages end after \(found) of \(total.map(String.init) ?? "more") records", exit: .badData,
      file: address)
  }

  /// One page as JSON, from the cache or the server.
  private func page(_ address: String, isAgain: Bool) async throws(CavernError) -> JSONValue {
    if !isAgain, let body = try cache?.body(address) { return try Self.json(body, address) }
    let reply = try await answer(address)
    let page = try Self.json(reply.body, address)
    try cache?.keep(address, reply.body)
    return page
  }

  /// The answer with status 200, after as many attempts as it takes.
  private func answer(_ address: String) async throws(CavernError) -> OMSReply {
    var renewed = false
    var attempt = 1
    while true {
      var reply: OMSReply
      do throws(CavernError) {
        reply = try await transport.send("GET", address, headers: try await headers(), body: [])
      } catch {
        let isPassing = ["http.timeout", "http.unreachable", "command.timeout"].contains(error.code)
        guard isPassing, attempt < attempts else { throw error.inFile(address) }
        await pause(.seconds(1 << (attempt - 1)))
        attempt += 1
        continue
      }
      switch reply.status {
      case 200:
        return reply
      case 300..<400:
        throw Self.notSignedIn(address, "the server sends to a sign-in page (status \(reply.status))")
      case 401:
        guard case .client = credentials, !renewed else { throw Self.notAuthorised(address, reply) }
        // The token has expired: one new one.
        token = nil
        renewed = true
      case 403:
        throw Self.notAuthorised(address, reply)
      case 429, 500..<600:
        guard attempt < attempts else {
          throw CavernError(
            "oms.unavailable", "the server answers \(reply.status) after \(attempt) attempts", exit: .unavailable,
            file: address, hint: "try again later, or work with saved answers")
        }
        let wished = reply.headers["retry-after"].flatMap { Double($0) }
        await pause(.seconds(min(wished ?? Double(1 << (attempt - 1)), 60)))
        attempt += 1
      default:
        throw CavernError(
          "oms.refused", "the server answers \(reply.status)", exit: .unavailable, file: address,
          hint: (try? JSONValue(parsing: reply.body)).flatMap(Self.complaint))
      }
    }
  }

  private func headers() async throws(CavernError) -> [String: String] {
    var headers = ["Accept": "application/vnd.api+json, application/json"]
    switch credentials {
    case .none: break
    case .cookies(let cookies): headers["Cookie"] = cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
    case .client(let client): headers["Authorization"] = "Bearer \(try await bearer(client))"
    }
    return headers
  }

  /// The token in force, or a new one.
  private func bearer(_ client: OMSClientSecret) async throws(CavernError) -> String {
    if let token { return token }
    let reply = try await transport.send(
      "POST", client.tokenAddress, headers: ["Content-Type": "application/x-www-form-urlencoded"],
      body: Array(client.form.utf8))
    let answer = try? JSONValue(parsing: reply.body)
    guard reply.status == 200, let fresh = answer?["access_token"]?.stringValue, !fresh.isEmpty else {
      throw CavernError(
        "oms.notAuthorised", "the sign-on service gives no token (status \(reply.status))", exit: .notPermitted,
        file: client.tokenAddress, hint: answer?["error_description"]?.stringValue ?? "check the client and its secret")
    }
    token = fresh
    return fresh
  }

  private static func json(_ body: [UInt8], _ address: String) throws(CavernError) -> JSONValue {
    let first = body.first { ![9, 10, 13, 32].contains($0) }
    if first == UInt8(ascii: "<") {
      // Most likely one to sign in with, but it may be any fault of the service.
      throw notSignedIn(
        address, "the server sends a page instead of data: \(beginning(body))", exit: .unavailable)
    }
    do {
      return try JSONValue(parsing: body)
    } catch {
      throw CavernError(
        "oms.notJSON", "the answer is not JSON: \(error.message)", exit: .badData, file: address, line: error.line,
        column: error.column, hint: body.isEmpty ? "the answer is empty" : beginning(body))
    }
  }

  /// The first 200 characters of an answer, in one line.
  private static func beginning(_ body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(1000), as: UTF8.self).prefix(200)
    return "it begins with '\(text.split(whereSeparator: \.isWhitespace).joined(separator: " "))'"
  }

  /// What a JSON:API error document says.
  private static func complaint(_ page: JSONValue) -> String? {
    page["errors"]?[0]?["detail"]?.stringValue ?? page["errors"]?[0]?["title"]?.stringValue
  }

  private static func notSignedIn(
    _ address: String, _ what: String, exit: ExitStatus = .notPermitted
  ) -> CavernError {
    CavernError(
      "oms.notSignedIn", what, exit: exit, file: address, expected: "JSON",
      hint: "sign in again and save the cookies, or use a client with its secret")
  }

  private static func notAuthorised(_ address: String, _ reply: OMSReply) -> CavernError {
    CavernError(
      "oms.notAuthorised", "the server does not accept the sign-in (status \(reply.status))", exit: .notPermitted,
      file: address, hint: (try? JSONValue(parsing: reply.body)).flatMap(complaint))
  }
}
