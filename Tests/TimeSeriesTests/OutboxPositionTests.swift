import TestSupport
import Testing

@testable import TimeSeries

@Suite("What a destination has acknowledged")
struct OutboxPositionTests {
  private typealias Range = OutboxPosition.Range

  @Test("a live stream goes ahead of a backlog; when the backlog reaches it, both are one again")
  func meeting() {
    var position = OutboxPosition(acknowledged: 4)
    position.startLive(after: 10)
    #expect(position.ahead == [Range(after: 10, through: 10)] && position.live == 10 && position.backlogEnd == 10)
    position.advance(.live, through: 12)
    position.advance(.backlog, through: 9)
    #expect(position == OutboxPosition(acknowledged: 9, ahead: [Range(after: 10, through: 12)]))
    position.advance(.backlog, through: 10)
    #expect(position == OutboxPosition(acknowledged: 12) && position.backlogEnd == nil)
  }

  @Test("a second outage makes a second range; the backlog has a stretch before each")
  func twoOutages() {
    var position = OutboxPosition(acknowledged: 0)
    position.startLive(after: 10)
    position.advance(.live, through: 20)
    position.startLive(after: 30)
    position.advance(.live, through: 35)
    #expect(position.ahead == [Range(after: 10, through: 20), Range(after: 30, through: 35)])
    position.advance(.backlog, through: 10)
    #expect(position == OutboxPosition(acknowledged: 20, ahead: [Range(after: 30, through: 35)]))
  }

  @Test("a live stream that has sent nothing yet begins anew without leaving a trace")
  func emptyLive() {
    var position = OutboxPosition(acknowledged: 0)
    position.startLive(after: 10)
    position.startLive(after: 20)
    #expect(position.ahead == [Range(after: 20, through: 20)])
    position.startLive(after: 0)
    #expect(position == OutboxPosition(acknowledged: 0))
  }

  @Test("ranges that touch or overlap are joined when they are read")
  func joined() {
    let position = OutboxPosition(
      acknowledged: 5,
      ahead: [Range(after: 9, through: 12), Range(after: 3, through: 7), Range(after: 12, through: 14)])
    #expect(position == OutboxPosition(acknowledged: 7, ahead: [Range(after: 9, through: 14)]))
  }

  @Test("after any course of turns exactly those batches wait that no turn has sent")
  func model() {
    var generator = SplitMix(state: 77)
    for _ in 0..<400 {
      var position = OutboxPosition(acknowledged: 0)
      var last: Int64 = 0
      var sent: Set<Int64> = []
      for _ in 0..<60 {
        switch generator.next() % 4 {
        case 0: last += Int64(generator.next() % 5)
        case 1: position.startLive(after: last)
        case 2:
          guard let end = position.backlogEnd else { continue }
          let through = min(end, position.acknowledged + 1 + Int64(generator.next() % 3))
          sent.formUnion((position.acknowledged + 1)...through)
          position.advance(.backlog, through: through)
        default:
          guard position.live < last else { continue }
          let through = min(last, position.live + 1 + Int64(generator.next() % 3))
          sent.formUnion((position.live + 1)...through)
          position.advance(.live, through: through)
        }
        for batch in stride(from: Int64(1), through: last, by: 1) {
          #expect(position.isWaiting(batch) == !sent.contains(batch), "\(batch) in \(position)")
        }
        #expect(position == OutboxPosition(acknowledged: position.acknowledged, ahead: position.ahead))
      }
    }
  }
}
