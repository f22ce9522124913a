import Errors
import Tables

extension HaloHits {
  /// The hits as a table: the columns of the CSV records, then the whole charge, and the samples as lists.
  ///
  /// - Throws: `facts.damaged`, `table.unequalColumns`.
  public func table() throws(CavernError) -> Table {
    let detector = try HaloDetector()
    var columns = [
      Column("evt", event), Column("bx", bunchSlot), Column("orbit", orbit), Column("run", run), Column("fiber", fibre),
      Column("channel", channel), Column("tdc", tdc), Column("tdc2", secondTdc), Column("peak_adc", peak),
      Column("peak_sample", peakSample),
    ]
    var sums: [UInt16] = []
    sums.reserveCapacity(count)
    for hit in 0..<count { sums.append(samples(of: hit).reduce(0) { $0 + UInt16($1) }) }
    columns.append(Column("adc_sum", sums))
    columns.append(Column("peak_fC", peak.map { detector.charge[Int($0)] }, unit: "fC"))
    columns.append(Column("total_fC", (0..<count).map { totalCharge(of: $0, detector.charge) }, unit: "fC"))
    columns.append(
      try Column(
        "samples", elements: Column("item", samples), lengths: [Int?](repeating: Self.samplesPerHit, count: count)))
    return try Table(columns: columns)
  }

  /// The charge of a hit in fC: the sum over its samples, less 20 times the pedestal.
  ///
  /// The pedestal is the median charge of the samples more than 3 away from the peak; of an even number, the mean of the two in
  /// the middle.
  ///
  /// - Parameter charge: charge by code.
  /// - Returns: nil where samples were not kept.
  public func totalCharge(of hit: Int, _ charge: [Double]) -> Double? {
    let own = samples(of: hit)
    guard own.count == Self.samplesPerHit else { return nil }
    let peak = Int(peakSample[hit])
    let values = own.map { charge[Int($0)] }
    // At least 13 samples lie more than 3 away from the peak.
    let away = values.indices.filter { abs($0 - peak) > 3 }.map { values[$0] }.sorted()
    let middle = away.count / 2
    let pedestal = away.count % 2 == 1 ? away[middle] : (away[middle - 1] + away[middle]) / 2
    return values.reduce(0, +) - Double(Self.samplesPerHit) * pedestal
  }

  /// The text of hits in the layout of the boards, one event after another; reads back to the same hits.
  public func text(_ range: Range<Int>) -> [UInt8] {
    var text: [UInt8] = []
    let rule = [UInt8](repeating: 45, count: 75) + [10]
    for hit in range {
      let isSame =
        hit > range.lowerBound && event[hit] == event[hit - 1] && bunchSlot[hit] == bunchSlot[hit - 1]
        && orbit[hit] == orbit[hit - 1] && run[hit] == run[hit - 1]
      if !isSame {
        text += rule
        text += Array(
          "--- START Event: \(event[hit]), BX: \(bunchSlot[hit]), Orbit: \(orbit[hit]), Run: \(run[hit]), ---\n".utf8)
        text += Array(" Fib Ch  ADC[0..19]  /  TDC\n".utf8)
      }
      text += Array("\(fibre[hit]) \(channel[hit]) ".utf8)
      for sample in samples(of: hit) { text += Array("\(sample) ".utf8) }
      text.append(10)
      text += Array(secondTdc[hit] == -1 ? "\(tdc[hit]) \n".utf8 : "\(tdc[hit]) \(secondTdc[hit]) \n".utf8)
    }
    if !range.isEmpty { text += rule }
    return text
  }
}

extension HaloHits {
  /// One JSON object a hit and line, with the names of the table's columns.
  public func jsonLines() -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(count * 200)
    for hit in 0..<count {
      let list = samples(of: hit).map(\.description).joined(separator: ",")
      text += Array(
        "{\"evt\":\(event[hit]),\"bx\":\(bunchSlot[hit]),\"orbit\":\(orbit[hit]),\"run\":\(run[hit]),\"fiber\":\(fibre[hit]),\"channel\":\(channel[hit]),\"tdc\":\(tdc[hit]),\"tdc2\":\(secondTdc[hit]),\"peak_adc\":\(peak[hit]),\"peak_sample\":\(peakSample[hit]),\"samples\":[\(list)]}\n"
          .utf8)
    }
    return text
  }
}
