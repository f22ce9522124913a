import Errors
import Foundation

/// Mask, baseline and noise width of a scan, with what was read.
public struct ScanInputs: Sendable {
  /// Whether each pixel is masked.
  public var isMasked: [Bool]
  /// Baseline of each pixel in DAC codes, 0 where it is not known; `nil` without a file.
  public var baseline: [Double]?
  /// Width of the noise of each pixel in DAC codes; `nil` without a file.
  public var width: [Double]?
  /// Uncertainty of the baseline; `nil` for none.
  public var baselineError: [Double]?
  /// Paths of the files that were read.
  public var files: [String] = []
  /// What should be known.
  public var warnings: [CavernWarning] = []

  /// Reads the matrices that a scan names.
  ///
  /// - Throws: `velo.matrix` for a file that is missing or not 256 × 256 numbers.
  public init(_ scan: ScanSettings, module: String, asic: String) throws(CavernError) {
    isMasked = Array(repeating: false, count: PixelMatrix.count)
    func read(_ path: String, _ files: inout [String]) throws(CavernError) -> [Double] {
      let values = try MatrixFile.read(path)
      files.append(MatrixFile.existing(path) ?? path)
      return values
    }
    var mask: String?
    switch scan.mask {
    case .none: break
    case .file(let path): mask = path
    case .automatic:
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(atPath: scan.folder, isDirectory: &isFolder)
      let folder =
        isThere && isFolder.boolValue
        ? scan.folder : scan.folder.lastIndex(of: "/").map { String(scan.folder[..<$0]) } ?? "."
      let path = "\(folder)/\(module)_\(asic)_Matrix_Mask.csv"
      if MatrixFile.existing(path) != nil {
        mask = path
      } else {
        warnings.append(
          CavernWarning("velo.noMask", "there is no mask; no pixel counts as masked", file: path))
      }
    }
    if let mask { isMasked = try read(mask, &files).map { $0 > 0 } }
    if let path = scan.baseline { baseline = try read(path, &files) }
    if let path = scan.baselineWidth { width = try read(path, &files) }
    switch scan.baselineUncertainty {
    case .none: break
    case .width: baselineError = width
    case .file(let path): baselineError = try read(path, &files)
    }
  }
}
