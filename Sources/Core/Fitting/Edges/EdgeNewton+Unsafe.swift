import Glibc

/// Newton's method for one problem, with the curvature of its own objective.
///
/// Scoring takes the expected curvature for the true one. Where that is more than twice as large, steps jump over the minimum and
/// back. And with two widths the expected information has no bottom at s = √2·s2, where line amplitude and position of
/// `F2s_0` move the curve in the same way: half of all minima lie exactly there, and only the second derivatives of the
/// objective tell that they are minima. Second derivatives are differences of gradients, the points for them side by side in the lanes.
struct EdgeNewton<Pass: EdgePass>: ~Copyable where Pass.Vector == EdgeDoubles {
  /// Where the search ended.
  struct End {
    var coordinates: EdgeCoordinates
    var objective: Double
    var state = FitState.maxIterations
    /// gᵀH⁻¹g there.
    var distance = Double.nan
    var iterations: Int32 = 0
    /// H⁻¹ in the coordinates of `EdgeEquation.write`; empty if not positive definite.
    var covariance: [Double] = []
  }

  private struct Point {
    var coordinates: EdgeCoordinates
    var value = Double.nan
    var gradient: [Double] = []
    var information: [Double] = []
  }

  let task: EdgeTask
  private var count: Int { task.setup.parameters }
  private var hasTwoWidths: Bool { task.setup.equation.hasTwoWidths }
  /// Displacement for differences, in logarithms and widths.
  private static var displacement: Double { 2e-4 }
  private static var dampings: [Double] { [0, 1e-4, 1e-2, 0.1, 0.5, 2, 10, 100] }

  init(task: EdgeTask) { self.task = task }

  /// Searches from `start`; every lane of `workspace` must hold the values of the problem.
  func run(
    _ start: EdgeCoordinates, pivot: Double, _ workspace: borrowing EdgeWorkspace<EdgeDoubles>
  ) -> End {
    var end = End(coordinates: start, objective: .nan)
    var point = evaluate([start], pivot, workspace)[0]
    let n = count
    let smallest = task.smallestWidth
    while end.iterations < 40, point.value.isFinite {
      end.iterations += 1
      let center = point.coordinates
      let unit = hasTwoWidths ? center.s2 : center.s
      let probes = (0..<2 * n).map { number in
        var u = [Double](repeating: 0, count: n)
        u[number / 2] = number % 2 == 0 ? Self.displacement : -Self.displacement
        return displaced(center, u, smallest: 0)
      }
      let around = evaluate(probes, pivot, workspace)
      // Gradients in the coordinates of the centre.
      func gradient(_ probe: Int, _ i: Int) -> Double {
        let own = hasTwoWidths ? around[probe].coordinates.s2 : around[probe].coordinates.s
        return around[probe].gradient[i] * (i == 3 ? unit / own : 1)
      }
      var curvature = SmallMatrix(size: n) { i, j in
        (gradient(2 * j + 1, i) - gradient(2 * j, i)) / (2 * Self.displacement)
      }
      let isHeld = held(point)
      curvature.hold(isHeld)
      let right = (0..<n).map { isHeld[$0] ? 0 : point.gradient[$0] }
      let size = (0..<n).map { isHeld[$0] ? 1 : max(abs(curvature[$0, $0]), point.information[$0 * n + $0]) }
      let noise = size.map { 1e-10 * $0 }
      let undamped = curvature.factor(noise: noise)
      var moves: [[Double]] = []
      if let undamped {
        let step = undamped.solve(right)
        end.distance = zip(step, right).reduce(0) { $0 + $1.0 * $1.1 }
      } else {
        end.distance = .nan
        // Away from a saddle, to both sides.
        let way = curvature.lowestDirection(scale: size.map { 1 / max($0, .leastNormalMagnitude).squareRoot() })
        let longest = max(way.map(abs).max() ?? 0, .leastNormalMagnitude)
        for length in [0.03, -0.03, 0.3, -0.3] { moves.append(way.map { $0 * length / longest }) }
      }
      for damping in Self.dampings.suffix(Self.dampings.count - moves.count) {
        guard let factor = curvature.factor(adding: size.map { damping * $0 }, noise: noise) else { continue }
        moves.append(clipped(factor.solve(right)))
      }
      let trials = evaluate(moves.map { displaced(center, $0, smallest: smallest) }, pivot, workspace)
      let best = trials.filter { $0.value.isFinite && $0.coordinates.isUsable }.min { $0.value < $1.value }
      // There, or so near that rounding hides the gain.
      let isLower = best.map { $0.value < point.value } ?? false
      if let undamped, end.distance <= (isLower ? 0.01 : 1) * task.options.tolerance {
        end.state = isHeld.dropLast(task.setup.hasBackground ? 1 : 0).contains(true) ? .atBound : .converged
        end.covariance = undamped.inverse(isHeld: isHeld)
        break
      }
      guard let best, isLower, !isOutside(best.coordinates) else { break }
      point = best
    }
    end.coordinates = point.coordinates
    end.objective = point.value
    return end
  }

  /// Values, gradients and expected information at some points, as many at a time as there are lanes.
  private func evaluate(
    _ points: [EdgeCoordinates], _ pivot: Double, _ workspace: borrowing EdgeWorkspace<EdgeDoubles>
  ) -> [Point] {
    let n = count
    var found = points.map { Point(coordinates: $0) }
    var lanes = EdgeLanes<EdgeDoubles>(origin: task.setup.origin)
    for group in stride(from: 0, to: points.count, by: EdgeDoubles.laneCount) {
      for lane in 0..<EdgeDoubles.laneCount {
        lanes.set(lane, points[min(group + lane, points.count - 1)], pivot: pivot)
      }
      workspace.evaluate(lanes, into: workspace.present, Pass.self)
      // A block holds n × n and, from their places on, n of the gradient and the value.
      let block = workspace.present
      for lane in 0..<min(EdgeDoubles.laneCount, points.count - group) {
        found[group + lane].value = block[EdgeWorkspace<EdgeDoubles>.valuePlace][lane]
        found[group + lane].gradient = (0..<n).map { block[EdgeWorkspace<EdgeDoubles>.gradientPlace + $0][lane] }
        found[group + lane].information = (0..<n * n).map { block[$0][lane] }
      }
    }
    return found
  }

  /// The point at `u` from a centre, in the coordinates of `EdgeEquation.write`.
  private func displaced(_ center: EdgeCoordinates, _ u: [Double], smallest: Double) -> EdgeCoordinates {
    var c = center
    c.tail *= exp(u[0])
    c.line *= exp(u[1])
    c.s = max(c.s * exp(u[2]), smallest)
    c.position += u[3] * (hasTwoWidths ? center.s2 : center.s)
    if hasTwoWidths {
      c.s2 = max(c.s2 * exp(u[4]), smallest)
      c.tail *= c.s / center.s * (center.s2 / c.s2)
    } else {
      c.s2 = c.s
    }
    if task.setup.hasBackground { c.background *= exp(u[count - 1]) }
    return c
  }

  /// A step no longer than the linear picture allows; as `EdgeWorkspace.solve` does it.
  private func clipped(_ step: [Double]) -> [Double] {
    var longest = max(0.5 * max(abs(step[0]), abs(step[1])), 1.4 * abs(step[2]), 0.5 * abs(step[3]), 1)
    for i in 4..<max(step.count, 4) { longest = max(longest, abs(step[i])) }
    return step.map { $0 / longest }
  }

  /// Coordinates at their bound that want to go further; as `EdgeWorkspace.solve` does it.
  private func held(_ point: Point) -> [Bool] {
    let n = count
    let block = point.information
    let gradient = point.gradient
    let smallest = task.smallestWidth
    let whole = 1e-7 * (block[0] + block[n + 1] + 2 * block[1])
    var isHeld = [Bool](repeating: false, count: n)
    isHeld[0] = block[0] + block[1] < whole && gradient[0] < 0
    isHeld[1] = block[n + 1] + block[1] < whole && gradient[1] < 0
    isHeld[2] = point.coordinates.s <= smallest && gradient[2] < 0
    if hasTwoWidths {
      isHeld[2] = isHeld[2] || isHeld[0]
      isHeld[4] = isHeld[1] || (point.coordinates.s2 <= smallest && gradient[4] < 0)
    }
    if task.setup.hasBackground { isHeld[n - 1] = block[n * n - 1] < 1e-7 * whole && gradient[n - 1] < 0 }
    return isHeld
  }

  private func isOutside(_ c: EdgeCoordinates) -> Bool {
    var lanes = EdgeLanes<EdgeDoubles>(origin: task.setup.origin)
    lanes.set(0, c, pivot: 0)
    return task.isOutside(lanes, 0)
  }
}
