import Glibc

// The C library's functions under names of their own, as the independent side of comparisons.

func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }
func logarithmOfOnePlus(_ x: Double) -> Double { log1p(x) }
func complementaryErrorFunction(_ x: Double) -> Double { erfc(x) }
