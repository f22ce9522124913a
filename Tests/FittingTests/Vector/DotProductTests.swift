import Testing

@testable import Fitting

@Suite("Sums of products")
struct DotProductTests {
  @Test("Every length and alignment up to forty, exactly; the shorter column counts")
  func everyLength() {
    // Whole numbers: any order of summation gives the same.
    let a = (0..<48).map { Double($0 * $0 % 31 - 15) }
    let b = (0..<48).map { Double($0 * 7 % 23 - 11) }
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        for start in 0..<5 {
          for count in 0...40 {
            let (x, y) = (a[start..<start + count], b[3..<3 + count])
            let expected = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(VectorMath.dot(.init(rebasing: x), .init(rebasing: y)) == expected)
            #expect(VectorMath.dot(.init(rebasing: x), .init(rebasing: b[3..<48])) == expected)
          }
        }
      }
    }
    #expect(squaredNorm([]) == 0 && squaredNorm([3, 4]) == 25)
  }

  @Test("NaN and infinity come through, wherever they stand")
  func strange() {
    for at in 0..<19 {
      var values = [Double](repeating: 1, count: 19)
      values[at] = .nan
      #expect(squaredNorm(values).isNaN)
      values[at] = -.infinity
      #expect(squaredNorm(values) == .infinity)
    }
  }
}
