import Conditions

/// One bin of time.
public struct HaloBin: Sendable, Equatable {
  /// What a bin stands for.
  public enum Kind: String, Sendable {
    /// A lumisection.
    case lumisection
    /// A stretch where lumisections are missing.
    case filler
    /// Before the first or after the last lumisection.
    case outside
    /// A bin of fixed width.
    case fixed
  }

  /// Start in milliseconds.
  public var start: Double
  /// End in milliseconds, not included.
  public var end: Double
  /// What it stands for.
  public var kind: Kind
  /// Delivered luminosity in µb⁻¹; nil without lumisections.
  public var delivered: Double?
  /// Beam mode: one of `STABLE BEAMS`, `ADJUST`, `SQUEEZE`, `FLAT TOP`, `OTHER`.
  public var status: String?
  /// CMS run of the lumisection.
  public var run: Int?
  /// LHC fill of the lumisection.
  public var fill: Int?
  /// Number of the lumisection.
  public var lumisection: Int?

  /// Width in milliseconds.
  public var width: Double { end - start }

  /// A bin of a kind.
  init(_ start: Double, _ end: Double, _ kind: Kind) {
    self.start = start
    self.end = end
    self.kind = kind
  }

  static let statuses: Set<String> = ["STABLE BEAMS", "ADJUST", "SQUEEZE", "FLAT TOP"]

  /// The bins of lumisections in order of time; the last ends 262144 orbits after its start.
  ///
  /// Where the next start is more than
  /// 25 s away, bins of 23.5 s without luminosity fill the hole.
  public static func lumisections(_ sections: [Lumisection]) -> [HaloBin] {
    var bins: [HaloBin] = []
    var seen: Set<Double> = []
    let unique = sections.filter { seen.insert($0.startMilliseconds).inserted }
    for (index, section) in unique.enumerated() {
      var bin = HaloBin(section.startMilliseconds, 0, .lumisection)
      bin.delivered = section.delivered
      bin.status = statuses.contains(section.beamStatus) ? section.beamStatus : "OTHER"
      bin.run = section.run
      bin.fill = section.fill
      bin.lumisection = section.number
      guard index + 1 < unique.count else {
        // To the microsecond, far below what an orbit tells.
        let end = section.startMilliseconds + HaloTime.lumisectionMilliseconds
        bin.end = (end * 1000).rounded() / 1000
        bins.append(bin)
        break
      }
      let next = unique[index + 1].startMilliseconds
      guard next - section.startMilliseconds > HaloTime.gapMilliseconds else {
        bin.end = next
        bins.append(bin)
        continue
      }
      bin.end = min(section.startMilliseconds + HaloTime.fillerMilliseconds, next)
      bins.append(bin)
      var start = bin.end
      // A hole of more than a day holds no data of interest; it is one bin.
      let step = next - start > 86_400_000 ? next - start : HaloTime.fillerMilliseconds
      var number = 1.0
      while start < next {
        let end = step > 86_400_000 ? next : min(section.startMilliseconds + (number + 1) * step, next)
        var filler = HaloBin(start, end, .filler)
        filler.delivered = 0
        filler.status = "OTHER"
        bins.append(filler)
        start = end
        number += 1
      }
    }
    return bins
  }

  /// Bins of a width from `start` on that reach beyond `last`; at most a million, of which the last takes the rest.
  ///
  /// The last one keeps its full width: it was live to its end as far as the data tell.
  public static func fixed(from start: Double, through last: Double, width: Double, kind: Kind = .fixed) -> [HaloBin] {
    guard start.isFinite, last.isFinite, width > 0, last >= start else { return [] }
    let count = min(Int(min((last - start) / width, 1e6)) + 1, most)
    var bins = (0..<count).map { HaloBin(start + Double($0) * width, start + Double($0 + 1) * width, kind) }
    if count == most, bins[count - 1].end <= last { bins[count - 1].end = last + width }
    return bins
  }

  /// Most bins of fixed width.
  public static let most = 1_000_000
}
