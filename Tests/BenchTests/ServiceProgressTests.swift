import Foundation
import TestSupport
import Testing

@testable import Bench

@Suite("Progress of services")
struct ServiceProgressTests {
  @Test("a thread that does not get on is found out; one that rests is not")
  func progress() throws {
    let progress = ServiceProgress()
    #expect(progress.hasGotOn(within: .seconds(5)))
    progress.note(resting: .seconds(-10))
    #expect(!progress.hasGotOn(within: .seconds(5)))
    progress.note()
    #expect(progress.hasGotOn(within: .seconds(5)))
    progress.note(resting: .seconds(60))
    #expect(progress.hasGotOn(within: .zero))
  }

  @Test(
    "a broker whose line thread hangs is not alive, although its other threads turn; it is again when the thread goes on"
  )
  func hangingLine() throws {
    let fixture = try BrokerFixture()
    defer { fixture.stop() }
    let broker = fixture.service.broker
    #expect(broker.isLineAlive)
    let limit = Duration.milliseconds(300)
    try fixture.wait("idle, and alive") { broker.progress.hasGotOn(within: limit) }
    // Whoever holds the lock keeps the thread of the line from getting on.
    let isFound = broker.state.withLock { _ in
      let end = ContinuousClock.now + .seconds(10)
      while broker.progress.hasGotOn(within: limit), ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.01) }
      return !broker.progress.hasGotOn(within: limit)
    }
    #expect(isFound)
    try fixture.wait("alive again") { broker.progress.hasGotOn(within: limit) }
  }

  @Test("a broker without a supply has nothing to do and is alive")
  func noSupply() throws {
    let fixture = try BrokerFixture { $0.timeout = .milliseconds(100) }
    defer { fixture.stop() }
    fixture.server.stop()
    let broker = fixture.service.broker
    try fixture.wait("the connection is noticed to be gone") { !broker.state.withLock { $0.core.isConnected } }
    let end = ContinuousClock.now + .milliseconds(700)
    while ContinuousClock.now < end {
      #expect(broker.progress.hasGotOn(within: .milliseconds(600)))
      Thread.sleep(forTimeInterval: 0.02)
    }
  }
}
