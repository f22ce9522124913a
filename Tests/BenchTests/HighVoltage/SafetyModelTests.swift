import Instruments
import TestSupport
import Testing

@testable import Bench

@Suite("The broker, explored whole")
struct SafetyModelTests {
  /// Explores breadth-first; returns how many different worlds there are at each depth.
  private func explore(depth: Int) throws -> [Int] {
    var seen: Set<SafetyWorld> = [SafetyWorld()]
    var front = Array(seen)
    var counts = [1]
    for _ in 0..<depth {
      var next: [SafetyWorld] = []
      for world in front {
        for action in world.actions {
          let after = world.after(action)
          if let violation = after.violations.first {
            Issue.record("after \(action): \(violation)")
            return counts
          }
          if seen.insert(after).inserted { next.append(after) }
        }
      }
      counts.append(next.count)
      front = next
    }
    return counts
  }

  @Test(
    "two clients, trips, lost replies, disconnects, restarts and a full disk, to depth 6: no limit, step or latch is passed, no SET goes out without an intent, and no answer is untrue"
  )
  func exhaustive() throws {
    let counts = try explore(depth: 6)
    print("worlds by depth: \(counts)")
    // The exploration is worth something only when it gets somewhere.
    #expect(counts.count == 7 && counts[6] > 1000)
  }

  @Test("the exploration finds a fault when one is built in")
  func notBlind() {
    var world = SafetyWorld()
    world = world.after(.ask(client: 1, channel: 0, .up))
    // A broker that forgot its intents would be found.
    world.intents = []
    #expect(world.after(.send(.done)).violations.first?.hasPrefix("a SET without an intent") == true)
    // So would one that raises a latched channel.
    world = SafetyWorld().after(.ask(client: 1, channel: 0, .up))
    world.latches[HVChannel(channel: 0)] = "tripped"
    #expect(world.after(.send(.done)).violations.first?.hasPrefix("raising a latched channel") == true)
  }

  @Test("long random walks keep the same promises")
  func walks() {
    var random = RandomWalk(seed: 7)
    for _ in 0..<300 {
      var world = SafetyWorld()
      for _ in 0..<60 {
        let actions = world.actions
        let action = actions[random.below(actions.count)]
        world = world.after(action)
        #expect(world.violations.isEmpty, "\(action)")
        guard world.violations.isEmpty else { return }
      }
    }
  }

  @Test("a trip between question and SET takes the SET out of the queue")
  func overtaken() {
    var world = SafetyWorld()
    for action: SafetyWorld.Action in [
      .ask(client: 1, channel: 0, .up), .send(.done), .ask(client: 1, channel: 0, .on), .send(.done),
    ] {
      world = world.after(action)
    }
    #expect(world.channels[0].isOn)
    world = world.after(.ask(client: 1, channel: 0, .up))
    #expect(world.queue.count == 1)
    for action: SafetyWorld.Action in [.trip(0), .poll, .poll] { world = world.after(action) }
    // What is left is the safe reaction.
    #expect(world.queue.allSatisfy { $0.operation < 0 })
    #expect(world.core.channels[HVChannel(channel: 0)]?.latch != nil)
    for _ in 0..<4 { world = world.after(.send(.done)) }
    #expect(world.channels[0] == SafetyWorld.Channel(voltageSet: 0, currentSet: 1, isOn: false, isTripped: true))
  }

  @Test("a latch outlives a restart, and only a person's clear drops it")
  func restart() {
    var world = SafetyWorld()
    for action: SafetyWorld.Action in [
      .ask(client: 1, channel: 0, .up), .send(.done), .ask(client: 1, channel: 0, .on), .send(.done), .trip(0), .poll,
      .poll,
      .restart,
    ] { world = world.after(action) }
    #expect(world.core.channels[HVChannel(channel: 0)]?.latch != nil)
    world = world.after(.ask(client: 1, channel: 0, .on))
    #expect(world.queue.isEmpty && !world.busy.contains(1))
    world = world.after(.ask(client: 1, channel: 0, .clear))
    for _ in 0..<4 { world = world.after(.send(.done)) }
    #expect(world.latches.isEmpty)
    #expect(!world.channels[0].isOn)
    world = world.after(.ask(client: 1, channel: 0, .on)).after(.send(.done))
    #expect(world.channels[0].isOn)
    #expect(world.violations.isEmpty)
  }
}

/// A small generator for repeatable walks (SplitMix64).
struct RandomWalk {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
}
