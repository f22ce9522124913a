/// Which rows of a scan hold a bunch.
public struct BunchSelection: Sendable, Equatable {
  /// What a row holds.
  public enum Content: Sendable, Equatable {
    /// A bunch that counts.
    case filled
    /// A bunch whose area is below the threshold.
    case weak
    /// Baseline and noise only.
    case vacant
    /// A constant row.
    case constant
    /// Too few finite samples.
    case unusable
  }

  /// One per row.
  public var contents: [Content]
  /// Baseline, noise and area per row; `nil` for constant and unusable rows.
  public var baselines: [ProfileBaseline?]
  /// The area that counts as typical: the median of the upper half of the candidates' areas; `nil` without candidates.
  public var typicalArea: Double?

  /// Rows that hold a bunch, ascending.
  public var filledRows: [Int] { contents.indices.filter { contents[$0] == .filled } }

  /// Median signal over noise of the filled rows; 0 when there are none.
  public var medianSignalToNoise: Double {
    var values = filledRows.compactMap { baselines[$0]?.signalToNoise }
    return values.isEmpty ? 0 : median(of: &values)
  }

  /// Selects the rows of a scan.
  ///
  /// A row is a candidate when two neighbouring samples stand six noise sigmas above its baseline (and the row is more than
  /// an inclined baseline), and filled when its area also reaches `threshold` times the typical area. The typical area is a median, so that one spike or one overlarge
  /// row does not hide the others.
  ///
  /// - Parameters:
  ///   - rows: the profiles of one photomultiplier.
  ///   - threshold: share of the typical area, 0 to 1.
  ///   - forced: rows that are taken as filled whatever they hold; `nil` lets the data decide.
  public init(_ rows: [ProfileSamples], threshold: Double, forced: Set<Int>? = nil) {
    let baselines = rows.map { $0.isUsable ? ProfileBaseline($0) : nil }
    self.baselines = baselines
    // The noise is that of a photomultiplier: a row's own estimate, good to some 10 %, gives way to the scan's unless the
    // row is really different.
    var noises = baselines.compactMap { $0?.noise }
    let common = noises.count >= 5 ? median(of: &noises) : nil
    func isCandidate(_ row: Int) -> Bool {
      guard let baseline = baselines[row] else { return false }
      guard let common, (0.67...1.5).contains(baseline.noise / common) else { return baseline.isCandidate }
      return baseline.isCandidate(noise: common)
    }
    let candidates = baselines.indices.filter(isCandidate)
    let areas = candidates.compactMap { baselines[$0]?.area }.sorted(by: >)
    var upperHalf = Array(areas.prefix((areas.count + 1) / 2))
    let typical = areas.isEmpty ? nil : median(of: &upperHalf)
    typicalArea = typical
    contents = rows.indices.map { row in
      guard rows[row].isUsable else { return .unusable }
      guard let baseline = baselines[row] else { return .constant }
      if let forced { return forced.contains(row) ? .filled : .vacant }
      guard isCandidate(row), let typical else { return .vacant }
      return baseline.area >= threshold * typical ? .filled : .weak
    }
  }

  /// The selections of several photomultipliers of one scan.
  ///
  /// - Returns: position of the photomultiplier with the largest median signal over noise among those that do not saturate
  ///   (of all when every one does), and the ratio of the runner-up to it, 0 when there is none.
  static func bestChannel(_ selections: [BunchSelection], saturated: [Bool]) -> (channel: Int, runnerUp: Double) {
    let open = selections.indices.filter { !saturated[$0] }
    let choice = open.isEmpty ? Array(selections.indices) : open
    let ranked = choice.sorted {
      (selections[$0].medianSignalToNoise, $1) > (selections[$1].medianSignalToNoise, $0)
    }
    guard let best = ranked.first else { return (0, 0) }
    let top = selections[best].medianSignalToNoise
    let second = ranked.dropFirst().first.map { selections[$0].medianSignalToNoise } ?? 0
    return (best, top > 0 ? second / top : 0)
  }
}
