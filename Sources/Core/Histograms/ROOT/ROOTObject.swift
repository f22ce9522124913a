import Errors

/// A named object of a ROOT file.
public struct ROOTObject: Sendable, Equatable {
  /// Its name, with `/` between folders.
  public var name: String
  /// Its title.
  public var title: String
  /// What it is.
  public var content: Content

  /// What is stored.
  public enum Content: Sendable, Equatable {
    /// TH1F, TH1D, TH2F or TH2D.
    case histogram(Histogram, isFloat: Bool)
    /// TProfile.
    case profile(ProfileHistogram)
  }

  /// A histogram with one or two axes.
  ///
  /// - Parameter isFloat: whether contents are stored with 32 bits (TH1F, TH2F) or 64 (TH1D, TH2D).
  public init(_ name: String, _ histogram: Histogram, title: String = "", isFloat: Bool = false) {
    self.name = name
    self.title = title
    content = .histogram(histogram, isFloat: isFloat)
  }

  /// A profile.
  public init(_ name: String, _ profile: ProfileHistogram, title: String = "") {
    self.name = name
    self.title = title
    content = .profile(profile)
  }

  /// The histogram, when it is one.
  public var histogram: Histogram? {
    if case .histogram(let histogram, _) = content { return histogram }
    return nil
  }

  /// The profile, when it is one.
  public var profile: ProfileHistogram? {
    if case .profile(let profile) = content { return profile }
    return nil
  }

  /// The name of ROOT's class.
  public var className: String {
    switch content {
    case .histogram(let histogram, let isFloat): "TH\(histogram.axes.count)\(isFloat ? "F" : "D")"
    case .profile: "TProfile"
    }
  }
}

/// What was read of a ROOT file, and what could not be.
public struct ROOTContents: Sendable {
  /// A part of the file that could not be read.
  public struct Damage: Sendable, Equatable {
    /// Bytes of the file.
    public var bytes: Range<Int>
    /// The object that lies there, if its name is known.
    public var name: String?
    /// What is wrong.
    public var reason: String
  }

  /// An object of a class that is not read.
  public struct Other: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Its class.
    public var className: String
  }

  /// Histograms and profiles in the order of the file; of several cycles of a name the newest.
  public var objects: [ROOTObject] = []
  /// Objects of other classes.
  public var others: [Other] = []
  /// What could not be read.
  public var damage: [Damage] = []
  /// Whether the list of keys was missing or wrong and the records were looked for one by one.
  public var isRecovered = false

  /// The object of a name.
  public subscript(name: String) -> ROOTObject? { objects.first { $0.name == name } }

  /// The damage as warnings that name the bytes.
  public var warnings: [CavernWarning] {
    damage.map {
      CavernWarning(
        "root.damaged",
        "bytes \($0.bytes.lowerBound) to \($0.bytes.upperBound): \($0.name.map { "'\($0)': " } ?? "")\($0.reason)")
    }
  }
}
