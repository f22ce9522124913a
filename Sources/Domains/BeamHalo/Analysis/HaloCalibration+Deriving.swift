import Errors

/// The calibration of all channels: what both methods find, and the windows that are in force.
public struct HaloCalibration: Sendable {
  /// Where the windows in force come from.
  public enum Source: String, Sendable {
    /// The classic method on these data.
    case classic
    /// The robust method on these data.
    case robust
    /// A file.
    case file
    /// The median of the good channels of the side.
    case sideMedian = "side-median"
    /// The built-in defaults.
    case standard = "default"
  }

  /// One channel.
  public struct Entry: Sendable {
    /// The channel.
    public var channel: HaloChannel
    /// Its clean hits.
    public var events: Int
    /// The classic method.
    public var classic: HaloClassicCut
    /// The robust method.
    public var robust: HaloRobustCut
    /// The window in force.
    public var window: HaloWindow
    /// Where it comes from.
    public var source: Source
    /// Hits with a peak code above the classic cut.
    public var aboveCut: Int
    /// Most frequent time of those, the lowest on a tie; nil without any.
    public var plotMode: Int?
    /// The time that shifts are counted from: the reference's, or the built-in default.
    public var standardTime: Int
    /// Counts by which the robust centroid lies above the reference; nil without one.
    public var shift: Double?
    /// Uncertainty of the shift.
    public var shiftError: Double?

    /// Whether the times have moved: by at least one count, known to better than 0.3.
    public var hasMoved: Bool {
      guard let shift, let shiftError else { return false }
      return abs(shift) >= 1 && shiftError < 0.3
    }
  }

  /// How the windows in force were found.
  public let method: HaloMethod
  /// The 40 channels.
  public private(set) var entries: [Entry]

  /// Derives the calibration of all channels.
  ///
  /// - Parameters:
  ///   - spectra: clean hits of the runs to derive it from.
  ///   - detector: channels and defaults.
  ///   - method: which windows are in force.
  ///   - given: cuts by channel name that replace derived ones: a fixed calibration.
  ///   - reference: cuts that times are compared with and that stand in for channels without enough hits.
  ///   - options: of the robust method.
  public init(
    _ spectra: HaloSpectra, detector: HaloDetector, method: HaloMethod = .classic, given: HaloCutTable? = nil,
    reference: HaloCutTable? = nil, options: HaloRobustOptions = HaloRobustOptions()
  ) {
    self.method = method
    entries = detector.channels.map { channel in
      let classic = HaloClassicCut(spectra, channel: channel)
      let robust = HaloRobustCut(spectra, channel: channel, options: options)
      let times = spectra.times(channel.index, codes: min(classic.cut.adcCut + 1, 255)...255)
      let above = classic.cut.adcCut >= 255 ? 0 : times.reduce(0, +)
      var entry = Entry(
        channel: channel, events: spectra.total[channel.index], classic: classic, robust: robust,
        window: HaloWindow(channel.defaults), source: .standard, aboveCut: above,
        plotMode: above > 0 ? Self.mode(times) : nil,
        standardTime: reference?.cuts[channel.name]?.tdcPeak ?? channel.defaults.tdcPeak)
      if robust.status == .ok {
        entry.shift = robust.centroid - Double(entry.standardTime)
        entry.shiftError = robust.sigma / Double(robust.inWindow).squareRoot()
      }
      return entry
    }
    for index in entries.indices { settle(index, given, reference) }
  }

  /// The most frequent value, the lowest on a tie.
  static func mode(_ counts: [Int]) -> Int {
    counts.indices.max { (counts[$0], -$0) < (counts[$1], -$1) } ?? 0
  }

  private mutating func settle(_ index: Int, _ given: HaloCutTable?, _ reference: HaloCutTable?) {
    let entry = entries[index]
    let name = entry.channel.name
    if let window = given?.window(name) {
      entries[index].window = window
      entries[index].source = .file
      return
    }
    switch method {
    case .classic:
      entries[index].window = HaloWindow(entry.classic.cut)
      entries[index].source = entry.classic.isEmpty ? .standard : .classic
    case .robust:
      if entry.robust.status == .ok {
        entries[index].window = HaloWindow(
          tdcPeak: entry.robust.peak, times: entry.robust.window,
          adcCut: entry.robust.adcCut ?? entry.channel.defaults.adcCut)
        entries[index].source = .robust
      } else if let window = reference?.window(name) {
        entries[index].window = window
        entries[index].source = .file
      } else if let peak = medianPeak(entry.channel.side) {
        entries[index].window = HaloWindow(HaloCut(tdcPeak: peak, adcCut: entry.channel.defaults.adcCut))
        entries[index].source = .sideMedian
      }
    }
  }

  /// The lower median of the peaks of the good channels of a side; nil without any.
  private func medianPeak(_ side: HaloSide) -> Int? {
    let peaks = entries.filter { $0.channel.side == side && $0.robust.status == .ok }.map(\.robust.peak).sorted()
    return peaks.isEmpty ? nil : peaks[(peaks.count - 1) / 2]
  }
}
