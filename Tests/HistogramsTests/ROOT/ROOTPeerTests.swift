import Foundation
import JSON
import TestSupport
import Testing

@testable import Histograms

/// Both ways with uproot, an independent reader and writer of ROOT files.
@Suite("ROOT files and uproot")
struct ROOTPeerTests {
  static let python = TestResources.folder.deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: ".build/peers/bin/python").path

  @Test(
    "uproot reads every bin of our files, we read every bin of its files",
    .enabled(if: FileManager.default.fileExists(atPath: python)))
  func bothWays() throws {
    try withTemporaryFolder { folder in
      let objects = try ROOTFixture.objects()
      for compression in ROOTCompression.allCases {
        try ROOTFile.write(
          objects, to: folder.appending(path: "ours-\(compression.rawValue).root").path, compression: compression)
      }
      let process = Process()
      process.executableURL = URL(filePath: Self.python)
      process.arguments = [TestResources.path("histograms/uproot_peer.py"), folder.path]
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
      let seen = try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: "seen.json"))))
      for compression in ROOTCompression.allCases {
        let file = try #require(seen["ours-\(compression.rawValue).root"])
        for object in objects { try check(object, try #require(file["objects"]?[object.name])) }
        try checkStreamers(try #require(file["streamers"]))
      }
      let theirs = try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: "theirs.json"))))
      for compression in ROOTCompression.allCases {
        let contents = try ROOTFile.read(
          path: folder.appending(path: "theirs-\(compression.rawValue).root").path)
        #expect(contents.damage.isEmpty)
        #expect(contents.others.map(\.className) == ["TObjString"])
        let expected = try #require(theirs[compression.rawValue]?.objectValue)
        #expect(contents.objects.count == expected.members.count)
        for (name, entry) in expected.members { try check(try #require(contents[name]), entry) }
      }
      try truncated(folder)
    }
  }

  /// A file of uproot's cut short: what is whole is read.
  private func truncated(_ folder: URL) throws {
    let bytes = Array(try Data(contentsOf: folder.appending(path: "theirs-zlib.root")))
    let whole = try ROOTFile.read(bytes)
    var most = 0
    for length in stride(from: 300, to: bytes.count, by: 331) {
      guard let contents = try? ROOTFile.read(Array(bytes.prefix(length))) else { continue }
      for object in contents.objects { #expect(whole.objects.contains(object)) }
      #expect(!contents.damage.isEmpty)
      most = max(most, contents.objects.count)
    }
    #expect(most == whole.objects.count)
  }

  private func check(_ object: ROOTObject, _ entry: JSONValue) throws {
    #expect(entry["class"]?.stringValue == object.className)
    if let title = entry["title"]?.stringValue { #expect(title == object.title) }
    let values = try #require(entry["values"]?.arrayValue).map { $0.doubleValue ?? .nan }
    switch object.content {
    case .histogram(let histogram, let isFloat):
      func stored(_ value: Double) -> Double { isFloat ? Double(Float(value)) : value }
      #expect(values == histogram.contents.map(stored))
      #expect(entry["variances"]?.arrayValue?.map { $0.doubleValue ?? .nan } == histogram.variances)
      #expect(entry["entries"]?.doubleValue == Double(histogram.entries))
      if let edges = entry["edges"] {
        for (index, axis) in histogram.axes.enumerated() {
          let shown = try #require(edges[index]?.arrayValue).compactMap(\.doubleValue)
          #expect(zip(shown, axis.edges).allSatisfy { abs($0 - $1) < 1e-12 || axis.name == "kind" })
        }
        if case .category(let names) = histogram.axes[0].kind {
          #expect(entry["labels"]?.arrayValue?.compactMap(\.stringValue) == names)
        }
      }
    case .profile(let profile):
      for bin in values.indices where profile.weights[bin] != 0 {
        #expect(abs(values[bin] - profile.mean(bin)) < 1e-12)
        let errors = (entry["errors"] ?? entry["variances"])?.arrayValue
        let error = errors?[bin].doubleValue ?? .nan
        #expect(abs(error - profile.standardError(bin)) < 1e-9 || error == 0, "\(bin)")
      }
    }
  }

  /// Checksums that ROOT gives these classes, known from files that ROOT wrote.
  private func checkStreamers(_ streamers: JSONValue) throws {
    let known: [String: Int] = [
      "TObject 1": 0x901b_c02d, "TNamed 1": 0xdfb7_4a3c, "TCollection 3": 0x57e3_cb9c, "TSeqCollection 0": 0xfc6c_3bc6,
      "TList 5": 0x69c5_c3bb, "THashList 0": 0xcc7e_49c1, "TAttLine 2": 0x9407_4549, "TAttFill 2": 0xffd9_2a92,
      "TAttMarker 2": 0x291d_8bec, "TAttAxis 4": 0x5c6f_ff3e, "TAxis 10": 0x5a49_6e70, "TH1 8": 0x1c37_40c4,
      "TH1F 3": 0xe293_9644, "TH1D 3": 0xf9b1_569f, "TH2 5": 0x0182_347f, "TH2D 4": 0x7fba_82f0,
      "TProfile 7": 0x4bed_ee54,
    ]
    for (name, checksum) in known { #expect(streamers[name]?.intValue == checksum, "\(name)") }
    #expect(streamers["TH2F 4"] != nil)
  }
}
