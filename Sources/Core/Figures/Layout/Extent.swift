/// Lowest and highest finite value seen; empty until one is.
struct Extent: Equatable {
  var lower = Double.infinity
  var upper = -Double.infinity
  /// Lowest value above zero, for logarithmic axes.
  var lowerPositive = Double.infinity

  var isEmpty: Bool { lower > upper }

  mutating func include(_ value: Double) {
    guard value.isFinite else { return }
    lower = min(lower, value)
    upper = max(upper, value)
    if value > 0 { lowerPositive = min(lowerPositive, value) }
  }

  mutating func include(_ values: some Sequence<Double>) {
    for value in values { include(value) }
  }

  mutating func include(_ other: Extent) {
    lower = min(lower, other.lower)
    upper = max(upper, other.upper)
    lowerPositive = min(lowerPositive, other.lowerPositive)
  }
}

extension Series {
  /// The ranges of x and y that hold the data and their error bars.
  var extents: (x: Extent, y: Extent) {
    var across = Extent()
    var up = Extent()
    func include(_ values: [Double], _ errors: ErrorBars?, in extent: inout Extent) {
      extent.include(values)
      guard let errors else { return }
      for (value, error) in zip(values, errors.lower) { extent.include(value - error) }
      for (value, error) in zip(values, errors.upper) { extent.include(value + error) }
    }
    switch shape {
    case .line(let x, let y, _):
      across.include(x)
      up.include(y)
    case .points(let x, let y, _, _, let xError, let yError):
      include(x, xError, in: &across)
      include(y, yError, in: &up)
    case .steps(let edges, let values, let isFilled):
      across.include(edges)
      up.include(values)
      if isFilled { up.include(0) }
    case .band(let x, let lower, let upper):
      across.include(x)
      up.include(lower)
      up.include(upper)
    case .bars(let x, let height, let width):
      for value in x {
        across.include(value - width / 2)
        across.include(value + width / 2)
      }
      up.include(height)
      up.include(0)
    case .image(let map):
      across.include(map.xEdges)
      up.include(map.yEdges)
    case .bundle(let bundle):
      for member in bundle.members {
        across.include(member.x)
        up.include(member.y)
      }
    }
    return (across, up)
  }

  /// Whether the data fill their range to the edge, so that no margin belongs around them.
  var fillsRange: (x: Bool, y: Bool) {
    switch shape {
    case .image: (true, true)
    case .steps, .bars: (true, false)
    default: (false, false)
    }
  }

  /// The colour scale of maps and bundles; `nil` for other shapes.
  var colourScale: ColourScale? {
    switch shape {
    case .image(let map): map.scale
    case .bundle(let bundle): bundle.scale
    default: nil
    }
  }

  /// The range of the values that become colours.
  var colourExtent: Extent {
    var extent = Extent()
    switch shape {
    case .image(let map): extent.include(map.values)
    case .bundle(let bundle): extent.include(bundle.members.map(\.value))
    default: break
    }
    return extent
  }
}
