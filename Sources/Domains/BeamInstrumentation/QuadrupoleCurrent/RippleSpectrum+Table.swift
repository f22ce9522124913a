import Errors
import Tables

extension RippleSpectrum {
  /// The whole spectrum: frequency, amplitude, density and angle per bin.
  ///
  /// - Throws: nothing that whole spectra give.
  public func table() throws(CavernError) -> Table {
    let bins = amplitudes.indices
    return try Table(columns: [
      Column("frequency_Hz", bins.map(frequency), unit: "Hz"), Column("amplitude_A", amplitudes, unit: "A"),
      Column("density_A_per_sqrtHz", bins.map(density), unit: "A/sqrt(Hz)"),
      Column("real", transform.real), Column("imaginary", transform.imaginary),
    ])
  }
}
