import Errors
import JSON
import Tables
import TestSupport
import Testing

@testable import BeamInstrumentation

/// Generated acquisitions against their truth.
@Suite("Simulated bunch intensities are found as they were made")
struct BeamCurrentSimulationTests {
  static func analysis(
    _ simulation: BeamCurrentSimulation, _ options: BeamCurrentOptions = BeamCurrentOptions()
  ) throws -> BeamCurrentAnalysis {
    try BeamCurrentAnalysis(simulation.record(), options: options, path: "simulated.parquet")
  }

  /// The file that a simulation writes, read back and analysed.
  static func throughFile(_ simulation: BeamCurrentSimulation) throws -> BeamCurrentAnalysis {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "FBCT_2023.10.16.11.03.10.120000.parquet").path(percentEncoded: false)
      try simulation.table().writeParquet(to: path)
      let file = try BeamCurrentFile(path: path, table: try DeviceTable.builtIn())
      let record = try #require(file.records.first)
      return try BeamCurrentAnalysis(
        record, total: file.total(of: record), options: BeamCurrentOptions(), path: path)
    }
  }

  @Test("the same seed gives the same file, another one other noise")
  func reproducible() throws {
    var simulation = BeamCurrentSimulation()
    let first = try simulation.table().parquetBytes()
    #expect(try simulation.table().parquetBytes() == first)
    simulation.seed = 2
    #expect(try simulation.table().parquetBytes() != first)
  }

  @Test("a file holds what the simulation made")
  func roundTrip() throws {
    let simulation = BeamCurrentSimulation()
    let read = try Self.throughFile(simulation).record
    // A quarter of a million numbers: not for the log.
    let isSame = read == simulation.record()
    #expect(isSame)
  }

  @Test("several lifetimes, each within its errors, and pulls of unit width", arguments: [UInt64(1), 7, 23])
  func lifetimes(seed: UInt64) throws {
    var simulation = BeamCurrentSimulation()
    simulation.seed = seed
    simulation.lifetimes = [60, 120, 240, 480]
    let analysis = try Self.analysis(simulation)
    #expect(analysis.bunches.count == 28)
    var squares = (none: 0.0, noise: 0.0)
    for (found, truth) in zip(analysis.bunches, simulation.bunches) {
      let plain = try #require(found.lifetime)
      let weighted = try #require(found.weightedLifetime)
      let (error, weightedError) = (try #require(plain.rateError), try #require(weighted.rateError))
      let pull = (plain.rate - 1 / truth.lifetime) / error
      let weightedPull = (weighted.rate - 1 / truth.lifetime) / weightedError
      #expect(abs(pull) < 4.5 && abs(weightedPull) < 4.5)
      squares.none += pull * pull / 28
      squares.noise += weightedPull * weightedPull / 28
      #expect(abs(plain.initialIntensity / truth.intensity - 1) < 0.01)
    }
    #expect(abs(squares.none - 1) < 0.9 && abs(squares.noise - 1) < 0.9)
  }

  @Test("transmission, losses and their errors per bunch, per batch and in total")
  func transmission() throws {
    var simulation = BeamCurrentSimulation()
    simulation.lifetimes = [100]
    let analysis = try Self.analysis(simulation)
    let times = simulation.times
    let last = try #require(analysis.lastMeasurementWithBeam)
    var squares = 0.0
    var injected = 0.0
    var final = 0.0
    for (number, truth) in simulation.bunches.enumerated() {
      let found = analysis.bunches[number]
      let start = try #require(found.injection).measurement
      let first = (start..<start + 3).reduce(0) { $0 + simulation.truth(number, of: truth, at: times[$1]) / 3 }
      let end = (last - 2...last).reduce(0) { $0 + simulation.truth(number, of: truth, at: times[$1]) / 3 }
      let ratio = try #require(found.transmission)
      let pull = (ratio.value - end / first) / ratio.error
      #expect(abs(pull) < 4.5)
      squares += pull * pull / 28
      injected += first
      final += end
    }
    #expect(abs(squares - 1) < 0.9)
    let total = try #require(analysis.total.transmission)
    #expect(abs(total.value - final / injected) < 4 * total.error)
    let batchLoss = analysis.batches.compactMap { $0.loss?.value }.reduce(0, +)
    let loss = try #require(analysis.total.loss)
    #expect(abs(batchLoss / loss.value - 1) < 1e-12)
    #expect(abs(loss.value - (injected - final)) < 4 * loss.error)
    let rate = try #require(analysis.total.lifetime)
    #expect(abs(rate.rate - 0.01) < 4 * (rate.rateError ?? 0))
  }

  @Test("sudden losses are found where and as large as they are, and nowhere else")
  func suddenLosses() throws {
    var simulation = BeamCurrentSimulation()
    simulation.losses = [
      .init(bunch: 3, time: 30.1, fraction: 0.12), .init(bunch: 10, time: 20.0, fraction: 0.3),
      .init(bunch: 10, time: 40.3, fraction: 0.1),
    ]
    let analysis = try Self.analysis(simulation)
    for (number, bunch) in analysis.bunches.enumerated() {
      let truth = simulation.losses.filter { $0.bunch == number }
      #expect(bunch.losses.count == truth.count, "bunch \(number)")
      for (found, wanted) in zip(bunch.losses, truth) {
        #expect(abs(found.time - wanted.time) <= found.timeTolerance + 1e-9)
        #expect(abs(found.fraction - wanted.fraction) < 0.03)
      }
      // A step is no decay: the lifetime is that of the stretches between.
      let fit = try #require(bunch.lifetime)
      #expect(abs(fit.rate - 1 / 200) < 4.5 * (fit.rateError ?? 0))
    }
  }

  @Test("a loss of the whole beam is seen in every bunch, and one lost bunch does not end the others")
  func lostBunches() throws {
    var simulation = BeamCurrentSimulation()
    simulation.losses = [.init(time: 35, fraction: 0.2), .init(bunch: 5, time: 45, fraction: 1)]
    let analysis = try Self.analysis(simulation)
    #expect(analysis.bunches.allSatisfy { !$0.losses.isEmpty && abs($0.losses[0].time - 35) < 0.31 })
    let lost = try #require(analysis.bunches[5].transmission)
    #expect(abs(lost.value) < 4 * lost.error)
    #expect(analysis.bunches[5].losses.count == 2)
    let neighbour = try #require(analysis.bunches[6].transmission)
    #expect(neighbour.value > 0.6)
    #expect(analysis.lastMeasurementWithBeam == 91)
  }

  @Test("droop of the transformer does not change corrected intensities")
  func droop() throws {
    var simulation = BeamCurrentSimulation()
    let straight = try Self.analysis(simulation)
    simulation.droop = -0.004
    let drooping = try Self.analysis(simulation)
    let lowest = try #require(drooping.baseline.levels.min())
    #expect(lowest < -5e8)
    for (one, other) in zip(straight.bunches, drooping.bunches) {
      let (a, b) = (try #require(one.initial), try #require(other.initial))
      #expect(abs(a.value - b.value) < 0.2 * a.error)
      let (first, second) = (try #require(one.lifetime), try #require(other.lifetime))
      #expect(abs(first.rate - second.rate) < 3e-5)
    }
  }

  @Test("padding rows change nothing")
  func padding() throws {
    var simulation = BeamCurrentSimulation()
    let plain = try Self.throughFile(simulation)
    simulation.padding = 37
    let padded = try Self.throughFile(simulation)
    let isSame = padded.record == plain.record
    #expect(isSame)
    #expect(padded.json["bunches"] == plain.json["bunches"])
    #expect(padded.warnings.isEmpty)
  }

  @Test("intensities scale with the unit, lifetimes and transmissions do not")
  func scale() throws {
    var simulation = BeamCurrentSimulation()
    simulation.lifetimes = [90]
    let record = simulation.record()
    var larger = record
    larger.unitExponent = 10
    let options = BeamCurrentOptions()
    let one = try BeamCurrentAnalysis(record, options: options, path: "")
    let other = try BeamCurrentAnalysis(larger, options: options, path: "")
    #expect(one.selection.selected == other.selection.selected)
    for (small, large) in zip(one.bunches, other.bunches) {
      #expect(abs((large.initial?.value ?? 0) / (small.initial?.value ?? 1) / 100 - 1) < 1e-12)
      #expect(abs((large.lifetime?.rate ?? 0) / (small.lifetime?.rate ?? 1) - 1) < 1e-9)
      #expect(abs((large.transmission?.value ?? 0) / (small.transmission?.value ?? 1) - 1) < 1e-9)
      #expect(large.injection?.measurement == small.injection?.measurement)
    }
  }

  @Test("a permutation of the slots permutes the bunches")
  func permutation() throws {
    let record = BeamCurrentSimulation().record()
    // 5 and 924 have no common divisor, so every slot has one image.
    let image = (0..<924).map { ($0 * 5 + 17) % 924 }
    var moved = record
    for measurement in 0..<record.measurementCount {
      for slot in 0..<924 {
        moved.counts[measurement * 924 + image[slot]] = record.counts[measurement * 924 + slot]
        moved.filling?[measurement * 924 + image[slot]] = record.filling?[measurement * 924 + slot] ?? false
      }
    }
    let options = BeamCurrentOptions()
    let one = try BeamCurrentAnalysis(record, options: options, path: "")
    let other = try BeamCurrentAnalysis(moved, options: options, path: "")
    #expect(other.selection.selected == one.selection.selected.map { image[$0] }.sorted())
    #expect(other.baseline.levels == one.baseline.levels)
    for bunch in one.bunches {
      let twin = try #require(other.bunches.first { $0.slot == image[bunch.slot] })
      #expect(twin.initial == bunch.initial && twin.final == bunch.final && twin.lifetime == bunch.lifetime)
    }
  }

  @Test("the DC transformer gives the calibration factor")
  func calibration() throws {
    var simulation = BeamCurrentSimulation()
    simulation.calibration = 1.07
    let analysis = try Self.throughFile(simulation)
    let found = try #require(analysis.calibration)
    #expect(found.device == "SPS.BCTDC.51454")
    #expect(abs(found.factor - 1.07) < 4 * (found.factorError ?? 0) + 0.002)
    #expect(found.relativeDeviation < 0.05)
    simulation.calibration = nil
    #expect(try Self.throughFile(simulation).calibration == nil)
  }

  @Test("batches are told apart by slots and by injections", arguments: [1, 4, 12, 72])
  func batches(size: Int) throws {
    var simulation = BeamCurrentSimulation()
    simulation.bunchesPerBatch = size
    simulation.bunchSpacing = size == 72 ? 1 : 4
    simulation.batchSpacing = size == 1 ? 40 : 9
    simulation.firstSlot = 10
    simulation.injections = [0.8, 4.4, 8.0, 11.6]
    let analysis = try Self.analysis(simulation)
    #expect(analysis.batches.count == 4)
    #expect(analysis.bunches.map(\.batch) == simulation.bunches.map(\.batch))
    #expect(analysis.injections.map(\.bunches.count) == [size, size, size, size])
  }

  @Test("bunches that were not injected do not split their batch", arguments: [[5], [5, 6], [9, 14]])
  func missingBunches(missing: [Int]) throws {
    let simulation = BeamCurrentSimulation()
    var record = simulation.record()
    for number in missing {
      let slot = simulation.bunches[number].slot
      let empty = simulation.bunches[0].slot - 3
      for measurement in 0..<record.measurementCount {
        record.counts[measurement * 924 + slot] = record.counts[measurement * 924 + empty]
        record.filling?[measurement * 924 + slot] = false
      }
    }
    let analysis = try BeamCurrentAnalysis(record, options: BeamCurrentOptions(), path: "")
    let expected = simulation.bunches.enumerated().filter { !missing.contains($0.offset) }.map(\.element.batch)
    #expect(analysis.bunches.map(\.batch) == expected)
    #expect(analysis.batches.count == 7)
  }

  @Test("a weak bunch does not split its batch")
  func weakBunch() throws {
    let simulation = BeamCurrentSimulation()
    var record = simulation.record()
    let weak = simulation.bunches[5]
    for measurement in 0..<record.measurementCount { record.counts[measurement * 924 + weak.slot] *= 0.1 }
    let analysis = try BeamCurrentAnalysis(record, options: BeamCurrentOptions(), path: "")
    #expect(analysis.bunches.count == 27)
    #expect(analysis.batches.count == 7)
    #expect(analysis.selection.filled.count == 28)
  }

  @Test("other time bases are resampled before they are averaged")
  func resampling() throws {
    var simulation = BeamCurrentSimulation()
    simulation.noise = 1e6
    simulation.unitExponent = 5
    let first = IntensityRun(try Self.analysis(simulation))
    simulation.step = 0.3
    simulation.measurementCount = 190
    let second = IntensityRun(try Self.analysis(simulation))
    var average = IntensityRunAverage()
    #expect(average.add(first) == false)
    #expect(average.add(second) == true)
    #expect(average.times == first.times && average.resampledCount == 1)
    for index in first.times.indices where first.times[index] > 25 && first.times[index] < 54 {
      #expect(abs(average.means[index] / first.means[index] - 1) < 1e-3)
      #expect(average.deviations[index] / first.means[index] < 1e-3)
    }
    // The second run ends at 56.9 s: beyond, only the first one counts.
    let last = try #require(first.times.lastIndex { $0 > 57 })
    #expect(average.means[last] == first.means[last])
  }

  @Test("records of other machines are read the same way", arguments: ["PR.BCTF.10", "BR3.BCT.01", "ER.MTR12"])
  func otherMachines(device: String) throws {
    var simulation = BeamCurrentSimulation()
    simulation.device = device
    simulation.slotCount = 21
    simulation.firstSlot = 3
    simulation.bunchSpacing = 1
    simulation.injections = [0.8]
    simulation.intensity = 8e8
    simulation.unitExponent = 7
    simulation.noise = 1e6
    let analysis = try Self.throughFile(simulation)
    #expect(analysis.record.device == device)
    #expect(["PS", "PSB", "LEIR"].contains(analysis.record.machine))
    #expect(analysis.selection.selected == [3, 4, 5, 6])
    #expect(analysis.warnings.map(\.code) == ["fbct.weakBeam"])
  }
}
