import Arguments
import Conditions
import Errors
import Foundation
import PixelMonitoring
import Settings

/// How the commands of `cavern pixel` ask OMS.
@MainActor
enum PixelOMS {
  /// Where OMS is and how one signs in.
  nonisolated static let options: [Option] = [
    .option("oms-url", "URL", .text, "Address of OMS.", default: OMSClient.publicAddress),
    .option("oms-cache", "DIR", .folder, "Keep answers in this folder, for later runs."),
    .flag("offline", "Ask nobody: take answers from --oms-cache alone."),
    .option("oms-pages", "FILE,...", .list(.file(["json"])), "Saved answers in place of OMS, in any order."),
    .option("oms-cookies", "FILE", .file(), "Cookies of a sign-in (mode 0600)."),
    .option("oms-client", "ID", .text, "Client of the sign-on service, with --oms-secret-file."),
    .option("oms-secret-file", "FILE", .file(), "File (mode 0600) with the secret of the client."),
    .option("oms-token-url", "URL", .text, "Where tokens are asked for.", note: "the sign-on service of CERN"),
    .option("page-size", "N", .integer(1...10_000), "Records a page.", default: "100"),
    .option("oms-limit", "TIME", .duration, "Longest time one answer may take.", default: "60 s"),
  ]

  /// The records of a question, from saved pages, the cache or the server.
  static func records(_ query: OMSQuery, _ arguments: ParsedArguments) async throws(CavernError) -> [OMSRecord] {
    let pages = try arguments.strings("oms-pages")
    if !pages.isEmpty {
      var texts: [(text: String, name: String)] = []
      for page in pages { texts.append((try PixelFiles.text(page), page)) }
      return try OMSPages.records(texts)
    }
    let url = try arguments.string("oms-url")
    var credentials = OMSCredentials.none
    if let path = try arguments.optionalString("oms-cookies") {
      credentials = try OMSCredentials.cookieFile(path, host: URL(string: url)?.host() ?? "")
    } else if let id = try arguments.optionalString("oms-client") {
      guard let path = try arguments.optionalString("oms-secret-file") else {
        throw CavernError("usage.missingOption", "--oms-client needs --oms-secret-file", exit: .usage)
      }
      var client = OMSClientSecret(id: id, secret: try SecretFile.read(path))
      if let address = try arguments.optionalString("oms-token-url") { client.tokenAddress = address }
      credentials = .client(client)
    }
    let isOffline = arguments.flag("offline")
    let cache = try arguments.optionalString("oms-cache").map { OMSPageCache(folder: $0, isOffline: isOffline) }
    if isOffline, cache == nil {
      throw CavernError("usage.missingOption", "--offline needs --oms-cache", exit: .usage)
    }
    let client = OMSClient(
      base: url, credentials: credentials,
      transport: OMSDirect(timeLimit: try arguments.duration("oms-limit")), cache: cache, attempts: 4)
    do throws(CavernError) {
      return try await client.records(query)
    } catch {
      throw serviceFailure(error)
    }
  }

  /// An answer that cannot be used is a failure of the service, not of a file of the user.
  static func serviceFailure(_ error: CavernError) -> CavernError {
    var copy = error
    if [.badData, .tryAgain].contains(error.exit) { copy.exit = .unavailable }
    return copy
  }
}
