import Errors
import Foundation
import TestSupport
import Testing

@testable import Results

@Suite("Files and result folders")
struct FileTests {
  @Test("what was left half written below a folder is removed; other hidden files stay")
  func leftovers() throws {
    try withTemporaryFolder { folder in
      let inner = folder.appending(path: "figures")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      for place in [folder, inner] {
        var leftover = ""
        try AtomicFile.write(place.appending(path: "result.json").path(percentEncoded: false), isSynchronised: false) {
          (temporary) throws(CavernError) in
          leftover = temporary
          try AtomicFile.write(temporary, text: "{}", isSynchronised: false)
        }
        // As if the program had ended before the file got its name.
        try Data("{".utf8).write(to: URL(filePath: leftover))
        try Data().write(to: place.appending(path: ".notes.tmp"))
      }
      AtomicFile.removeLeftovers(below: folder.path(percentEncoded: false))
      let names = FileManager.default.enumerator(atPath: folder.path(percentEncoded: false))?.compactMap {
        $0 as? String
      }
      let expected = [
        ".notes.tmp", "figures", "figures/.notes.tmp", "figures/result.json", "result.json",
      ]
      #expect(names?.sorted() == expected)
    }
  }

  @Test("SHA-256 gives the digests of FIPS 180-4, of bytes and of files larger than a block")
  func digests() throws {
    #expect(SHA256.hexDigest(of: []) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      SHA256.hexDigest(of: Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    let known = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    #expect(SHA256.hexDigest(of: million) == known)
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "a").path
      try AtomicFile.write(path, million + million)
      #expect(try SHA256.hexDigest(ofFile: path) == SHA256.hexDigest(of: million + million))
      #expect(caught { _ = try SHA256.hexDigest(ofFile: path + "no") }?.code == "file.notFound")
    }
  }

  @Test("a file is replaced whole; a failure leaves the earlier one and nothing else")
  func atomic() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "out.txt").path
      try AtomicFile.write(path, text: "first")
      try AtomicFile.write(path, text: "second")
      let failure = caught {
        try AtomicFile.write(path) { (temporary) throws(CavernError) in
          try AtomicFile.writePlain(temporary, [1, 2, 3], path: path)
          throw CavernError("test.stop", "stopped half way", exit: .internal)
        }
      }?.code
      #expect(failure == "test.stop")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "second")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.txt"])
      #expect(caught { try AtomicFile.write(folder.path + "/no/such/out.txt", text: "x") }?.code == "file.cannotCreate")
      try FileManager.default.createDirectory(atPath: folder.path + "/taken/x", withIntermediateDirectories: true)
      #expect(caught { try AtomicFile.write(folder.path + "/taken", text: "x") }?.code == "file.cannotCreate")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["out.txt", "taken"])
    }
  }

  private func make(_ path: String, force: Bool = false, value: Int = 1) throws {
    try ResultFolder.write(to: path, force: force) { (folder) throws(CavernError) in
      try folder.addResult(schema: "cavern.test/1", ["value": .integer(value)])
      try folder.add("tables/profiles.csv", bytes: Array("a\n1\n".utf8))
      try folder.addProvenance(Provenance(version: "0.1", commandLine: ["cavern", "test"]))
    }
  }

  @Test("what cannot be replaced, such as a pipe or a device, is written to and stays what it is")
  func pipe() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/pipe"
      #expect(mkfifo(path, 0o600) == 0)
      // Open for reading, so that writing does not wait for somebody who reads.
      let reader = open(path, O_RDWR | O_NONBLOCK)
      defer { close(reader) }
      try AtomicFile.write(path, [1, 2])
      try AtomicFile.write(path) { (temporary) throws(CavernError) in
        try AtomicFile.writePlain(temporary, [3, 4, 5], path: path)
      }
      var bytes = [UInt8](repeating: 0, count: 16)
      #expect(read(reader, &bytes, 16) == 5)
      #expect(bytes.prefix(5) == [1, 2, 3, 4, 5])
      var facts = stat()
      #expect(stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFIFO)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["pipe"])
    }
  }

  @Test("a result folder appears whole, is replaced only when asked to, and has the same bytes again")
  func resultFolder() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/deep/out"
      try make(path)
      let first = try Data(contentsOf: URL(filePath: path + "/provenance.json"))
      #expect(caught { try make(path) }?.code == "results.exists")
      try make(path, force: true, value: 2)
      #expect(try String(contentsOfFile: path + "/result.json", encoding: .utf8).contains("\"value\": 2"))
      #expect(try Data(contentsOf: URL(filePath: path + "/provenance.json")) == first)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/deep") == ["out"])
    }
  }

  private func addThenFail(_ path: String) throws {
    try ResultFolder.write(to: path) { (folder) throws(CavernError) in
      try folder.add("a.txt", bytes: [1])
      throw CavernError("test.stop", "stopped half way", exit: .internal)
    }
  }

  private func addOnly(_ path: String, _ name: String) throws {
    try ResultFolder.write(to: path) { (folder) throws(CavernError) in try folder.add(name, bytes: []) }
  }

  @Test("what is not a result folder is never replaced; what fails leaves nothing")
  func foreignFolder() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/mine"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try AtomicFile.write(path + "/thesis.tex", text: "years of work")
      #expect(caught { try make(path, force: true) }?.code == "results.notAResult")
      #expect(try String(contentsOfFile: path + "/thesis.tex", encoding: .utf8) == "years of work")
      let failing = folder.path + "/failing"
      #expect(caught { try addThenFail(failing) }?.code == "test.stop")
      for name in ["../up", "/etc/x", "a//b", "", "a/."] {
        let fault = caught { try addOnly(failing, name) }?.code
        #expect(fault == "results.badName", "\(name)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["mine"])
    }
  }

  @Test("values are written with the digits their uncertainties deserve")
  func measured() {
    #expect(
      MeasuredValue(1.93217, statistical: 0.0314, systematic: 0.151).text(unit: "µm") == "1.932 ± 0.031 ± 0.151 µm")
    #expect(MeasuredValue(0.827, statistical: 0.119).text() == "0.83 ± 0.12")
    #expect(MeasuredValue(0.827, statistical: 0.367).text() == "0.8 ± 0.4")
    #expect(MeasuredValue(0.827, statistical: 0.0967).text() == "0.83 ± 0.10")
    #expect(MeasuredValue(14327, statistical: 95.9).text() == "14330 ± 100")
    #expect(MeasuredValue(1.932e-6, statistical: 3.1e-8).text(unit: "m") == "(1.932 ± 0.031)×10⁻⁶ m")
    #expect(MeasuredValue(1.932e-6, statistical: 3.1e-8).textWithPrefix(unit: "m") == "1.932 ± 0.031 µm")
    #expect(MeasuredValue(1.234567).text(unit: "mm") == "1.235 mm")
    #expect(MeasuredValue(.nan, statistical: 1).text() == "–")
    #expect(MeasuredValue(2, statistical: .nan).text() == "2")
  }
}
