extension Waveform {
  /// Seconds from a segment's trigger to its first sample, before FIRST_POINT is counted in.
  public func startTime(segment: Int) -> Double {
    triggers.indices.contains(segment) ? triggers[segment].offset : descriptor.horizontalOffset
  }

  /// Seconds from a segment's trigger to one of its samples: offset + i' · HORIZ_INTERVAL, all in double.
  ///
  /// i' is the sample's place in the acquisition, FIRST_POINT + index · max(1, SPARSING_FACTOR): the index itself unless
  /// only some of the samples were sent.
  ///
  /// - Parameters:
  ///   - segment: from 0; without trigger times, and for a segment that does not exist, HORIZ_OFFSET is the offset.
  ///   - index: the sample in its segment, from 0.
  public func time(segment: Int, index: Int) -> Double {
    startTime(segment: segment) + place(index) * descriptor.horizontalInterval
  }

  /// The sample's place in the acquisition.
  func place(_ index: Int) -> Double {
    Double(descriptor.firstPoint) + Double(index) * Double(max(1, descriptor.sparsingFactor))
  }

  /// Seconds from sample to sample as sent.
  public var interval: Double { descriptor.horizontalInterval * Double(max(1, descriptor.sparsingFactor)) }
}
