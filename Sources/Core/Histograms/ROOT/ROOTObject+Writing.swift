import Errors

extension ROOTObject {
  /// The object as ROOT streams it (TH1 version 8, TH2 5, TProfile 7, TAxis 10).
  ///
  /// - Parameter keyLength: bytes before it in its record, which references to classes count from.
  /// - Throws: `root.dimensions` for histograms with more than two axes.
  func streamed(keyLength: Int) throws(CavernError) -> [UInt8] {
    var buffer = ROOTBuffer()
    switch content {
    case .histogram(let histogram, let isFloat):
      let cells = try Self.cells(histogram)
      let ordered = cells.map { histogram.contents[$0] }
      let variances = cells.map { histogram.variances[$0] }
      let sums = Moments(histogram)
      buffer.versioned(histogram.axes.count == 1 ? 3 : 4) {
        if histogram.axes.count == 1 {
          base(&$0, histogram.axes, cells: ordered.count, Double(histogram.entries), sums, variances, keyLength)
        } else {
          $0.versioned(5) {
            base(&$0, histogram.axes, cells: ordered.count, Double(histogram.entries), sums, variances, keyLength)
            for value in [1, sums.wy, sums.wyy, sums.wxy] { $0.add(value) }
          }
        }
        if isFloat { $0.add(floats: ordered) } else { $0.add(array: ordered) }
      }
    case .profile(let profile):
      let sums = Moments(profile)
      let isWeighted = profile.squaredWeights != profile.weights
      buffer.versioned(7) {
        $0.versioned(3) {
          base(
            &$0, [profile.axis], cells: profile.sums.count, Double(profile.entries), sums, profile.squares, keyLength)
          $0.add(array: profile.sums)
        }
        $0.add(array: profile.weights)
        $0.add(Int32(0))
        // No limits in y, and the sums Σ w y and Σ w y².
        for value in [0, 0, sums.wy, sums.wyy] { $0.add(value) }
        $0.add(array: isWeighted ? profile.squaredWeights : [])
      }
    }
    return buffer.bytes
  }

  /// Positions of our bins in the order of ROOT's: x fastest.
  private static func cells(_ histogram: Histogram) throws(CavernError) -> [Int] {
    switch histogram.axes.count {
    case 1: return Array(histogram.contents.indices)
    case 2:
      let (columns, rows) = (histogram.axes[0].count + 2, histogram.axes[1].count + 2)
      return (0..<columns * rows).map { $0 % columns * rows + $0 / columns }
    default:
      throw CavernError(
        "root.dimensions", "a histogram with \(histogram.axes.count) axes cannot be written to a ROOT file",
        exit: .internal, expected: "one or two axes")
    }
  }

  /// Sums over the bins inside, at their middles.
  struct Moments {
    var w = 0.0
    var ww = 0.0
    var wx = 0.0
    var wxx = 0.0
    var wy = 0.0
    var wyy = 0.0
    var wxy = 0.0

    init(_ histogram: Histogram) {
      let centres = histogram.axes.map(\.centres)
      let rows = histogram.axes.count == 2 ? centres[1].count : 1
      let values = histogram.values
      let variances = histogram.innerVariances
      for index in values.indices {
        let value = values[index]
        let x = centres[0][index / rows]
        w += value
        ww += variances[index]
        wx += value * x
        wxx += value * x * x
        guard histogram.axes.count == 2 else { continue }
        let y = centres[1][index % rows]
        wy += value * y
        wyy += value * y * y
        wxy += value * x * y
      }
    }

    init(_ profile: ProfileHistogram) {
      for (index, x) in profile.axis.centres.enumerated() {
        let value = profile.weights[index + 1]
        w += value
        ww += profile.squaredWeights[index + 1]
        wx += value * x
        wxx += value * x * x
        wy += profile.sums[index + 1]
        wyy += profile.squares[index + 1]
      }
    }
  }

  /// What all kinds share: ROOT's TH1.
  private func base(
    _ buffer: inout ROOTBuffer, _ axes: [HistogramAxis], cells: Int, _ entries: Double, _ sums: Moments,
    _ variances: [Double], _ keyLength: Int
  ) {
    let last = name.split(separator: "/").last.map(String.init) ?? name
    buffer.versioned(8) {
      $0.addNamed(last, title)
      $0.versioned(2) { for value: Int16 in [602, 1, 1] { $0.add(value) } }
      $0.versioned(2) { for value: Int16 in [0, 1001] { $0.add(value) } }
      $0.versioned(2) {
        for value: Int16 in [1, 1] { $0.add(value) }
        $0.add(Float(1))
      }
      $0.add(Int32(cells))
      for (index, name) in ["xaxis", "yaxis", "zaxis"].enumerated() {
        $0.add(axis: index < axes.count ? axes[index] : nil, name: name, keyLength: keyLength)
      }
      for value: Int16 in [0, 1000] { $0.add(value) }
      for value in [entries, sums.w, sums.ww, sums.wx, sums.wxx, -1111, -1111, 0] { $0.add(value) }
      $0.add(array: [])
      $0.add(array: variances)
      $0.add("")
      $0.addList([])
      $0.add(Int32(0))
      $0.add(UInt8(0))
      for value: Int32 in [0, 2] { $0.add(value) }
    }
  }
}

extension ROOTBuffer {
  /// Bits of an object in memory that is not deleted.
  private static let objectBits: UInt32 = 0x0300_0000

  /// ROOT's TObject.
  mutating func addObject(identifier: UInt32 = 0) {
    add(Int16(1))
    add(identifier)
    add(Self.objectBits)
  }

  /// ROOT's TNamed.
  mutating func addNamed(_ name: String, _ title: String) {
    versioned(1) {
      $0.addObject()
      $0.add(name)
      $0.add(title)
    }
  }

  /// ROOT's TList without a name; `items` are streamed objects with their class before them.
  mutating func addList(_ items: [(inout ROOTBuffer) -> Void]) {
    versioned(5) {
      $0.addObject()
      $0.add("")
      $0.add(Int32(items.count))
      for item in items {
        item(&$0)
        $0.add(UInt8(0))
      }
    }
  }

  /// ROOT's TAxis; an axis that is not used has one bin from 0 to 1.
  mutating func add(axis: HistogramAxis?, name: String, keyLength: Int) {
    versioned(10) {
      let unit = axis?.unit.map { " [\($0)]" } ?? ""
      $0.addNamed(name, (axis?.name ?? "") + (axis?.name.isEmpty ?? true ? "" : unit))
      $0.versioned(4) {
        $0.add(Int32(510))
        for value: Int16 in [1, 1, 42] { $0.add(value) }
        for value: Float in [0.005, 0.035, 0.03, 1, 0.035] { $0.add(value) }
        for value: Int16 in [1, 42] { $0.add(value) }
      }
      let edges = axis?.edges ?? [0, 1]
      $0.add(Int32(edges.count - 1))
      $0.add(edges[0])
      $0.add(edges[edges.count - 1])
      var names: [String] = []
      switch axis?.kind {
      case .variable, .logarithmic: $0.add(array: edges)
      case .category(let labels):
        names = labels
        $0.add(array: [])
      default: $0.add(array: [])
      }
      for value: Int32 in [0, 0] { $0.add(value) }
      $0.add(UInt16(0))
      $0.add(UInt8(0))
      $0.add("")
      if names.isEmpty { $0.add(UInt32(0)) } else { $0.add(labels: names, keyLength: keyLength) }
      $0.add(UInt32(0))
    }
  }

  /// A THashList of the names of bins: objects whose identifiers are the bins.
  private mutating func add(labels: [String], keyLength: Int) {
    counted {
      $0.add(UInt32.max)
      $0.add(zeroTerminated: "THashList")
      var place: Int?
      $0.addList(
        labels.enumerated().map { number, label in
          { buffer in
            buffer.counted {
              if let place {
                $0.add(UInt32(place + keyLength + 2) | 0x8000_0000)
              } else {
                place = $0.bytes.count
                $0.add(UInt32.max)
                $0.add(zeroTerminated: "TObjString")
              }
              $0.versioned(1) {
                $0.addObject(identifier: UInt32(number + 1))
                $0.add(label)
              }
            }
          }
        })
    }
  }
}
