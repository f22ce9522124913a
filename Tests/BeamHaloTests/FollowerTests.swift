import BeamHalo
import Errors
import Foundation
import TestSupport
import Testing

/// The text of a made-up side.
func syntheticText(_ change: (inout HaloSynthesisOptions) -> Void = { _ in }) throws -> [UInt8] {
  var options = HaloSynthesisOptions()
  options.sections = [3, 3]
  change(&options)
  return HaloSynthesizer(options, detector: try HaloDetector()).text(.plus)
}

private func write(_ bytes: some Sequence<UInt8>, _ path: String) throws {
  // In place, as the program of the boards does: the file keeps its number.
  if let handle = FileHandle(forWritingAtPath: path) {
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  } else {
    try Data(bytes).write(to: URL(filePath: path))
  }
}

private func append(_ bytes: some Sequence<UInt8>, _ path: String) throws {
  guard let handle = FileHandle(forWritingAtPath: path) else { return try write(bytes, path) }
  try handle.seekToEnd()
  try handle.write(contentsOf: Data(bytes))
  try handle.close()
}

@Suite("Following growing files")
struct FollowerTests {
  @Test("a look knows what reading the file whole would give, wherever the writing stopped", arguments: [0, 0.02])
  func pieces(damage: Double) throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/uHTR4.txt"
      let text = try syntheticText {
        $0.damage = damage
        $0.firstOrbit = (1 << 32) - 300_000
      }
      var follower = HaloFollower(folder.path, threads: 1)
      var end = 0
      var step = 7919
      while end < text.count {
        step = step * 31 % 20_011 + 1
        let next = min(text.count, end + step)
        try append(text[end..<next], path)
        end = next
        #expect(try follower.look())
        let whole = HaloFileReader.decode(text[..<end].lastIndex(of: 10).map { Array(text[...$0]) } ?? [])
        guard whole.hits.count > 0 else { continue }
        let side = try #require(follower.capture().sides.first)
        #expect(side.hits.event == whole.hits.event)
        #expect(side.hits.tdc == whole.hits.tdc)
        var orbits = whole.hits.orbit
        #expect(OrbitClock.unwrap(&orbits).isEmpty)
        #expect(side.hits.orbit == orbits)
      }
      let whole = HaloFileReader.decode(text)
      let tally = try #require(follower.capture().sides.first?.tallies.first)
      #expect((tally.kept, tally.lost, tally.lines) == (whole.tally.kept, whole.tally.lost, whole.tally.lines))
      #expect(try follower.capture().sides.first?.diagnostics.map(\.entry) == whole.diagnostics)
      // Only the last event is read again at each look, not the file.
      #expect(follower.bytesRead < text.count * 2)
      let before = follower.bytesRead
      #expect(try !follower.look())
      #expect(follower.bytesRead == before)
    }
  }

  @Test(
    "a file that is renamed goes on, one that is cut or written anew is read again, one that is gone takes its hits along"
  )
  func rotation() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/uHTR4.txt"
      let (text, other) = (try syntheticText(), try syntheticText { $0.seed = 5 })
      try write(text, path)
      var follower = HaloFollower(folder.path, threads: 1)
      _ = try follower.look()
      let first = try follower.capture()
      let read = follower.bytesRead
      try FileManager.default.moveItem(atPath: path, toPath: folder.path + "/uHTR4_1.txt")
      try write(other, folder.path + "/uHTR4_2.txt")
      _ = try follower.look()
      #expect(follower.bytesRead == read + other.count)
      let both = try follower.capture()
      #expect(both.count == first.count + HaloFileReader.decode(other).hits.count)
      // Written anew, longer than before.
      try write(other + text, folder.path + "/uHTR4_1.txt")
      _ = try follower.look()
      #expect(try follower.capture().count == 2 * both.count - first.count)
      #expect(try follower.capture().warnings.contains { $0.code == "halo.fileReplaced" })
      try write(text[..<(text.count / 3)], folder.path + "/uHTR4_1.txt")
      try FileManager.default.removeItem(atPath: folder.path + "/uHTR4_2.txt")
      _ = try follower.look()
      let short = try follower.capture()
      #expect(short.count < first.count / 2 && short.count > first.count / 5)
    }
  }

  @Test("of too many hits the oldest are dropped, and clocks go on over them, turns of the counter included")
  func bounded() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/uHTR4.txt"
      let text = try syntheticText {
        $0.hitsPerSecond = 40
        $0.firstOrbit = (1 << 32) - 200_000
      }
      var follower = HaloFollower(folder.path, keep: 1000, threads: 1)
      for end in stride(from: text.count / 20, through: text.count, by: text.count / 20) + [text.count] {
        try write(text[..<end], path)
        _ = try follower.look()
      }
      let kept = try follower.capture()
      let whole = try HaloCapture(reading: HaloPieces(path))
      #expect(whole.count > 3000)
      #expect(kept.count <= 1000 + whole.count / 20)
      #expect(kept.count + follower.droppedHits == whole.count)
      #expect(kept.sides[0].hits.orbit[...] == whole.sides[0].hits.orbit.suffix(kept.count))
      #expect(kept.sides[0].firstOrbits() == whole.sides[0].firstOrbits())
      #expect(kept.sides[0].tallies.first?.kept == whole.count)
      #expect(kept.warnings.contains { $0.code == "halo.oldestDropped" })
      let clocks = [kept, whole].map { HaloTimeline.reference($0, runs: [])?.timeline }
      #expect(clocks[0] == clocks[1])
    }
  }

  @Test("of two files of a side the first one's hits go first, so that no hole is left between them")
  func boundedTwoFiles() throws {
    try withTemporaryFolder { folder in
      let text = try syntheticText { $0.hitsPerSecond = 40 }
      let events = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      // Cut where an event begins, past the middle.
      let rule = try #require(events.first)
      let middle = try #require(events.indices.first { $0 > events.count / 2 && events[$0] == rule })
      func bytes(_ lines: ArraySlice<ArraySlice<UInt8>>) -> ArraySlice<UInt8> {
        ArraySlice(lines.joined(separator: [UInt8(ascii: "\n")]) + [UInt8(ascii: "\n")])
      }
      try write(bytes(events[..<middle]), folder.path + "/uHTR4_1.txt")
      try write(bytes(events[middle...]), folder.path + "/uHTR4_2.txt")
      var follower = HaloFollower(folder.path, keep: 1000, threads: 1)
      _ = try follower.look()
      let kept = try follower.capture()
      let whole = try HaloCapture(reading: HaloPieces(folder.path))
      #expect(kept.count < whole.count / 2 && kept.count + follower.droppedHits == whole.count)
      // The last event of each file may go on, so it stays: of the first file's it is one hit.
      #expect(kept.sides[0].hits.orbit.dropFirst() == whole.sides[0].hits.orbit.suffix(kept.count - 1))
    }
  }
}
