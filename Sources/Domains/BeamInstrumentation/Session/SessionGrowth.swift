import JSON
import Results

/// Emittance growth along the cycle: a straight line through the mean emittances of a session's files.
public struct SessionGrowth: Sendable, Equatable {
  /// Device.
  public var device: String
  /// Plane.
  public var plane: Plane
  /// Direction.
  public var scan: ScanDirection
  /// Timing user.
  public var selector: String?
  /// Scans that the line goes through.
  public var count: Int
  /// First and last scan time in s of cycle time.
  public var range: ClosedRange<Double>
  /// Emittance in µm against cycle time in s, weighted by the standard errors of the means.
  public var line: StraightLine

  /// Growth in nm/s with its error; the error grows by √(χ²/dof) where the points scatter more than their errors say.
  public var rate: MeasuredValue {
    let excess = line.degreesOfFreedom > 0 ? line.chiSquare / Double(line.degreesOfFreedom) : 1
    return MeasuredValue(line.slope * 1e3, statistical: line.slopeError * 1e3 * max(1, excess).squareRoot())
  }

  /// The record in the outputs.
  public var json: JSONValue {
    [
      "device": .string(device), "plane": .string(plane.rawValue), "scan": .string(scan.rawValue),
      "selector": .optional(selector), "n": .integer(count), "from_s": .number(range.lowerBound),
      "to_s": .number(range.upperBound), "rate_um_per_s": .number(line.slope),
      "standardError": .number(line.slopeError),
      "emittanceAtCycleStart_um": .number(line.intercept),
      "emittanceAtCycleStartError_um": .number(line.interceptError),
      "chiSquare": .number(line.chiSquare), "degreesOfFreedom": .integer(line.degreesOfFreedom),
    ]
  }
}

/// Outgoing over incoming emittances of a device over a session: above 1 where the wire blows up the beam.
public struct SessionInOut: Sendable, Equatable {
  /// Device.
  public var device: String
  /// Plane.
  public var plane: Plane
  /// Files with both scans: moment, ratio, its error, file.
  public var ratios: [(time: AcquisitionTime?, ratio: Double, error: Double, file: String)]
  /// Weighted mean of the ratios and its error.
  public var mean: MeasuredValue

  /// Equal when all numbers are.
  public static func == (left: SessionInOut, right: SessionInOut) -> Bool { left.json == right.json }

  /// The record in the outputs.
  public var json: JSONValue {
    [
      "device": .string(device), "plane": .string(plane.rawValue), "n": .integer(ratios.count),
      "meanOutOverIn": .number(mean.value), "standardError": .optional(mean.statistical),
    ]
  }
}

extension Session {
  /// Growth rates, one per device, scan and timing user with at least three scans at different times in the cycle.
  public var growth: [SessionGrowth] {
    let scans = wireScans.scans.map(\.scan).filter {
      $0.cycleTime != nil && $0.meanEmittance != nil && ($0.standardError ?? 0) > 0
    }
    var keys: [String] = []
    var groups: [String: [WireScanSession.Scan]] = [:]
    for scan in scans {
      let key = "\(scan.device) \(scan.scan.rawValue) \(scan.selector ?? "")"
      if groups[key] == nil { keys.append(key) }
      groups[key, default: []].append(scan)
    }
    return keys.sorted().compactMap { key in
      guard let group = groups[key], group.count >= 3, let first = group.first else { return nil }
      let times = group.compactMap(\.cycleTime)
      guard let low = times.min(), let high = times.max(), high > low,
        let line = StraightLine(
          x: times, y: group.compactMap(\.meanEmittance), errors: group.compactMap(\.standardError))
      else { return nil }
      return SessionGrowth(
        device: first.device, plane: first.plane, scan: first.scan, selector: first.selector, count: group.count,
        range: low...high, line: line)
    }
  }

  /// Outgoing over incoming emittances, one per device.
  public var inOut: [SessionInOut] {
    var order: [String] = []
    var found: [String: (plane: Plane, ratios: [(AcquisitionTime?, Double, Double, String)])] = [:]
    for (entry, content) in contents(WireScanContent.self) {
      for first in content.scans where first.scan == .inward {
        guard
          let second = content.scans.first(where: {
            $0.scan == .outward && $0.device == first.device && $0.acquisition == first.acquisition
          })
        else { continue }
        let pairs = Self.ratios(first, second)
        guard let mean = Moments.mean(pairs), let deviation = Moments.populationDeviation(pairs), pairs.count > 1 else {
          continue
        }
        if found[first.device] == nil { order.append(first.device) }
        found[first.device, default: (first.plane, [])].ratios.append(
          (first.time, mean, deviation / Double(pairs.count - 1).squareRoot(), entry.file))
      }
    }
    return order.sorted().compactMap { device in
      guard let (plane, ratios) = found[device] else { return nil }
      let weights = ratios.map { $0.2 > 0 ? 1 / ($0.2 * $0.2) : 0 }
      let total = weights.reduce(0, +)
      guard total > 0 else { return nil }
      let mean = zip(weights, ratios).reduce(0) { $0 + $1.0 * $1.1.1 } / total
      return SessionInOut(
        device: device, plane: plane, ratios: ratios.map { ($0.0, $0.1, $0.2, $0.3) },
        mean: MeasuredValue(mean, statistical: (1 / total).squareRoot()))
    }
  }

  /// Outgoing over incoming emittance of the rows that count in both.
  private static func ratios(_ first: WireScanSession.Scan, _ second: WireScanSession.Scan) -> [Double] {
    let other = Dictionary(
      second.rows.indices.filter { second.counted[$0] }.map { (second.rows[$0], second.emittances[$0]) },
      uniquingKeysWith: { first, _ in first })
    return first.rows.indices.filter { first.counted[$0] }.compactMap { index in
      guard let value = other[first.rows[index]], value.isFinite, first.emittances[index] > 0 else { return nil }
      return value / first.emittances[index]
    }
  }
}
