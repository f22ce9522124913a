/// One binning of a FLUKA text: what was scored where.
struct FlukaBinning: Sendable {
  /// Number in the file.
  var number: Int
  /// Name between quotation marks, without blanks at the ends.
  var name: String
  /// Line of the heading, from 1.
  var line: Int
  /// Bins in r and z.
  var grid: FluenceGrid
  /// Bins over the azimuth; 1 for R-Z.
  var azimuthCount: Int
  /// Lines between heading and numbers, for example `this is a track-length binning`.
  var flags: [String]
  /// Values, r running fastest, averaged over the azimuth.
  var values: [Double]
  /// Standard uncertainties in the unit of the values; `nil` without an error matrix.
  var uncertainties: [Double]?

  /// How errors name it.
  var title: String { "binning \(number) \"\(name)\"" }
}
