import Errors
import Foundation
import Glibc

/// How one signs in to OMS.
public enum OMSCredentials: Sendable {
  /// Not at all: inside the network of the experiment.
  case none
  /// With the cookies of a sign-in, as name and value.
  case cookies([(name: String, value: String)])
  /// With a client of CERN's sign-on service, which gives tokens for a while.
  case client(OMSClientSecret)

  /// The cookies of a file that only its owner can read: Netscape form (seven columns with tabs), or `name=value`.
  ///
  /// Only cookies whose domain fits `host`, and that have not expired, are taken; without any the file is refused.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - host: the host of OMS.
  ///   - now: seconds since 1970, for expiry.
  /// - Throws: `oms.noCookieFile` (66), `oms.openToOthers` (78), `oms.noCookies` (77). No message holds a value.
  public static func cookieFile(
    _ path: String, host: String, now: Double = Date().timeIntervalSince1970
  ) throws(CavernError) -> OMSCredentials {
    var facts = stat()
    guard stat(path, &facts) == 0, let data = FileManager.default.contents(atPath: path) else {
      throw CavernError("oms.noCookieFile", "the cookie file cannot be read", exit: .noInput, file: path)
    }
    guard facts.st_mode & 0o077 == 0 else {
      throw CavernError(
        "oms.openToOthers", "others may read the cookies (mode 0\(String(facts.st_mode & 0o777, radix: 8)))",
        exit: .configuration, file: path, expected: "mode 0600", hint: "chmod 600 '\(path)'")
    }
    var cookies: [(name: String, value: String)] = []
    var expired = 0
    for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
      var line = line
      // curl marks cookies that scripts may not read.
      if line.hasPrefix("#HttpOnly_") { line = line.dropFirst("#HttpOnly_".count) }
      if line.hasPrefix("#") { continue }
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      if cells.count == 7 {
        let domain = cells[0].hasPrefix(".") ? cells[0].dropFirst() : cells[0]
        guard host == domain || host.hasSuffix(".\(domain)") else { continue }
        if let expiry = Double(cells[4]), expiry > 0, expiry < now {
          expired += 1
          continue
        }
        cookies.append((String(cells[5]), String(cells[6])))
      } else if cells.count == 1, let equals = line.firstIndex(of: "=") {
        cookies.append((String(line[..<equals]), String(line[line.index(after: equals)...])))
      }
    }
    guard !cookies.isEmpty else {
      throw CavernError(
        "oms.noCookies",
        expired > 0 ? "all cookies for \(host) have expired" : "the file holds no cookie for \(host)",
        exit: .notPermitted, file: path, hint: "sign in again and save the cookies")
    }
    return .cookies(cookies)
  }
}

/// A client of CERN's sign-on service (OpenID Connect, client credentials).
public struct OMSClientSecret: Sendable {
  /// Name of the client.
  public var id: String
  /// Its secret; never part of a message.
  public var secret: String
  /// For whom tokens are asked.
  public var audience: String
  /// Where tokens are asked for.
  public var tokenAddress: String

  /// A client.
  public init(
    id: String, secret: String, audience: String = "cmsoms-prod",
    tokenAddress: String = "https://auth.cern.ch/auth/realms/cern/api-access/token"
  ) {
    self.id = id
    self.secret = secret
    self.audience = audience
    self.tokenAddress = tokenAddress
  }

  /// The body of the request for a token.
  var form: String {
    [
      ("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("audience", audience),
    ].map { "\($0.0)=\(OMSQuery.encoded($0.1))" }.joined(separator: "&")
  }
}
