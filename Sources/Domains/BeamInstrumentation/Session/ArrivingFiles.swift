/// Which files of a folder that is being filled are whole: told from their sizes over time, without waiting and without a
/// clock of its own, so that tests need no sleep.
///
/// A file counts once its size and its time of change have stood still for `settling`. A file that then turns out not to open may still be
/// growing in bursts: it is handed out again after `settling` until it has not changed for `patience`; only then is it called damaged.
public struct ArrivingFiles: Sendable {
  /// What a folder's listing says about a file.
  public struct Listing: Sendable, Equatable {
    /// Name of the file.
    public var name: String
    /// Bytes.
    public var size: Int
    /// Time of the last change in ns, by whatever clock; only compared.
    public var changed: Int

    /// A file of a listing.
    public init(name: String, size: Int, changed: Int) {
      self.name = name
      self.size = size
      self.changed = changed
    }
  }

  /// How long a file must stand still.
  public var settling: Duration
  /// How long a file that does not open must stand still before it is called damaged.
  public var patience: Duration

  private struct Known: Sendable {
    var listing: Listing
    /// Since when it has been as it is.
    var since: Duration
    /// When it was last handed out; `nil` when not since it changed.
    var handedOut: Duration?
    /// Whether it is done with until it changes.
    var isSettled = false
  }

  private var known: [String: Known] = [:]

  /// No files yet.
  public init(settling: Duration = .seconds(2), patience: Duration = .seconds(60)) {
    self.settling = settling
    self.patience = patience
  }

  /// Takes a listing of the folder and gives the files that are to be analysed now, in the order of the listing.
  ///
  /// - Parameters:
  ///   - listing: the files there are.
  ///   - now: time since some fixed moment, never running backwards.
  ///   - isFirst: whether the files were there before anybody watched; those are handed out at once.
  public mutating func observe(_ listing: [Listing], at now: Duration, isFirst: Bool = false) -> [String] {
    var ready: [String] = []
    let names = Set(listing.map(\.name))
    for name in known.keys where !names.contains(name) { known[name] = nil }
    for file in listing {
      guard var entry = known[file.name], entry.listing == file else {
        known[file.name] = Known(listing: file, since: now, handedOut: isFirst ? now : nil)
        if isFirst { ready.append(file.name) }
        continue
      }
      guard !entry.isSettled, now - (entry.handedOut ?? entry.since) >= settling else { continue }
      entry.handedOut = now
      known[file.name] = entry
      ready.append(file.name)
    }
    return ready
  }

  /// Whether a file that did not open may be called damaged; otherwise it is handed out again later.
  public func isGivenUp(_ name: String, at now: Duration) -> Bool {
    guard let entry = known[name] else { return true }
    return now - entry.since >= patience
  }

  /// The file was analysed: it is not handed out again unless it changes.
  public mutating func settle(_ name: String) { known[name]?.isSettled = true }

  /// Files that are neither analysed nor given up.
  public var pending: [String] { known.filter { !$0.value.isSettled }.keys.sorted() }
}
