import Errors
import Foundation
import TestSupport
import Testing

@testable import BeamInstrumentation

@Suite("Longitudinal phase space is reconstructed")
struct TomogramTests {
  static func simulated(_ change: (inout PhaseSpaceSimulation) -> Void) throws -> (
    PhaseSpaceSimulation, PhaseSpaceSimulation.Outcome, BunchLengthAnalysis
  ) {
    var simulation = PhaseSpaceSimulation()
    simulation.header.frameCount = 60
    simulation.header.turnsBetweenFrames = 10
    change(&simulation)
    let outcome = try simulation()
    let record = TomoscopeRecord(
      path: "simulated", header: simulation.header, raw: outcome.values, frames: simulation.header.frameCount)
    return (simulation, outcome, try BunchLengthAnalysis(record))
  }

  static func options(_ simulation: PhaseSpaceSimulation, frame: Int = 0, threads: Int = 2) -> ReconstructionOptions {
    var options = ReconstructionOptions()
    options.synchronousBin = simulation.synchronousBin
    options.frame = frame
    options.threads = threads
    return options
  }

  @Test("a matched bunch gives back its emittance and spread to 1 %")
  func matched() throws {
    let (simulation, outcome, analysis) = try Self.simulated { _ in }
    let tomogram = try Tomogram(analysis, options: Self.options(simulation))
    #expect(abs(tomogram.emittance.rootMeanSquare / outcome.emittances[0] - 1) < 0.01)
    #expect(abs(tomogram.emittance.energySpread / outcome.energySpreads[0] - 1) < 0.01)
    #expect(abs(tomogram.emittance.matchedArea / tomogram.emittance.ninetyPercent - 1) < 0.03)
    #expect(abs(tomogram.weights.reduce(0, +) - 1) < 1e-9)
    #expect(tomogram.weights.allSatisfy { $0 >= 0 })
  }

  @Test("a mismatched bunch gives back emittance and spread to 2 % at any of its frames", arguments: [0, 20, 59])
  func mismatched(frame: Int) throws {
    let (simulation, outcome, analysis) = try Self.simulated {
      $0.stretch = 1.4
      $0.filling = 0.45
    }
    let tomogram = try Tomogram(analysis, options: Self.options(simulation, frame: frame))
    #expect(abs(tomogram.emittance.rootMeanSquare / outcome.emittances[frame] - 1) < 0.02)
    #expect(abs(tomogram.emittance.energySpread / outcome.energySpreads[frame] - 1) < 0.02)
  }

  @Test("profiles are met to 1 % of their height with noise of 0.5 %")
  func projections() throws {
    let (simulation, outcome, analysis) = try Self.simulated {
      $0.phaseShift = 0.06
      $0.filling = 0.45
      $0.noise = 5
      // Fine enough that the grid of particles itself does not show in the true profiles.
      $0.density = 400
    }
    let tomogram = try Tomogram(analysis, options: Self.options(simulation))
    let columns = tomogram.grid.columns
    let highest = outcome.profiles.max() ?? 1
    for frame in 0..<tomogram.frameCount {
      var sum = 0.0
      for column in 0..<columns {
        let truth = outcome.profiles[frame * simulation.header.binCount + tomogram.grid.firstBin + column]
        sum += pow(tomogram.projected[frame * columns + column] - truth, 2)
      }
      #expect((sum / Double(columns)).squareRoot() < 0.01 * highest, "frame \(frame)")
    }
    #expect((tomogram.discrepancies.last ?? 1) < 0.2 * tomogram.discrepancies[0])
  }

  @Test("two RF systems, a rising field and energies above transition are tracked", arguments: [0, 1, 2])
  func machines(kind: Int) throws {
    let (simulation, outcome, analysis) = try Self.simulated {
      $0.filling = 0.4
      $0.stretch = 1.2
      switch kind {
      case 0: $0.header.secondVoltage = (-50e3, 0)
      case 1: $0.header.field = (0.1013, 1.5)
      default:
        $0.header.field = (1.0, 0)
        $0.header.turnsBetweenFrames = 30
      }
    }
    let tomogram = try Tomogram(analysis, options: Self.options(simulation))
    #expect(abs(tomogram.emittance.rootMeanSquare / outcome.emittances[0] - 1) < 0.04)
    #expect(abs(tomogram.emittance.energySpread / outcome.energySpreads[0] - 1) < 0.03)
  }

  @Test("the result is the same to the last bit for any number of threads")
  func threads() throws {
    let (simulation, _, analysis) = try Self.simulated { $0.noise = 5 }
    let one = try Tomogram(analysis, options: Self.options(simulation, threads: 1))
    for threads in [2, 3, 7] {
      let other = try Tomogram(analysis, options: Self.options(simulation, threads: threads))
      #expect(other.weights == one.weights)
      #expect(other.discrepancies == one.discrepancies)
    }
  }

  @Test("the mean centre of the bunch stands in for a synchronous place that nobody told")
  func centre() throws {
    let (simulation, outcome, analysis) = try Self.simulated { _ in }
    let tomogram = try Tomogram(analysis)
    #expect(abs(tomogram.grid.synchronousBin - simulation.synchronousBin) < 0.1)
    #expect(abs(tomogram.emittance.rootMeanSquare / outcome.emittances[0] - 1) < 0.01)
  }

  @Test("what cannot be reconstructed is told apart")
  func faults() throws {
    let (simulation, _, analysis) = try Self.simulated { $0.header.frameCount = 3 }
    func code(_ change: (inout BunchLengthAnalysis, inout ReconstructionOptions) -> Void) -> String? {
      var (copy, options) = (analysis, Self.options(simulation))
      change(&copy, &options)
      return caught { try Tomogram(copy, options: options) }?.code
    }
    #expect(code { $1.frame = 3 } == "tomoscope.noFrame")
    #expect(code { analysis, _ in analysis.record.header.voltage = nil } == "tomoscope.noMachine")
    #expect(code { analysis, _ in analysis.record.header.field = (0.1013, 1e4) } == "tomoscope.noBucket")
    #expect(code { $1.synchronousBin = 4000 } == "tomoscope.smallBucket")
    #expect(
      code {
        $1.synchronousBin = nil; $1.bunch = 9
      } == "tomoscope.noBunch")
  }

  @Test("the fast sine is right to single precision")
  func sine() {
    var worst = 0.0
    for step in stride(from: -3000, through: 3000, by: 8) {
      let x = SIMD8<Float>(0, 1, 2, 3, 4, 5, 6, 7) + Float(step)
      let found = ParticleTracker.sine(x * 0.0007)
      for lane in 0..<8 { worst = max(worst, abs(Double(found[lane]) - sin(2 * .pi * Double(x[lane] * 0.0007)))) }
    }
    #expect(worst < 1e-6)
  }
}
