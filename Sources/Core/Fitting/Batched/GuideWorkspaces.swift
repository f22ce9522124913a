/// Samples for the guide of a search: all of them and a quarter.
struct GuideWorkspaces<Vector: FitLanes>: ~Copyable {
  var all: FitWorkspace<Vector>
  var quarter: FitWorkspace<Vector>

  /// Space for problems of up to `samples` samples.
  init(samples: Int) {
    all = FitWorkspace(samples: samples)
    quarter = FitWorkspace(samples: samples / 4 + 8)
  }
}
