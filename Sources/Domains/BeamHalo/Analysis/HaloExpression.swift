import Errors

/// A condition on hits, for example `5 <= tdc < 8 and adc > 150 and side == '+Z'`.
///
/// Comparisons `== != < <= > >=`, also chained, `in [..]` and `not in [..]`, joined by `and or not` (or `& | ~`, of the same
/// rank) and parentheses. It is a tree of these and nothing else: no name is looked up, no text is run.
public struct HaloExpression: Sendable {
  /// What a hit is asked for.
  public enum Variable: String, Sendable, CaseIterable {
    case bx, tdc, ch, orbit, run, adc, charge, time, ls, side
    /// By the filling scheme: 1 where the incoming beam has a bunch, and where both beams have one.
    case filled, colliding
    /// By the filling scheme: place of the bunch in its train, from 0; -1 where there is none.
    case train
    /// 1 in the gap in which the beam is dumped, slots 3445 to 3563.
    case abortGap = "abort_gap"
    /// The second time.
    case secondTdc = "tdc_2"
    /// The name of the channel.
    case channelName = "ch_name"
    /// The peak code.
    case peakAmplitude = "peak_ampl"

    /// Whether it is a text.
    var isText: Bool { self == .side || self == .channelName }
    /// Whether it asks for the filling scheme.
    var needsFilling: Bool { self == .filled || self == .colliding || self == .train }
  }

  /// One side of a comparison.
  indirect enum Operand: Sendable, Equatable {
    case variable(Variable)
    case number(Double)
    case text(String)

    var isText: Bool {
      switch self {
      case .variable(let variable): variable.isText
      case .number: false
      case .text: true
      }
    }
  }

  /// How two values are compared.
  enum Comparison: String, Sendable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
      switch self {
      case .equal: left == right
      case .notEqual: left != right
      case .lessOrEqual: left <= right
      case .greaterOrEqual: left >= right
      case .less: left < right
      case .greater: left > right
      }
    }
  }

  /// A node of the tree.
  indirect enum Node: Sendable, Equatable {
    case comparison(Operand, Comparison, Operand)
    case membership(Operand, [Operand])
    case all([Node])
    case any([Node])
    case not(Node)
  }

  /// The text it was made from.
  public let text: String
  let root: Node
  /// Whether it asks for `time` or `ls`, so that a clock is needed.
  public let usesTime: Bool
  /// Whether it asks for `filled`, `colliding` or `train`, so that a filling scheme is needed.
  public let usesFilling: Bool

  /// Takes a text apart.
  ///
  /// - Throws: `halo.badExpression` with the column, what was expected and the nearest names.
  public init(parsing text: String) throws(CavernError) {
    var parser = HaloExpressionParser(text)
    root = try parser.whole()
    self.text = text
    usesTime = parser.usesTime
    usesFilling = parser.usesFilling
  }

  /// What a hit answers.
  struct Hit {
    var hits: HaloHits
    var side: HaloSide
    var detector: HaloDetector
    var timeline: HaloTimeline?
    var bins: [HaloBin]
    var filling: HaloFillingScheme?

    /// A number of a hit; NaN where there is none.
    func number(_ variable: Variable, _ hit: Int) -> Double {
      switch variable {
      case .bx: Double(hits.bunchSlot[hit])
      case .tdc: Double(hits.tdc[hit])
      case .secondTdc: Double(hits.secondTdc[hit])
      case .ch: Double(10 * Int(hits.fibre[hit]) + Int(hits.channel[hit]))
      case .orbit: Double(hits.orbit[hit])
      case .run: Double(hits.run[hit])
      case .adc, .peakAmplitude: Double(hits.peak[hit])
      case .charge: detector.charge[Int(hits.peak[hit])]
      case .time: timeline.map { $0.milliseconds(hits.orbit[hit]) / 1000 } ?? .nan
      case .ls: section(hit)
      case .filled: filling.map { $0.isFilled(slot(hit), side) ? 1 : 0 } ?? .nan
      case .colliding: filling.map { $0.isColliding(slot(hit)) ? 1 : 0 } ?? .nan
      case .train: filling.map { Double($0.trainPlace(slot(hit), side)) } ?? .nan
      case .abortGap: HaloBunches.abortGap.contains(slot(hit)) ? 1 : 0
      case .side, .channelName: .nan
      }
    }

    /// A text of a hit; empty where there is none.
    func text(_ variable: Variable, _ hit: Int) -> String {
      if variable == .side { return side.label }
      let index = detector.index(fibre: hits.fibre[hit], channel: hits.channel[hit], side: side)
      return index < 40 ? detector.channels[Int(index)].name : ""
    }

    private func slot(_ hit: Int) -> Int { Int(hits.bunchSlot[hit]) }

    private func section(_ hit: Int) -> Double {
      guard let timeline, !bins.isEmpty else { return .nan }
      let time = timeline.milliseconds(hits.orbit[hit])
      var low = 0
      var high = bins.count
      while low < high {
        let middle = (low + high) / 2
        if bins[middle].start <= time { low = middle + 1 } else { high = middle }
      }
      guard low > 0, time < bins[low - 1].end else { return .nan }
      return bins[low - 1].lumisection.map(Double.init) ?? .nan
    }
  }

  /// Whether it holds for a hit.
  func holds(_ view: Hit, _ hit: Int) -> Bool { Self.holds(root, view, hit) }

  private static func holds(_ node: Node, _ view: Hit, _ hit: Int) -> Bool {
    switch node {
    case .comparison(let left, let comparison, let right):
      if left.isText { return comparison.holds(text(left, view, hit), text(right, view, hit)) }
      return comparison.holds(number(left, view, hit), number(right, view, hit))
    case .membership(let operand, let list):
      if operand.isText {
        let value = text(operand, view, hit)
        return list.contains { $0 == .text(value) }
      }
      let value = number(operand, view, hit)
      return list.contains { $0 == .number(value) }
    case .all(let nodes): return nodes.allSatisfy { holds($0, view, hit) }
    case .any(let nodes): return nodes.contains { holds($0, view, hit) }
    case .not(let inner): return !holds(inner, view, hit)
    }
  }

  private static func number(_ operand: Operand, _ view: Hit, _ hit: Int) -> Double {
    switch operand {
    case .variable(let variable): view.number(variable, hit)
    case .number(let value): value
    case .text: .nan
    }
  }

  private static func text(_ operand: Operand, _ view: Hit, _ hit: Int) -> String {
    switch operand {
    case .variable(let variable): view.text(variable, hit)
    case .number: ""
    case .text(let value): value
    }
  }
}

extension HaloAnalysis {
  /// Clean hits of the chosen runs for which a condition holds.
  public struct ExpressionCounts: Sendable, Equatable {
    /// By channel.
    public var byChannel = [Int](repeating: 0, count: 40)
    /// Of addresses that are no channels.
    public var unmapped = 0
    /// All.
    public var total: Int { byChannel.reduce(0, +) + unmapped }
  }

  /// Counts the hits for which a condition holds.
  ///
  /// - Parameters:
  ///   - timeline: the clock, for `time` (seconds since 1970, or since the reference orbit).
  ///   - bins: lumisections, for `ls`.
  public func count(
    _ expression: HaloExpression, timeline: HaloTimeline? = nil, bins: [HaloBin] = []
  ) throws(CavernError) -> ExpressionCounts {
    var counts = ExpressionCounts()
    for (data, clean) in zip(capture.sides, self.clean) {
      let view = HaloExpression.Hit(
        hits: data.hits, side: data.side, detector: detector, timeline: timeline, bins: bins,
        filling: options.filling)
      for hit in 0..<data.hits.count {
        let place = clean.place[hit]
        guard place != HaloClean.cut, options.runs.contains(data.hits.run[hit]), expression.holds(view, hit) else {
          continue
        }
        if place < 40 { counts.byChannel[Int(place)] += 1 } else { counts.unmapped += 1 }
      }
    }
    return counts
  }

  /// The times of the clean hits of a side for which a condition holds, in milliseconds.
  public func times(
    _ expression: HaloExpression, side: HaloSide, timeline: HaloTimeline, bins: [HaloBin] = []
  ) -> [Double] {
    guard let place = capture.sides.firstIndex(where: { $0.side == side }) else { return [] }
    let data = capture.sides[place]
    let view = HaloExpression.Hit(
      hits: data.hits, side: side, detector: detector, timeline: timeline, bins: bins, filling: options.filling)
    return (0..<data.hits.count).filter { hit in
      clean[place].place[hit] != HaloClean.cut && options.runs.contains(data.hits.run[hit])
        && expression.holds(view, hit)
    }.map { timeline.milliseconds(data.hits.orbit[$0]) }
  }
}
