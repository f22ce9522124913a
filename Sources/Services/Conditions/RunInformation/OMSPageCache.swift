import Errors
import Files
import Foundation
import JSON

/// Pages of OMS in a folder, one file a page, so that a later run needs no network.
///
/// A file that is damaged or of another format is set aside as `….damaged` and asked for again.
public struct OMSPageCache: Sendable {
  /// The folder.
  public let folder: String
  /// Whether nothing is asked of the server.
  public var isOffline: Bool
  private static let schema = "cavern.oms.page/1"

  /// A cache; the folder is made when the first page is kept.
  public init(folder: String, isOffline: Bool = false) {
    self.folder = folder
    self.isOffline = isOffline
  }

  /// The page at an address; nil when it is not there and may be asked for.
  ///
  /// - Throws: `oms.offline` (69) when it is not there and may not be asked for.
  func body(_ address: String) throws(CavernError) -> [UInt8]? {
    let path = path(address)
    if let data = FileManager.default.contents(atPath: path) {
      let entry = try? JSONValue(parsing: Array(data))
      if entry?["schema"]?.stringValue == Self.schema, entry?["address"]?.stringValue == address,
        let text = entry?["body"]?.stringValue
      {
        return Array(text.utf8)
      }
      try? FileManager.default.removeItem(atPath: path + ".damaged")
      try? FileManager.default.moveItem(atPath: path, toPath: path + ".damaged")
    }
    guard !isOffline else {
      throw CavernError(
        "oms.offline", "the page is not among the saved answers", exit: .unavailable, file: address,
        hint: "ask once with a network, then work offline")
    }
    return nil
  }

  /// Keeps a page.
  ///
  /// - Throws: `file.cannotCreate`, `file.cannotWrite`.
  func keep(_ address: String, _ body: [UInt8]) throws(CavernError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CavernError(
        "file.cannotCreate", "the folder of saved answers cannot be created", exit: .cannotCreate, file: folder)
    }
    let entry: JSONValue = [
      "schema": .string(Self.schema), "address": .string(address),
      "body": .string(String(decoding: body, as: UTF8.self)),
    ]
    try AtomicFile.write(path(address), text: entry.text(.pretty) + "\n", isSynchronised: false)
  }

  /// `<folder>/<16 hexadecimal digits>.json`, from the address by FNV-1a (Fowler, Noll, Vo; 64 bits).
  private func path(_ address: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in address.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return "\(folder)/" + String(repeating: "0", count: 16 - digits.count) + digits + ".json"
  }
}
