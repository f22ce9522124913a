import Testing

@testable import BeamInstrumentation

@Suite("Files that arrive count once they stand still")
struct ArrivingFilesTests {
  typealias Listing = ArrivingFiles.Listing

  @Test("what was there before counts at once, and once")
  func first() {
    var arriving = ArrivingFiles(settling: .seconds(2))
    let file = Listing(name: "a", size: 10, changed: 1)
    #expect(arriving.observe([file], at: .zero, isFirst: true) == ["a"])
    arriving.settle("a")
    #expect(arriving.observe([file], at: .seconds(100)).isEmpty)
  }

  @Test("a growing file waits until its size has stood still")
  func growing() {
    var arriving = ArrivingFiles(settling: .seconds(2))
    for second in 0..<10 {
      let file = Listing(name: "a", size: second, changed: second)
      #expect(arriving.observe([file], at: .seconds(second)).isEmpty)
    }
    let whole = Listing(name: "a", size: 9, changed: 9)
    #expect(arriving.observe([whole], at: .seconds(10)).isEmpty)
    #expect(arriving.observe([whole], at: .seconds(11)) == ["a"])
    arriving.settle("a")
    #expect(arriving.observe([whole], at: .seconds(60)).isEmpty)
  }

  @Test("a file that does not open is tried again, and called damaged only after the patience")
  func patience() {
    var arriving = ArrivingFiles(settling: .seconds(2), patience: .seconds(10))
    let half = Listing(name: "a", size: 5, changed: 0)
    #expect(arriving.observe([half], at: .zero).isEmpty)
    var tries: [Int] = []
    for second in 1...12 where arriving.observe([half], at: .seconds(second)) == ["a"] {
      tries.append(second)
      #expect(arriving.isGivenUp("a", at: .seconds(second)) == (second >= 10))
    }
    #expect(tries == [2, 4, 6, 8, 10, 12])
    #expect(arriving.pending == ["a"])
    // It goes on growing: everything begins anew.
    let more = Listing(name: "a", size: 6, changed: 13)
    #expect(arriving.observe([more], at: .seconds(13)).isEmpty)
    #expect(!arriving.isGivenUp("a", at: .seconds(14)))
    #expect(arriving.observe([more], at: .seconds(15)) == ["a"])
  }

  @Test("a file that changes after its analysis is analysed again, one that vanishes is forgotten")
  func changes() {
    var arriving = ArrivingFiles(settling: .seconds(2))
    #expect(arriving.observe([Listing(name: "a", size: 1, changed: 1)], at: .zero, isFirst: true) == ["a"])
    arriving.settle("a")
    let changed = Listing(name: "a", size: 1, changed: 2)
    #expect(arriving.observe([changed], at: .seconds(5)).isEmpty)
    #expect(arriving.observe([changed], at: .seconds(7)) == ["a"])
    arriving.settle("a")
    #expect(arriving.observe([], at: .seconds(8)).isEmpty)
    #expect(arriving.pending.isEmpty)
    #expect(arriving.observe([changed], at: .seconds(9)).isEmpty)
    #expect(arriving.observe([changed], at: .seconds(11)) == ["a"])
  }
}
