import Errors
import Files
import JSON

/// Runs the same work over many items on the cores of this machine.
///
/// Outcomes reach the sink in the order of the input, whatever the number of threads; at most `window` items are being
/// worked on or waiting for their turn, so memory does not grow with the batch. An item that fails does not stop the
/// others. With a manifest, a run takes over what an earlier one did with the same input and settings, also when that
/// one was killed: an item's line is on the disk once the sink has returned, not before.
public struct BatchRunner: Sendable {
  /// Number of items worked on at the same time, at least 1.
  public var threads: Int
  /// Most items in flight (being worked on, or finished and waiting for an earlier one), at least `threads`.
  public var window: Int
  /// Do every item again, unchanged or not.
  public var force: Bool
  /// Stops the batch.
  public var cancellation: CancellationToken
  /// Time since some fixed moment, never running backwards; replaced in tests.
  public var now: @Sendable () -> Duration

  /// A runner.
  ///
  /// - Parameters:
  ///   - threads: by default the number of processors that may be used.
  ///   - window: by default four items a thread.
  public init(
    threads: Int? = nil, window: Int? = nil, force: Bool = false, cancellation: CancellationToken = CancellationToken(),
    now: (@Sendable () -> Duration)? = nil
  ) {
    self.threads = max(1, threads ?? Processors.available)
    self.window = max(self.threads, window ?? 4 * self.threads)
    self.force = force
    self.cancellation = cancellation
    let start = ContinuousClock.now
    self.now = now ?? { ContinuousClock.now - start }
  }

  /// Where a batch keeps its manifest and how it tells whether an item changed.
  public struct Resumption<Input: Sendable>: Sendable {
    /// Path of the manifest.
    public var path: String
    /// SHA-256 of the settings that shape the results, hexadecimal.
    public var settings: String
    /// SHA-256 of an item's input, hexadecimal; runs on the threads of the batch.
    public var hash: @Sendable (Input) throws(CavernError) -> String
    /// Whether what an earlier run wrote for the item is still there; by default taken for granted.
    public var isWhole: @Sendable (ManifestEntry) -> Bool

    /// A manifest at `path`.
    public init(
      path: String, settings: String, hash: @escaping @Sendable (Input) throws(CavernError) -> String,
      isWhole: @escaping @Sendable (ManifestEntry) -> Bool = { _ in true }
    ) {
      self.path = path
      self.settings = settings
      self.hash = hash
      self.isWhole = isWhole
    }
  }

  /// Runs `work` over the items.
  ///
  /// - Parameters:
  ///   - items: the batch; names must be unique.
  ///   - resumption: the manifest; `nil` for a batch that keeps none.
  ///   - progress: called on the calling thread after every item.
  ///   - sink: takes the outcomes in the order of the input, on the calling thread. What it throws stops the batch.
  ///   - work: runs on several threads at a time; what it throws becomes the outcome of the item.
  /// - Returns: how many items ended in which state.
  /// - Throws: `batch.duplicateKey`, faults of the manifest, and what the sink throws.
  public func run<Input, Product>(
    _ items: [BatchItem<Input>], resumption: Resumption<Input>? = nil,
    progress: (BatchProgress) -> Void = { _ in },
    sink: (BatchOutcome<Product>) throws(CavernError) -> Void,
    work: @escaping @Sendable (Input) throws(CavernError) -> BatchResult<Product>
  ) throws(CavernError) -> BatchSummary {
    try run(
      items, resumption: resumption, progress: progress, sink: sink,
      hashedWork: { (input, _) throws(CavernError) in try work(input) })
  }

  /// Runs `hashedWork`, which also takes the hash of its input, over the items; otherwise as `run(_:resumption:progress:sink:work:)`.
  ///
  /// - Parameter hashedWork: its second argument is what the resumption's `hash` gave, empty without a resumption.
  public func run<Input, Product>(
    _ items: [BatchItem<Input>], resumption: Resumption<Input>? = nil,
    progress: (BatchProgress) -> Void = { _ in },
    sink: (BatchOutcome<Product>) throws(CavernError) -> Void,
    hashedWork: @escaping @Sendable (Input, String) throws(CavernError) -> BatchResult<Product>
  ) throws(CavernError) -> BatchSummary {
    try Self.requireUniqueKeys(items)
    let file: ManifestFile? = if let resumption { try ManifestFile(path: resumption.path) } else { nil }
    let known = force ? Manifest() : file?.found ?? Manifest()
    let job: @Sendable (Int) -> Finished<Product> = { position in
      Self.finish(items[position], at: position, known: known.entry(items[position].key), resumption, hashedWork)
    }

    var summary = BatchSummary()
    summary.total = items.count
    summary.tornBytes = file?.found.tornBytes ?? 0
    summary.damagedLines = file?.found.damagedLines ?? 0
    let start = now()
    try deliver(count: items.count, job: job) { finished throws(CavernError) in
      let outcome = finished.outcome
      try sink(outcome)
      if let file, let entry = finished.entry { try file.append(entry) }
      summary.counts[outcome.state, default: 0] += 1
      summary.reused += outcome.reused ? 1 : 0
      progress(
        BatchProgress(
          done: outcome.position + 1, total: items.count, reused: summary.reused, elapsed: now() - start))
    }
    summary.cancelled = summary.delivered < items.count
    if !summary.cancelled { try file?.tidy(ordering: items.map(\.key)) }
    return summary
  }

  /// An outcome and, unless it was taken over, its line for the manifest.
  private struct Finished<Product: Sendable>: Sendable {
    var outcome: BatchOutcome<Product>
    var entry: ManifestEntry?
  }

  /// Does one item, or takes it over.
  private static func finish<Input, Product>(
    _ item: BatchItem<Input>, at position: Int, known: ManifestEntry?, _ resumption: Resumption<Input>?,
    _ work: (Input, String) throws(CavernError) -> BatchResult<Product>
  ) -> Finished<Product> {
    var outcome = BatchOutcome<Product>(
      position: position, key: item.key, state: .failed, record: .null, cause: nil, product: nil, reused: false)
    var input = ""
    do throws(CavernError) {
      if let resumption { input = try resumption.hash(item.input) }
      if let known, let resumption, known.isCurrent(input: input, settings: resumption.settings),
        resumption.isWhole(known)
      {
        (outcome.state, outcome.record, outcome.cause) = (known.state, known.record, known.cause)
        outcome.reused = true
        return Finished(outcome: outcome, entry: nil)
      }
      let result = try work(item.input, input)
      (outcome.state, outcome.record, outcome.cause) = (result.state, result.record, result.cause)
      outcome.product = result.product
    } catch {
      outcome.cause = error
    }
    let entry = resumption.map {
      ManifestEntry(
        key: item.key, input: input, settings: $0.settings, state: outcome.state, record: outcome.record,
        cause: outcome.cause)
    }
    return Finished(outcome: outcome, entry: entry)
  }

  private static func requireUniqueKeys<Input>(_ items: [BatchItem<Input>]) throws(CavernError) {
    var seen: Set<String> = []
    for item in items where !seen.insert(item.key).inserted {
      throw CavernError(
        "batch.duplicateKey", "'\(item.key)' is in the batch twice", exit: .usage,
        hint: "name every input once")
    }
  }
}
