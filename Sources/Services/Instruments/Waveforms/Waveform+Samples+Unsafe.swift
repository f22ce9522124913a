import Errors

extension Waveform {
  /// The counts of all segments, one after another; 8-bit samples are widened.
  public func counts() -> [Int16] { counts(samples, of: 0..<count) }

  /// The counts of one segment; empty for a segment that does not exist.
  public func counts(segment: Int) -> [Int16] { counts(samples, of: range(segment)) }

  /// The counts of the second array (extrema and complex records); empty when there is none.
  public func secondCounts() -> [Int16] {
    counts(secondSamples, of: 0..<secondSamples.count / descriptor.sampleSize)
  }

  /// The volts of all segments, one after another: VERTICAL_GAIN · count − VERTICAL_OFFSET, in double.
  public func volts() -> [Double] { volts(of: 0..<count) }

  /// The volts of one segment; empty for a segment that does not exist.
  public func volts(segment: Int) -> [Double] { volts(of: range(segment)) }

  /// Writes the volts of all segments into an array that is used again, so that no memory is allocated for them.
  ///
  /// - Parameter volts: grown to `count` values when it is shorter; the first `count` are overwritten.
  public func volts(into volts: inout [Double]) {
    if volts.count < count { volts.append(contentsOf: repeatElement(0, count: count - volts.count)) }
    let all = 0..<count
    volts.withUnsafeMutableBufferPointer { fill($0, all) }
  }

  /// How many samples are at the end of the converter's range, and how many outside the screen grid.
  ///
  /// Clipped are ±32767 and −32768 of 16 bits, 127 and −128 of 8; off the grid are counts above MAX_VALUE or below
  /// MIN_VALUE.
  public func extremes() -> (clipped: Int, offGrid: Int) {
    let (top, bottom) = (descriptor.maximumValue, descriptor.minimumValue)
    // Counts that are whole numbers lie above a limit when they lie above its floor.
    let highest = Int32(max(-40_000, min(40_000, top.isNaN ? 40_000 : top.rounded(.down))))
    let lowest = Int32(max(-40_000, min(40_000, bottom.isNaN ? -40_000 : bottom.rounded(.up))))
    let (clipTop, clipBottom): (Int32, Int32) = descriptor.sampleSize == 1 ? (127, -128) : (32767, -32767)
    var clipped = 0
    var offGrid = 0
    let size = descriptor.sampleSize
    let isLittle = descriptor.isLittleEndian
    let number = samples.count / size
    descriptor.message.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, number > 0 else { return }
      // `samples` lies inside the message (checked when it was decoded), and so do `number` counts of `size` bytes.
      let first = base + samples.lowerBound
      for index in 0..<number {
        let value: Int32
        if size == 1 {
          value = Int32(first.load(fromByteOffset: index, as: Int8.self))
        } else {
          let stored = first.loadUnaligned(fromByteOffset: 2 &* index, as: Int16.self)
          value = Int32(isLittle ? Int16(littleEndian: stored) : Int16(bigEndian: stored))
        }
        clipped &+= value >= clipTop || value <= clipBottom ? 1 : 0
        offGrid &+= value > highest || value < lowest ? 1 : 0
      }
    }
    return (clipped, offGrid)
  }

  private func range(_ segment: Int) -> Range<Int> {
    guard segment >= 0, segment < segmentCount else { return 0..<0 }
    return segment * pointsPerSegment..<(segment + 1) * pointsPerSegment
  }

  private func counts(_ place: Range<Int>, of range: Range<Int>) -> [Int16] {
    let size = descriptor.sampleSize
    let isLittle = descriptor.isLittleEndian
    return Array(unsafeUninitializedCapacity: range.count) { target, written in
      descriptor.message.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress, let out = target.baseAddress else { return }
        // `range` counts samples of `size` bytes inside `place`, which lies inside the message.
        let first = base + place.lowerBound + range.lowerBound * size
        if size == 1 {
          for index in 0..<range.count { out[index] = Int16(first.load(fromByteOffset: index, as: Int8.self)) }
        } else {
          for index in 0..<range.count {
            let stored = first.loadUnaligned(fromByteOffset: 2 &* index, as: Int16.self)
            out[index] = isLittle ? Int16(littleEndian: stored) : Int16(bigEndian: stored)
          }
        }
        written = range.count
      }
    }
  }

  private func volts(of range: Range<Int>) -> [Double] {
    Array(unsafeUninitializedCapacity: range.count) { target, written in
      fill(target, range)
      written = range.count
    }
  }

  /// Writes the volts of the samples `range` to the first places of `target`, which has room for them.
  private func fill(_ target: UnsafeMutableBufferPointer<Double>, _ range: Range<Int>) {
    let size = descriptor.sampleSize
    let isLittle = descriptor.isLittleEndian
    let gain = descriptor.verticalGain
    let offset = descriptor.verticalOffset
    descriptor.message.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, let out = target.baseAddress else { return }
      // As in `counts(_:of:)`; every `index` is below `range.count`, which is at most `target.count`.
      let first = base + samples.lowerBound + range.lowerBound * size
      if size == 1 {
        for index in 0..<range.count {
          out[index] = gain * Double(first.load(fromByteOffset: index, as: Int8.self)) - offset
        }
      } else if isLittle {
        for index in 0..<range.count {
          let stored = first.loadUnaligned(fromByteOffset: 2 &* index, as: Int16.self)
          out[index] = gain * Double(Int16(littleEndian: stored)) - offset
        }
      } else {
        for index in 0..<range.count {
          let stored = first.loadUnaligned(fromByteOffset: 2 &* index, as: Int16.self)
          out[index] = gain * Double(Int16(bigEndian: stored)) - offset
        }
      }
    }
  }
}
