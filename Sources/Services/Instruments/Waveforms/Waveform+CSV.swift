extension Waveform {
  /// The header of the CSV form.
  public static let csvHeader = "segment,index,raw,time_s,volts\n"

  /// Lines of the CSV form for some of the samples, counted through all segments: numbers in the shortest form that reads
  /// back to the same double.
  ///
  /// - Parameter range: the samples; cut to those there are.
  public func csvLines(_ range: Range<Int>) -> [UInt8] {
    let range = range.clamped(to: 0..<count)
    guard !range.isEmpty else { return [] }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count * 56)
    var segment = range.lowerBound / pointsPerSegment
    var counts = self.counts(segment: segment)
    let (gain, offset) = (descriptor.verticalGain, descriptor.verticalOffset)
    let comma = UInt8(ascii: ",")
    for sample in range {
      if sample / pointsPerSegment != segment {
        segment = sample / pointsPerSegment
        counts = self.counts(segment: segment)
      }
      let index = sample - segment * pointsPerSegment
      bytes.append(contentsOf: segment.description.utf8)
      bytes.append(comma)
      bytes.append(contentsOf: index.description.utf8)
      bytes.append(comma)
      bytes.append(contentsOf: counts[index].description.utf8)
      bytes.append(comma)
      bytes.append(contentsOf: time(segment: segment, index: index).description.utf8)
      bytes.append(comma)
      bytes.append(contentsOf: (gain * Double(counts[index]) - offset).description.utf8)
      bytes.append(10)
    }
    return bytes
  }
}
