import Errors
import Foundation

extension ROOTObject {
  /// Whether objects of a class are read.
  static func isReadable(_ className: String) -> Bool {
    className == "TProfile"
      || className.count == 4 && (className.hasPrefix("TH1") || className.hasPrefix("TH2"))
        && "CSIFD".contains(className.last ?? " ")
  }

  /// What ROOT's TH1 holds of interest.
  private struct Base {
    var title = ""
    var axes: [HistogramAxis] = []
    var cells = 0
    var entries = 0.0
    var variances: [Double] = []
  }

  /// Takes a streamed object apart: TH1 of versions 4 to 8, which differ only behind what is read here.
  ///
  /// - Throws: `root.damaged`.
  init(className: String, name: String, _ bytes: [UInt8], keyLength: Int) throws(CavernError) {
    var cursor = ROOTCursor(bytes)
    let isProfile = className == "TProfile"
    let dimensions = className.hasPrefix("TH2") ? 2 : 1
    _ = cursor.header()
    if isProfile { _ = cursor.header() }
    if dimensions == 2 {
      let (end, _) = cursor.header()
      let base = try Self.base(&cursor, dimensions, keyLength)
      cursor.place = end
      try self.init(className, name, base, &cursor)
      return
    }
    let base = try Self.base(&cursor, dimensions, keyLength)
    guard isProfile else {
      try self.init(className, name, base, &cursor)
      return
    }
    let sums = cursor.doubles()
    let weights = cursor.doubles()
    cursor.skip(4 + 8 * 4)
    // Versions before 6 have no sums of squared weights.
    let squared = cursor.isWhole && cursor.place < cursor.end ? cursor.doubles() : []
    try Self.check(cursor, [sums, weights, base.variances], base.cells)
    guard let axis = base.axes.first else { throw Self.damaged("it has no axis") }
    var profile = ProfileHistogram(axis)
    guard profile.sums.count == sums.count else { throw Self.damaged("its axis has another number of bins") }
    profile.sums = sums
    profile.squares = base.variances
    profile.weights = weights
    profile.squaredWeights = squared.count == weights.count ? squared : weights
    profile.entries = Int(exactly: base.entries.rounded()) ?? 0
    self.init(name, profile, title: base.title)
  }

  private init(_ className: String, _ name: String, _ base: Base, _ cursor: inout ROOTCursor) throws(CavernError) {
    let values: [Double] =
      switch className.last {
      case "F": cursor.floats()
      case "D": cursor.doubles()
      case "I": cursor.integers(Int32.self)
      case "S": cursor.integers(Int16.self)
      default: cursor.integers(Int8.self)
      }
    try Self.check(cursor, [values], base.cells)
    var histogram = try Histogram(base.axes)
    guard histogram.contents.count == values.count else { throw Self.damaged("its axes have another number of bins") }
    let variances = base.variances.isEmpty ? values.map(abs) : base.variances
    guard variances.count == values.count else { throw Self.damaged("it has another number of variances than bins") }
    if base.axes.count == 1 {
      histogram.contents = values
      histogram.variances = variances
    } else {
      let (columns, rows) = (base.axes[0].count + 2, base.axes[1].count + 2)
      for cell in values.indices {
        histogram.contents[cell % columns * rows + cell / columns] = values[cell]
        histogram.variances[cell % columns * rows + cell / columns] = variances[cell]
      }
    }
    histogram.entries = Int(exactly: base.entries.rounded()) ?? 0
    self.init(name, histogram, title: base.title, isFloat: className.last == "F")
  }

  private static func check(_ cursor: ROOTCursor, _ arrays: [[Double]], _ cells: Int) throws(CavernError) {
    if let fault = cursor.fault { throw damaged(fault) }
    guard arrays.allSatisfy({ $0.count == cells }) else { throw damaged("an array has another length than bins") }
  }

  private static func damaged(_ reason: String) -> CavernError {
    CavernError("root.damaged", "the object is damaged: \(reason)", exit: .badData)
  }

  private static func base(
    _ cursor: inout ROOTCursor, _ dimensions: Int, _ keyLength: Int
  ) throws(CavernError) -> Base {
    var base = Base()
    let (end, version) = cursor.header()
    guard (4...99).contains(version) else { throw damaged("TH1 of version \(version) is not read") }
    base.title = named(&cursor).title
    for _ in 0..<3 {
      // Attributes of lines, areas and markers.
      let (after, _) = cursor.header()
      cursor.place = after
    }
    base.cells = Int(cursor.integer(Int32.self))
    for number in 0..<3 {
      let axis = try axis(&cursor, keyLength)
      if number < dimensions { base.axes.append(axis) }
    }
    cursor.skip(4)
    base.entries = cursor.double()
    // Σw, Σw², Σwx, Σwx², maximum, minimum, normalisation.
    cursor.skip(8 * 7)
    _ = cursor.doubles()
    base.variances = cursor.doubles()
    if let fault = cursor.fault { throw damaged(fault) }
    let expected = base.axes.reduce(1) { $0 * ($1.count + 2) }
    guard base.cells == expected else { throw damaged("\(base.cells) cells for \(expected) bins") }
    cursor.place = end
    return base
  }

  private static func named(_ cursor: inout ROOTCursor) -> (name: String, title: String) {
    let (end, _) = cursor.header()
    object(&cursor)
    let name = cursor.text()
    let title = cursor.text()
    if cursor.isWhole { cursor.place = end }
    return (name, title)
  }

  /// ROOT's TObject; its identifier.
  @discardableResult private static func object(_ cursor: inout ROOTCursor) -> UInt32 {
    // Its version has no length, or, when written by itself, has one.
    _ = cursor.header()
    let identifier = cursor.integer(UInt32.self)
    let bits = cursor.integer(UInt32.self)
    // Referenced objects carry the number of their process.
    if bits & 0x10 != 0 { cursor.skip(2) }
    return identifier
  }

  private static func axis(_ cursor: inout ROOTCursor, _ keyLength: Int) throws(CavernError) -> HistogramAxis {
    let (end, version) = cursor.header()
    let (_, title) = named(&cursor)
    let (after, _) = cursor.header()
    cursor.place = after
    let count = Int(cursor.integer(Int32.self))
    let (lower, upper) = (cursor.double(), cursor.double())
    let edges = cursor.doubles()
    if let fault = cursor.fault { throw damaged(fault) }
    var labels: [String]?
    if version >= 10 {
      cursor.skip(4 + 4 + 2 + 1)
      _ = cursor.text()
      labels = Self.labels(&cursor, count: count, keyLength)
    }
    cursor.place = end
    let (name, unit) = split(title)
    if let labels, let axis = HistogramAxis.category(labels, name: name) { return axis }
    let axis: HistogramAxis? =
      edges.isEmpty
      ? .regular(count, lower, upper, name: name, unit: unit)
      : edges.count == count + 1 ? .variable(edges, name: name, unit: unit) : nil
    guard let axis else { throw damaged("an axis has \(count) bins from \(lower) to \(upper)") }
    return axis
  }

  /// `r [cm]` as name and unit.
  private static func split(_ title: String) -> (String, String?) {
    guard title.hasSuffix("]"), let open = title.range(of: " [", options: .backwards) else { return (title, nil) }
    return (String(title[..<open.lowerBound]), String(title[open.upperBound...].dropLast()))
  }

  /// Names of all bins; `nil` when there is no list, or one that does not name each bin once.
  private static func labels(_ cursor: inout ROOTCursor, count: Int, _ keyLength: Int) -> [String]? {
    var copy = cursor
    let length = copy.integer(UInt32.self)
    guard length & 0x4000_0000 != 0, count < 1 << 20 else { return nil }
    classTag(&copy)
    _ = copy.header()
    object(&copy)
    _ = copy.text()
    let items = Int(copy.integer(Int32.self))
    guard copy.isWhole, items == count else { return nil }
    var names = [String?](repeating: nil, count: count)
    for _ in 0..<items {
      let size = copy.integer(UInt32.self)
      let end = copy.place + Int(size & 0x3fff_ffff)
      classTag(&copy)
      _ = copy.header()
      let bin = Int(object(&copy))
      let text = copy.text()
      guard copy.isWhole, size & 0x4000_0000 != 0, bin >= 1, bin <= count, end <= copy.end else { return nil }
      names[bin - 1] = text
      copy.place = end
      // The option of the list's entry.
      _ = copy.text()
    }
    let found = names.compactMap { $0 }
    return copy.isWhole && found.count == count ? found : nil
  }

  /// The class before an object: named once, then referred to.
  private static func classTag(_ cursor: inout ROOTCursor) {
    if cursor.integer(UInt32.self) == UInt32.max { _ = cursor.zeroTerminated() }
  }
}
