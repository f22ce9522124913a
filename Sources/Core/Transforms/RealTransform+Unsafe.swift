import CFFTW
import Synchronization

/// The discrete Fourier transform of real samples of any number, by FFTW 3 (Frigo and Johnson, Proceedings of the IEEE
/// 93 (2005) 216).
///
/// The plan is FFTW's estimate without timing and the buffers are always aligned the same way, so the same samples give the same
/// bits on every call. One transform may be used for many inputs of its length; it is not shared between threads.
public struct RealTransform: ~Copyable {
  /// Number of samples N.
  public let count: Int
  private let plan: Plan
  private let buffers: Buffers

  /// Pointers that this value alone owns and that change hands only inside the planner's lock.
  private struct Buffers: @unchecked Sendable {
    let input: UnsafeMutablePointer<Double>
    let output: UnsafeMutablePointer<fftw_complex>
  }

  /// FFTW's plan, likewise.
  private struct Plan: @unchecked Sendable {
    let handle: fftw_plan
  }

  /// FFTW's planner is the one part of it that may not run twice at the same time.
  private static let planner = Mutex(())

  /// A transform of `count` samples; `nil` for fewer than one, more than 2³¹ − 1, or without memory.
  public init?(count: Int) {
    guard count >= 1, count <= Int(Int32.max), let input = fftw_alloc_real(count) else { return nil }
    guard let output = fftw_alloc_complex(count / 2 + 1) else {
      fftw_free(input)
      return nil
    }
    let buffers = Buffers(input: input, output: output)
    // The buffers have room for `count` reals and `count / 2 + 1` complex values, as this transform needs.
    let plan = Self.planner.withLock { _ in
      fftw_plan_dft_r2c_1d(Int32(count), buffers.input, buffers.output, estimate).map(Plan.init)
    }
    guard let plan else {
      fftw_free(input)
      fftw_free(output)
      return nil
    }
    self.count = count
    self.plan = plan
    self.buffers = buffers
  }

  deinit {
    let plan = plan
    Self.planner.withLock { _ in fftw_destroy_plan(plan.handle) }
    fftw_free(buffers.input)
    fftw_free(buffers.output)
  }

  /// X(k) = Σ x(n) exp(−2πi kn/N) for k = 0 … N/2; samples beyond `count` are left out, missing ones count 0.
  ///
  /// - Complexity: O(N log N) for every N.
  public func callAsFunction(_ samples: some Collection<Double>) -> Spectrum {
    let (input, output) = (buffers.input, buffers.output)
    var place = 0
    // `place` stays below `count`, the length of `input`.
    for sample in samples.prefix(count) {
      input[place] = sample
      place += 1
    }
    while place < count {
      input[place] = 0
      place += 1
    }
    fftw_execute(plan.handle)
    let bins = count / 2 + 1
    var spectrum = Spectrum(sampleCount: count, real: [], imaginary: [])
    // `output` holds N/2 + 1 complex values, each a pair of doubles.
    spectrum.real = (0..<bins).map { output[$0].0 }
    spectrum.imaginary = (0..<bins).map { output[$0].1 }
    return spectrum
  }
}

/// `FFTW_ESTIMATE`, a macro that Swift does not import.
private let estimate: UInt32 = 1 << 6
