/// Hits as lines of CSV, one a hit, in the order of the files.
public struct HaloRecords: Sendable {
  /// The columns.
  public static let header =
    "evt,bx,orbit,run,fiber,channel,tdc,tdc2,peak_adc,peak_sample,adc_sum,peak_fC\n"

  private let charge: [[UInt8]]

  /// A writer with the charge scale of a detector.
  public init(_ detector: HaloDetector) {
    charge = detector.charge.map { Array($0.description.utf8) }
  }

  /// The lines of some hits.
  public func lines(_ hits: HaloHits, _ range: Range<Int>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(range.count * 64)
    for hit in range {
      Self.append(UInt64(hits.event[hit]), to: &text)
      Self.append(UInt64(hits.bunchSlot[hit]), to: &text)
      Self.append(hits.orbit[hit], to: &text)
      Self.append(UInt64(hits.run[hit]), to: &text)
      Self.append(UInt64(hits.fibre[hit]), to: &text)
      Self.append(UInt64(hits.channel[hit]), to: &text)
      Self.append(UInt64(hits.tdc[hit]), to: &text)
      let second = Int(hits.secondTdc[hit])
      if second < 0 { text.append(45) }
      Self.append(UInt64(second.magnitude), to: &text)
      Self.append(UInt64(hits.peak[hit]), to: &text)
      Self.append(UInt64(hits.peakSample[hit]), to: &text)
      var sum = 0
      for sample in hits.samples(of: hit) { sum += Int(sample) }
      Self.append(UInt64(sum), to: &text)
      text.append(contentsOf: charge[Int(hits.peak[hit])])
      text.append(10)
    }
    return text
  }

  /// A number and a comma.
  private static func append(_ value: UInt64, to text: inout [UInt8]) {
    var divisor: UInt64 = 1
    while value / divisor >= 10 { divisor *= 10 }
    var rest = value
    while divisor > 0 {
      text.append(48 + UInt8(rest / divisor))
      rest %= divisor
      divisor /= 10
    }
    text.append(44)
  }
}
