import Conditions
import Errors

/// Which number a channel had at which time: names move from channel to channel when supplies are replaced.
public struct ChannelMap: Sendable {
  /// A number that a name had from a time on.
  public struct Entry: Sendable, Hashable {
    /// From when on.
    public var since: ConditionsTime
    /// The number.
    public var id: Int64
  }

  /// What kind of names a map holds.
  public enum Kind: Sendable {
    /// Channels of power supplies, by cable: the last two components of the alias.
    case supplies
    /// Sensors, by the last component of the alias.
    case sensors

    /// What the database is asked for; the underscore and the case of letters are looked at again afterwards.
    var pattern: String { self == .supplies ? "CMS_TRACKER/%Pixel%/channel00%" : "%Pixel%" }
  }

  private var entries: [String: [Entry]] = [:]

  /// The map in a database as of a time; changes before are kept.
  ///
  /// - Throws: as `ConditionsDatabase.rows`.
  public init(_ conditions: PixelConditions, _ kind: Kind, until end: ConditionsTime) throws(CavernError) {
    let rows = try conditions.database.rows(conditions.tables.channelMap(like: kind.pattern, until: end))
    self.init(kind, aliases: rows.texts(0), ids: rows.integers(1), since: rows.times(2))
  }

  /// A map of rows of the database.
  init(_ kind: Kind, aliases: [String?], ids: [Int64?], since: [ConditionsTime?]) {
    for (row, alias) in aliases.enumerated() {
      guard let alias, let id = ids[row], let since = since[row], let name = Self.name(of: alias, kind) else {
        continue
      }
      let entry = Entry(since: since, id: id)
      if entries[name]?.contains(entry) == true { continue }
      entries[name, default: []].append(entry)
    }
    for name in entries.keys { entries[name]?.sort { ($0.since, $0.id) < ($1.since, $1.id) } }
  }

  /// The name a map keeps an alias under; `nil` for aliases of other things.
  ///
  /// LIKE takes letters of both cases in some
  /// databases and `_` for any character, so the form is looked at again here.
  static func name(of alias: String, _ kind: Kind) -> String? {
    let parts = alias.split(separator: "/", omittingEmptySubsequences: false)
    guard let last = parts.last else { return nil }
    switch kind {
    case .supplies:
      guard parts.count >= 3, parts[0] == "CMS_TRACKER", last.hasPrefix("channel00"), alias.contains("Pixel") else {
        return nil
      }
      return "\(parts[parts.count - 2])/\(last)"
    case .sensors: return last.contains("Pixel") ? String(last) : nil
    }
  }

  /// All names, in order.
  public var names: [String] { entries.keys.sorted() }

  /// All numbers that any name in `names` ever had, in order.
  public func ids(of names: some Sequence<String>) -> [Int64] {
    Set(names.flatMap { entries[$0]?.map(\.id) ?? [] }).sorted()
  }

  /// The numbers a name had at a time: one, or several when the database holds several for the same moment; none before the
  /// first.
  public func ids(of name: String, at time: ConditionsTime) -> [Int64] {
    guard let list = entries[name], let newest = list.last(where: { $0.since <= time }) else { return [] }
    return list.filter { $0.since == newest.since }.map(\.id)
  }

  /// A number that a name had for some time.
  struct Tenure: Sendable, Equatable {
    /// From when on; without limit for the first number of a name, as nothing else was called so before.
    var from: ConditionsTime
    /// Until when.
    var to: ConditionsTime
    /// When it was written down: before that nothing is known of the name.
    var since: ConditionsTime
    /// The number.
    var id: Int64
  }

  /// The numbers a name had one after the other.
  func tenures(of name: String) -> [Tenure] {
    let list = entries[name] ?? []
    return list.map { entry in
      let next = list.first { $0.since > entry.since }?.since
      return Tenure(
        from: entry.since == list[0].since ? ConditionsTime(microseconds: .min) : entry.since,
        to: next ?? ConditionsTime(microseconds: .max), since: entry.since, id: entry.id)
    }
  }

  /// Whether a name changed its number in a period.
  public func changes(_ name: String, after begin: ConditionsTime, until end: ConditionsTime) -> Bool {
    ids(of: name, at: begin) != ids(of: name, at: end)
  }
}
