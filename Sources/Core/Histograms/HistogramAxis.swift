import Foundation

/// One axis of a histogram: how values are sorted into bins.
///
/// Bins are half open, `[lower, upper)`; values below and above go to the flow bins, NaN is counted apart.
public struct HistogramAxis: Sendable, Equatable {
  /// What is counted, for example `charge`.
  public var name: String
  /// Its unit; `nil` for a pure number.
  public var unit: String?
  /// How values are sorted.
  public let kind: Kind

  /// How values are sorted into bins.
  public enum Kind: Sendable, Equatable {
    /// Bins of equal width.
    case regular(count: Int, lower: Double, upper: Double)
    /// Bins of equal ratio, between positive edges.
    case logarithmic(count: Int, lower: Double, upper: Double)
    /// Bins between growing edges.
    case variable(edges: [Double])
    /// Named bins: the value is the position of the name.
    case category(names: [String])
  }

  /// An axis with bins of equal width; `nil` unless `count` is positive and `lower < upper`, both finite.
  public static func regular(_ count: Int, _ lower: Double, _ upper: Double, name: String = "", unit: String? = nil)
    -> HistogramAxis?
  {
    guard count > 0, lower < upper, (upper - lower).isFinite else { return nil }
    return HistogramAxis(name: name, unit: unit, kind: .regular(count: count, lower: lower, upper: upper))
  }

  /// An axis with bins of equal ratio; `nil` unless `count` is positive and `0 < lower < upper`, both finite.
  public static func logarithmic(_ count: Int, _ lower: Double, _ upper: Double, name: String = "", unit: String? = nil)
    -> HistogramAxis?
  {
    guard count > 0, lower > 0, lower < upper, upper.isFinite else { return nil }
    return HistogramAxis(name: name, unit: unit, kind: .logarithmic(count: count, lower: lower, upper: upper))
  }

  /// An axis with these edges; `nil` unless there are at least two, finite and growing.
  public static func variable(_ edges: [Double], name: String = "", unit: String? = nil) -> HistogramAxis? {
    guard edges.count > 1, edges.allSatisfy(\.isFinite), zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
      return nil
    }
    return HistogramAxis(name: name, unit: unit, kind: .variable(edges: edges))
  }

  /// An axis with named bins; `nil` when there is no name or one comes twice.
  public static func category(_ names: [String], name: String = "") -> HistogramAxis? {
    guard !names.isEmpty, Set(names).count == names.count else { return nil }
    return HistogramAxis(name: name, unit: nil, kind: .category(names: names))
  }

  private init(name: String, unit: String?, kind: Kind) {
    (self.name, self.unit, self.kind) = (name, unit, kind)
  }

  /// Number of bins without the flow bins.
  public var count: Int {
    switch kind {
    case .regular(let count, _, _), .logarithmic(let count, _, _): count
    case .variable(let edges): edges.count - 1
    case .category(let names): names.count
    }
  }

  /// The edges of the bins, one more than bins; those of named bins are -½, ½, 1½ and so on.
  public var edges: [Double] {
    switch kind {
    case .regular(let count, let lower, let upper):
      return (0...count).map { $0 == count ? upper : lower + (upper - lower) * (Double($0) / Double(count)) }
    case .logarithmic(let count, let lower, let upper):
      return (0...count).map {
        $0 == 0 ? lower : $0 == count ? upper : lower * pow(upper / lower, Double($0) / Double(count))
      }
    case .variable(let edges): return edges
    case .category(let names): return (0...names.count).map { Double($0) - 0.5 }
    }
  }

  /// The middles of the bins (of the logarithms on a logarithmic axis).
  public var centres: [Double] {
    let edges = self.edges
    let isLogarithmic = if case .logarithmic = kind { true } else { false }
    return zip(edges, edges.dropFirst()).map { isLogarithmic ? ($0 * $1).squareRoot() : ($0 + $1) / 2 }
  }

  /// The bin of a value: 0 below the first, 1…`count` inside, `count + 1` above; `nil` for NaN.
  ///
  /// A value at an edge belongs to the bin above it: exactly so for `variable` and `category`, within the rounding of
  /// `count · (value − lower) / (upper − lower)`, or of the logarithms, for the others.
  public func bin(of value: Double) -> Int? {
    guard !value.isNaN else { return nil }
    switch kind {
    case .regular(let count, let lower, let upper):
      guard value >= lower else { return 0 }
      guard value < upper else { return count + 1 }
      return min(Int((value - lower) * (Double(count) / (upper - lower))), count - 1) + 1
    case .logarithmic(let count, let lower, let upper):
      guard value >= lower else { return 0 }
      guard value < upper else { return count + 1 }
      return min(Int(log(value / lower) * (Double(count) / log(upper / lower))), count - 1) + 1
    case .variable(let edges):
      // Number of edges not above the value.
      var (low, high) = (0, edges.count)
      while low < high {
        let middle = (low + high) / 2
        if edges[middle] <= value { low = middle + 1 } else { high = middle }
      }
      return low
    case .category(let names):
      guard value >= 0 else { return 0 }
      return value < Double(names.count) ? Int(value) + 1 : names.count + 1
    }
  }

  /// The position of a name on an axis with named bins, to fill with; `nil` for other axes and unknown names.
  public func position(of name: String) -> Double? {
    guard case .category(let names) = kind else { return nil }
    return names.firstIndex(of: name).map(Double.init)
  }
}
