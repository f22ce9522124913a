/// How an alarm behaves.
public struct AlarmRule: Sendable, Hashable {
  /// How long its condition must hold before it is active, in ms.
  public var delayOn = 0
  /// How long its condition must be gone before it is cleared, in ms.
  public var delayOff = 0
  /// Whether it stays until somebody acknowledges it.
  public var isLatching = false
  /// Whether it is switched off in the configuration.
  public var isDisabled = false

  /// An alarm that is active as soon as its condition holds.
  public init() {}
}

/// Where an alarm stands.
public enum AlarmState: String, Sendable, Hashable {
  /// Its condition does not hold.
  case inactive
  /// It holds and nobody has said that he knows.
  case active
  /// Somebody knows.
  case acknowledged
  /// It is over; a latching alarm waits here for somebody to take note.
  case cleared
}

/// One step in the life of an alarm.
public struct AlarmTransition: Sendable, Hashable {
  /// Name and place, for example `hv.trip` and `0.2`.
  public var name: String
  /// The channel or device; empty for the whole.
  public var place: String
  /// Where it was.
  public var from: AlarmState
  /// Where it is.
  public var to: AlarmState
  /// What there is to say.
  public var text: String
  /// Whether it is muted: sinks stay silent.
  public var isMuted: Bool
}

/// All alarms and their life (inactive, active, acknowledged, cleared), as a pure value to which time is given.
public struct AlarmBook: Sendable {
  /// An alarm that is or was there.
  public struct Entry: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its place.
    public var place: String
    /// Where it stands.
    public var state = AlarmState.inactive
    /// What there is to say.
    public var text = ""
    /// Since when, in ms.
    public var since = 0
    /// Until when it is muted, in ms.
    public var mutedUntil: Int?
    var holds = false
    var changedAt = 0
  }

  /// Rules by name; others behave as `AlarmRule()`.
  public var rules: [String: AlarmRule]
  private var entries: [String: Entry] = [:]

  /// A book.
  public init(rules: [String: AlarmRule] = [:]) { self.rules = rules }

  /// The alarms that are not inactive, by name and place.
  public var current: [Entry] {
    entries.values.filter { $0.state != .inactive }.sorted { ($0.name, $0.place) < ($1.name, $1.place) }
  }

  /// Takes the state of a condition.
  ///
  /// - Returns: the steps that follow.
  public mutating func report(
    _ name: String, _ place: String, holds: Bool, _ text: String, at now: Int
  ) -> [AlarmTransition] {
    guard rules[name]?.isDisabled != true else { return [] }
    let key = "\(name) \(place)"
    if entries[key] == nil {
      guard holds else { return [] }
      entries[key] = Entry(name: name, place: place)
      entries[key]?.changedAt = now
    }
    if entries[key]?.holds != holds {
      entries[key]?.holds = holds
      entries[key]?.changedAt = now
    }
    if holds { entries[key]?.text = text }
    return advance(key, at: now)
  }

  /// Lets time pass.
  public mutating func tick(at now: Int) -> [AlarmTransition] {
    entries.keys.sorted().flatMap { advance($0, at: now) }
  }

  /// Somebody takes note of an alarm.
  public mutating func acknowledge(_ name: String, _ place: String, at now: Int) -> [AlarmTransition] {
    let key = "\(name) \(place)"
    switch entries[key]?.state {
    case .active: return [move(key, to: .acknowledged, now)].compactMap { $0 }
    case .cleared: return [move(key, to: .inactive, now)].compactMap { $0 }
    default: return []
    }
  }

  /// Silences an alarm until a time.
  public mutating func mute(_ name: String, _ place: String, until end: Int) {
    let key = "\(name) \(place)"
    if entries[key] == nil { entries[key] = Entry(name: name, place: place) }
    entries[key]?.mutedUntil = end
  }

  private mutating func advance(_ key: String, at now: Int) -> [AlarmTransition] {
    guard let entry = entries[key] else { return [] }
    let rule = rules[entry.name] ?? AlarmRule()
    let age = now - entry.changedAt
    var steps: [AlarmTransition?] = []
    switch entry.state {
    case .inactive, .cleared:
      if entry.holds, age >= rule.delayOn { steps.append(move(key, to: .active, now)) }
    case .active:
      guard !entry.holds, age >= rule.delayOff else { break }
      steps.append(move(key, to: .cleared, now))
      if !rule.isLatching { steps.append(move(key, to: .inactive, now)) }
    case .acknowledged:
      guard !entry.holds, age >= rule.delayOff else { break }
      steps.append(move(key, to: .cleared, now))
      steps.append(move(key, to: .inactive, now))
    }
    return steps.compactMap { $0 }
  }

  private mutating func move(_ key: String, to state: AlarmState, _ now: Int) -> AlarmTransition? {
    guard let entry = entries[key] else { return nil }
    entries[key]?.state = state
    entries[key]?.since = now
    let isMuted = entry.mutedUntil.map { $0 > now } ?? false
    return AlarmTransition(
      name: entry.name, place: entry.place, from: entry.state, to: state, text: entry.text, isMuted: isMuted)
  }
}
