import Foundation
import JSON

/// What follows from a distribution in longitudinal phase space.
///
/// Energies and areas are those of the whole particle.
public struct LongitudinalEmittance: Sendable, Equatable {
  /// π√(⟨t²⟩⟨E²⟩ − ⟨tE⟩²) in eV s.
  public var rootMeanSquare: Double
  /// Area of the densest cells that hold 90 % of the bunch, in eV s.
  public var ninetyPercent: Double
  /// Area inside the trajectory that holds 90 % of the bunch, in eV s: what a matched bunch would occupy.
  public var matchedArea: Double
  /// Area inside the outermost trajectory of the grid in eV s.
  public var acceptance: Double
  /// Standard deviation in time in s.
  public var timeSpread: Double
  /// Standard deviation in energy in eV.
  public var energySpread: Double
  /// Standard deviation of the relative momentum.
  public var momentumSpread: Double
  /// Mean time in s from the start of the frame.
  public var meanTime: Double
  /// Mean energy above the synchronous one in eV.
  public var meanEnergy: Double

  /// Evaluates a distribution with sum 1.
  init(grid: PhaseSpaceGrid, weights: [Double], motion: LongitudinalMotion, turn: Int) {
    var (t, e) = (0.0, 0.0)
    for (cell, weight) in zip(grid.cells, weights) {
      t += weight * grid.time(Int(cell.x))
      e += weight * grid.energy(Int(cell.y))
    }
    var (tt, ee, te) = (0.0, 0.0, 0.0)
    for (cell, weight) in zip(grid.cells, weights) {
      let (x, y) = (grid.time(Int(cell.x)) - t, grid.energy(Int(cell.y)) - e)
      tt += weight * x * x
      ee += weight * y * y
      te += weight * x * y
    }
    (meanTime, meanEnergy) = (t, e)
    timeSpread = tt.squareRoot()
    energySpread = ee.squareRoot()
    momentumSpread = energySpread / motion.turns[turn].stiffness
    rootMeanSquare = .pi * max(0, tt * ee - te * te).squareRoot()
    ninetyPercent = Self.cellsHolding(0.9, weights) * grid.cellArea
    let now = motion.turns[turn]
    let levels = grid.cells.map { motion.level(grid.phase(Double($0.x)), grid.energy(Int($0.y)), now) }
    var inside = 0.0
    var limit = grid.limits.outer
    for index in levels.indices.sorted(by: { (levels[$0], $0) < (levels[$1], $1) }) {
      inside += weights[index]
      if inside >= 0.9 {
        limit = levels[index]
        break
      }
    }
    matchedArea = Self.area(limit, grid, motion, turn)
    acceptance = Self.area(grid.limits.outer, grid, motion, turn)
  }

  /// Number of the densest cells that hold a share of the whole; the last one counts by the part that is needed.
  private static func cellsHolding(_ share: Double, _ weights: [Double]) -> Double {
    var sum = 0.0
    for (number, weight) in weights.sorted(by: >).enumerated() {
      if sum + weight >= share { return Double(number) + (weight > 0 ? (share - sum) / weight : 0) }
      sum += weight
    }
    return Double(weights.count)
  }

  /// ∮ΔE dt on the trajectory G = limit, by the midpoint rule.
  private static func area(_ limit: Double, _ grid: PhaseSpaceGrid, _ motion: LongitudinalMotion, _ turn: Int) -> Double
  {
    let now = motion.turns[turn]
    let count = 20 * grid.columns
    let width = Double(grid.columns) / Double(count)
    var sum = 0.0
    for step in 0..<count {
      let column = (Double(step) + 0.5) * width - 0.5
      let rest = limit - motion.level(grid.phase(column), 0, now)
      if rest > 0 { sum += 2 * (2 * rest / abs(now.slip)).squareRoot() * width * grid.binWidth }
    }
    return sum
  }

  /// The record in the outputs.
  public var json: JSONValue {
    [
      "rms_eVs": .number(rootMeanSquare), "at90Percent_eVs": .number(ninetyPercent),
      "matchedArea90_eVs": .number(matchedArea), "acceptance_eVs": .number(acceptance),
      "timeSpread_ns": .number(timeSpread * 1e9), "energySpread_MeV": .number(energySpread / 1e6),
      "momentumSpread": .number(momentumSpread), "meanTime_ns": .number(meanTime * 1e9),
      "meanEnergy_MeV": .number(meanEnergy / 1e6),
    ]
  }
}
