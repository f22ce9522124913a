import Testing

@testable import Bench

@Suite("The life of an alarm")
struct AlarmBookTests {
  private func states(_ steps: [AlarmTransition]) -> [AlarmState] { steps.map(\.to) }

  @Test("is active while its condition holds, and over when it is gone")
  func plain() {
    var book = AlarmBook()
    #expect(book.report("a", "0.1", holds: false, "", at: 0).isEmpty)
    #expect(states(book.report("a", "0.1", holds: true, "x", at: 1)) == [.active])
    #expect(book.report("a", "0.1", holds: true, "x", at: 2).isEmpty)
    #expect(states(book.report("a", "0.1", holds: false, "", at: 3)) == [.cleared, .inactive])
    #expect(book.current.isEmpty)
  }

  @Test("waits for its delays, and a condition that flickers stays silent")
  func delays() {
    var rule = AlarmRule()
    (rule.delayOn, rule.delayOff) = (100, 50)
    var book = AlarmBook(rules: ["a": rule])
    #expect(book.report("a", "", holds: true, "", at: 0).isEmpty)
    #expect(book.report("a", "", holds: false, "", at: 50).isEmpty)
    #expect(book.report("a", "", holds: true, "", at: 60).isEmpty)
    #expect(book.tick(at: 159).isEmpty)
    #expect(states(book.tick(at: 160)) == [.active])
    #expect(book.report("a", "", holds: false, "", at: 170).isEmpty)
    #expect(states(book.tick(at: 220)) == [.cleared, .inactive])
  }

  @Test("that latches stays until somebody takes note")
  func latch() {
    var rule = AlarmRule()
    rule.isLatching = true
    var book = AlarmBook(rules: ["a": rule])
    _ = book.report("a", "", holds: true, "", at: 0)
    #expect(states(book.report("a", "", holds: false, "", at: 1)) == [.cleared])
    #expect(book.current.map(\.state) == [.cleared])
    #expect(states(book.acknowledge("a", "", at: 2)) == [.inactive])
  }

  @Test("that was acknowledged ends by itself; one that is muted is marked; one that is disabled is silent")
  func others() {
    var disabled = AlarmRule()
    disabled.isDisabled = true
    var book = AlarmBook(rules: ["off": disabled])
    #expect(book.report("off", "", holds: true, "", at: 0).isEmpty)
    _ = book.report("a", "", holds: true, "", at: 0)
    #expect(states(book.acknowledge("a", "", at: 1)) == [.acknowledged])
    book.mute("a", "", until: 100)
    let steps = book.report("a", "", holds: false, "", at: 2)
    #expect(states(steps) == [.cleared, .inactive])
    #expect(steps.map(\.isMuted) == [true, true])
  }
}
