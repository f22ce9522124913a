import Glibc
import Testing

@testable import Fitting

/// erfc on vectors against the C library.
@Suite("The error function on vectors")
struct ErrorFunctionTests {
  @Test("erfc is within 2e-13 of the C library's, relatively, down to 1e-290")
  func complement() {
    var worst = 0.0
    for step in 0..<400_000 {
      let x = -7 + 32.6 * Double(step) / 400_000
      let value = VectorMath.erfc(VectorMath.all(x))[step % 4]
      worst = max(worst, abs(value / erfc(x) - 1))
    }
    #expect(worst < 2e-13, "\(worst)")
  }

  @Test("the scaled function is within 2e-13 of the C library's where that one is exact")
  func scaled() {
    var worst = 0.0
    for step in 0..<100_000 {
      let x = 0.5 * Double(step) / 100_000
      let value = VectorMath.scaledErfc(VectorMath.all(x))[1]
      worst = max(worst, abs(value / (exp(x * x) * erfc(x)) - 1))
    }
    #expect(worst < 2e-13, "\(worst)")
    // Asymptotic series (DLMF 7.12.1) at 20: 1/(x√π) (1 − 1/(2x²) + 3/(4x⁴) − 15/(8x⁶)).
    let y = 1.0 / 800
    let series = (1 - y + 3 * y * y - 15 * y * y * y + 105 * y * y * y * y) / (20 * Double.pi.squareRoot())
    #expect(abs(VectorMath.scaledErfc(VectorMath.all(20))[0] / series - 1) < 1e-11)
  }
}
