import Tables

/// The matrix of a bunch-intensity record, cut to what fits together.
struct BunchIntensityShape {
  var times: [Double]
  var slotCount: Int
  var counts: [Double]
  var filling: [Bool]?
  var remarks: [Remark]

  /// Something that the user should know.
  struct Remark {
    var code: String
    var message: String
  }

  /// Why nothing can be read.
  struct Fault: Error {
    var code: String
    var message: String
  }

  /// Reads the matrix of a record.
  ///
  /// Rows beyond `nbOfMeas` are padding. Rows of unequal length are cut to the shortest one that is not empty; an empty row is a
  /// measurement without values. Measurements without a time are left out, others put in order of time.
  static func read(_ fields: RecordFields) -> Result<BunchIntensityShape, Fault> {
    let name = fields.name("intensity")
    guard let intensities = fields.rows("intensity") else {
      let type = fields.column("intensity").map { "\($0.type)" } ?? "nothing"
      return .failure(
        Fault(code: "fbct.badField", message: "field '\(name)' holds no rows of numbers (it is \(type))"))
    }
    guard let stamps = fields.doubles("times") else {
      return .failure(
        Fault(code: "fbct.badField", message: "field '\(fields.name("times"))' holds no list of numbers"))
    }
    var remarks: [Remark] = []
    func remark(_ code: String, _ message: String) { remarks.append(Remark(code: code, message: message)) }

    var count = min(intensities.count, stamps.count)
    if let stated = fields.int("count"), stated >= 0 {
      if stated > count {
        remark(
          "fbct.measurementCount",
          "'\(fields.name("count"))' says \(stated), there are \(intensities.count) rows and \(stamps.count) times; "
            + "the common \(count) are used")
      }
      count = min(count, stated)
    } else if intensities.count != stamps.count {
      remark(
        "fbct.measurementCount",
        "\(intensities.count) rows but \(stamps.count) times; the common \(count) are used")
    }
    let lengths = (0..<count).map { intensities[$0].count }
    var slotCount = lengths.filter { $0 > 0 }.min() ?? 0
    if Set(lengths).count > 1 {
      remark(
        "fbct.rowLength",
        "rows of '\(name)' have \(lengths.min() ?? 0) to \(lengths.max() ?? 0) slots; the common \(slotCount) are used")
    }
    let pattern = fields.rows("filling")
    if let pattern {
      let isShared = pattern.count == 1 && count > 1
      let patternLengths = (0..<(isShared ? 1 : min(count, pattern.count))).map { pattern[$0].count }
      let common = min(slotCount, patternLengths.filter { $0 > 0 }.min() ?? slotCount)
      if common != slotCount || (!isShared && pattern.count < count) || patternLengths.contains(0) {
        remark(
          "fbct.patternShape",
          "the filling pattern has \(pattern.count) rows of \(patternLengths.min() ?? 0) slots or more for \(count) of "
            + "\(slotCount); the common \(common) slots are used")
        slotCount = common
      }
    } else if count > 0 {
      remark("fbct.noPattern", "no filling pattern; filled slots are those with a signal")
    }

    let exponent = fields.int("timeExponent") ?? -3
    let times = stamps.prefix(count).map { PowerOfTen.scale($0, exponent) }
    let timed = times.indices.filter { times[$0].isFinite }
    let order = timed.sorted { (times[$0], $0) < (times[$1], $1) }
    if timed.count < count {
      remark("fbct.noStamp", "\(count - timed.count) measurements have no time and are left out")
    }
    if order != timed { remark("fbct.timeOrder", "measurements are not in order of time; they were sorted") }

    var counts: [Double] = []
    counts.reserveCapacity(order.count * slotCount)
    var filling: [Bool]? = pattern == nil ? nil : []
    filling?.reserveCapacity(order.count * slotCount)
    for measurement in order {
      let row = intensities[measurement]
      if row.count >= slotCount {
        counts += row.prefix(slotCount).map { $0.isFinite ? $0 : .nan }
      } else {
        counts += [Double](repeating: .nan, count: slotCount)
      }
      guard let pattern else { continue }
      let marks = pattern[pattern.count == 1 ? 0 : measurement]
      let start = marks.startIndex
      for slot in 0..<slotCount {
        filling?.append(slot < marks.count && marks[start + slot].isFinite && marks[start + slot] != 0)
      }
    }
    return .success(
      BunchIntensityShape(
        times: order.map { times[$0] }, slotCount: slotCount, counts: counts, filling: filling, remarks: remarks))
  }
}
