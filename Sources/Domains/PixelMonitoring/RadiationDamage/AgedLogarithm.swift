import Foundation

/// The sum Σ wᵢ ln(θ − θᵢ) over a growing history, without visiting every step again.
///
/// Steps whose ages differ by less than a share of their age are put together with their first five moments; the logarithm
/// is expanded around the middle of such a group. The number of groups grows with the logarithm of the history, so that N
/// steps cost O(N log N). With the share of 0.2 the first term left out is below (0.1)⁵/5 = 2·10⁻⁶ of the weight of a
/// group.
struct AgedLogarithm {
  /// Steps put together.
  private struct Group {
    var first: Double
    var last: Double
    var weight: Double
    var centre: Double
    /// Second to fourth moments about the centre, which is the weighted mean: the first vanishes.
    var second: Double
    var third: Double
    var fourth: Double

    /// Both groups as one.
    func joined(_ other: Group) -> Group {
      let total = weight + other.weight
      let middle = (weight * centre + other.weight * other.centre) / total
      let (a, b) = (centre - middle, other.centre - middle)
      return Group(
        first: first, last: other.last, weight: total, centre: middle,
        second: second + weight * a * a + other.second + other.weight * b * b,
        third: third + 3 * a * second + weight * a * a * a + other.third + 3 * b * other.second
          + other.weight * b * b * b,
        fourth: fourth + 4 * a * third + 6 * a * a * second + weight * a * a * a * a + other.fourth
          + 4 * b * other.third + 6 * b * b * other.second + other.weight * b * b * b * b)
    }
  }

  private var groups: [Group] = []
  private let share: Double

  /// An empty history.
  ///
  /// - Parameter share: spread of ages in a group over its smallest age.
  init(share: Double = 0.2) { self.share = share }

  /// Number of groups held.
  var groupCount: Int { groups.count }

  /// Adds a step with a weight of at least zero at a place not before the last one.
  mutating func add(weight: Double, at place: Double) {
    guard weight > 0 else { return }
    if let last = groups.last, last.last == place, last.first == place {
      groups[groups.count - 1].weight += weight
      return
    }
    groups.append(
      Group(first: place, last: place, weight: weight, centre: place, second: 0, third: 0, fourth: 0))
  }

  /// The sum at a place behind all steps; groups that have become old enough are put together.
  mutating func sum(at now: Double) -> Double {
    var sum = 0.0
    var kept = 0
    for index in groups.indices {
      let group = groups[index]
      if kept > 0, group.last - groups[kept - 1].first <= share * (now - group.last) {
        groups[kept - 1] = groups[kept - 1].joined(group)
      } else {
        groups[kept] = group
        kept += 1
      }
    }
    groups.removeLast(groups.count - kept)
    for group in groups {
      let age = now - group.centre
      if group.second == 0 {
        sum += group.weight * log(age)
        continue
      }
      let inverse = 1 / age
      let tail = group.second / 2 + inverse * (group.third / 3 + inverse * group.fourth / 4)
      sum += group.weight * log(age) - inverse * inverse * tail
    }
    return sum
  }
}
