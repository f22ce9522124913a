extension VectorMath {
  /// Σ aᵢ bᵢ over as many numbers as the shorter of two columns has.
  ///
  /// Two sums of four lanes each: one after the other, the additions would wait for each other. The order depends on the number
  /// alone.
  static func dot(_ a: UnsafeBufferPointer<Double>, _ b: UnsafeBufferPointer<Double>) -> Double {
    let count = min(a.count, b.count)
    guard count > 0, let a = UnsafeRawPointer(a.baseAddress), let b = UnsafeRawPointer(b.baseAddress) else { return 0 }
    func lanes(_ from: UnsafeRawPointer, _ at: Int) -> Lanes {
      from.loadUnaligned(fromByteOffset: at * 8, as: Lanes.self)
    }
    var even = Lanes.zero
    var odd = Lanes.zero
    var i = 0
    // Each turn reads numbers i ..< i + 8, all below `count`.
    while i + 8 <= count {
      even = multiplyAdd(lanes(a, i), lanes(b, i), even)
      odd = multiplyAdd(lanes(a, i + 4), lanes(b, i + 4), odd)
      i += 8
    }
    var result = sum(even + odd)
    while i < count {
      result += a.load(fromByteOffset: i * 8, as: Double.self) * b.load(fromByteOffset: i * 8, as: Double.self)
      i += 1
    }
    return result
  }
}

/// Σ x².
func squaredNorm(_ values: [Double]) -> Double { values.withUnsafeBufferPointer { VectorMath.dot($0, $0) } }
