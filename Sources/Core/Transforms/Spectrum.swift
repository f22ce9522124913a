/// The discrete Fourier transform of N real samples: X(k) = Σ x(n) exp(−2πi kn/N) for k = 0 … N/2.
public struct Spectrum: Sendable, Equatable {
  /// Number of samples N.
  public var sampleCount: Int
  /// Real parts, N/2 + 1 (rounded down) of them.
  public var real: [Double]
  /// Imaginary parts.
  public var imaginary: [Double]

  /// A spectrum from its parts.
  public init(sampleCount: Int, real: [Double], imaginary: [Double]) {
    self.sampleCount = sampleCount
    self.real = real
    self.imaginary = imaginary
  }

  /// Number of bins, N/2 + 1.
  public var count: Int { real.count }

  /// |X(k)|.
  public func magnitude(_ bin: Int) -> Double {
    (real[bin] * real[bin] + imaginary[bin] * imaginary[bin]).squareRoot()
  }

  /// How many of the N bins of the two-sided spectrum this one stands for: 1 at 0 and at the Nyquist frequency, else 2.
  public func multiplicity(_ bin: Int) -> Double {
    bin == 0 || (sampleCount.isMultiple(of: 2) && bin == sampleCount / 2) ? 1 : 2
  }
}
