import Errors

/// The frames of a tomoscope file: the signal of a wall-current monitor along a turn, turn after turn.
public struct TomoscopeRecord: Sendable, Equatable {
  /// The file's path as given.
  public var path: String
  /// What the file says about itself, with what the command line overrode.
  public var header: TomoscopeHeader
  /// Signals, frame after frame, bins after cutting and rebinning.
  public var samples: [Double]
  /// Number of the first kept frame, from 0: those to ignore are left out.
  public var firstFrame: Int
  /// Frames kept.
  public var frameCount: Int
  /// Bins a frame after cutting and rebinning.
  public var binCount: Int
  /// Width of a bin in s after rebinning.
  public var binWidth: Double
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// The signal of a kept frame.
  public func frame(_ index: Int) -> ArraySlice<Double> { samples[index * binCount..<(index + 1) * binCount] }

  /// A record from all bins of all frames in `raw`: cuts and rebins as the header says.
  public init(path: String, header: TomoscopeHeader, raw: [Double], frames: Int, warnings: [CavernWarning] = []) {
    self.path = path
    self.header = header
    self.warnings = warnings
    let rebin = max(1, header.rebin)
    let kept = max(0, header.binCount - header.cutBins.start - header.cutBins.end)
    binCount = kept / rebin
    binWidth = header.binWidth * Double(rebin)
    firstFrame = min(header.ignoredFrames, frames)
    frameCount = frames - firstFrame
    if rebin == 1, kept == header.binCount {
      samples = Array(raw[firstFrame * header.binCount..<frames * header.binCount])
      return
    }
    samples = []
    samples.reserveCapacity(frameCount * binCount)
    for frame in firstFrame..<frames {
      let start = frame * header.binCount + header.cutBins.start
      for bin in 0..<binCount {
        let part = raw[start + bin * rebin..<start + (bin + 1) * rebin]
        samples.append(rebin == 1 ? part[part.startIndex] : part.reduce(0, +) / Double(rebin))
      }
    }
  }
}
