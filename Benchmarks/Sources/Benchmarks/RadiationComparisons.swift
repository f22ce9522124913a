import Foundation

/// Fluence fields, radiation profiles and damage of the pixel tracker, whole runs of the program.
struct RadiationComparisons {
  let paths: Paths
  let repeats: Int

  private var script: String { paths.root + "Benchmarks/twins/radiation_twin.py" }
  private var folder: String { paths.scratch + "/radiation" }

  /// - Parameter isWanted: tells by its name whether a comparison is to be made.
  func all(where isWanted: (String) -> Bool) -> [Comparison] {
    let names = ["fluence-import", "hamburg-80000", "profile-80000", "profile-80000-loaded", "profile-year"].filter(
      isWanted)
    guard !names.isEmpty else { return [] }
    do {
      if !FileManager.default.fileExists(atPath: folder + "/year_sections.csv") {
        _ = try ProgramRun([paths.python, script, "make", folder], measuredBy: paths.measurer)
      }
      _ = try ProgramRun(
        [paths.program, "pixel", "fluence", "import", folder + "/usrbin_ascii", "--out", folder + "/field", "--quiet"],
        measuredBy: paths.measurer)
    } catch {
      var failed = Comparison("radiation", "inputs of the radiation benchmarks")
      failed.fault = "\(error)"
      return [failed]
    }
    return names.map { name in
      switch name {
      case "fluence-import": fluence()
      case "hamburg-80000": damage()
      case "profile-80000":
        profile(
          name, "profile of 79,353 rows of one group, 298 MB of luminosity sections read", "long",
          ["--groups", "BPix_BmI_SEC1_LYR1"])
      case "profile-80000-loaded": loadedProfile(name)
      default: profile(name, "128 profiles of a year, 1.2 million rows", "year", ["--groups", "Barrel"])
      }
    }
  }

  private func fluence() -> Comparison {
    var comparison = Comparison("fluence-import", "FLUKA text of 21 MB to a stored field")
    comparison.measure(repeats: repeats) {
      try ProgramRun(
        [paths.program, "pixel", "fluence", "import", folder + "/usrbin_ascii", "--out", folder + "/field", "--quiet"],
        measuredBy: paths.measurer
      ).seconds
    } twin: {
      try ProgramRun([paths.python, script, "fluka", folder + "/usrbin_ascii"], measuredBy: paths.measurer).seconds
    }
    return comparison
  }

  /// The twin's exact sum grows with the square of the steps: it runs over 4,000 and is scaled to 80,000.
  private func damage() -> Comparison {
    var comparison = Comparison("hamburg-80000", "damage of 80,000 steps, read to written")
    let file = folder + "/profile_80000.txt"
    comparison.measure(repeats: repeats) {
      try ProgramRun(
        [paths.program, "pixel", "simulate-damage", file, "--csv", "-o", folder + "/damage.csv", "--quiet"],
        measuredBy: paths.measurer
      ).seconds
    } twin: {
      try ProgramRun([paths.python, script, "hamburg", file, "4000"], measuredBy: paths.measurer).seconds * 400
    }
    comparison.note = "the twin's exact sum is measured over 4,000 steps and scaled by 20 squared"
    return comparison
  }

  private func profile(_ name: String, _ title: String, _ data: String, _ groups: [String]) -> Comparison {
    var comparison = Comparison(name, title)
    do {
      for round in 0...1 {
        let seconds = try build(data, groups)
        if round > 0 { comparison.cavern.values.append(seconds) }
      }
    } catch { comparison.fault = "\(error)" }
    return comparison
  }

  /// Seconds of a whole run of `profile build`.
  private func build(_ data: String, _ options: [String]) throws -> Double {
    try ProgramRun(
      [
        paths.program, "pixel", "profile", "build", "--db", folder + "/\(data).sqlite", "--fills",
        folder + "/\(data)_fills.csv", "--lumi", folder + "/\(data)_sections.csv", "--field", folder + "/field",
        "--out", folder + "/profiles-\(data)", "--overwrite", "--quiet",
      ] + options, measuredBy: paths.measurer
    ).seconds
  }

  /// What the rows cost once the luminosity of the period is in memory: all fills against the first alone, which reads the
  /// same sections and field and starts the same program.
  private func loadedProfile(_ name: String) -> Comparison {
    var comparison = Comparison(name, "the same without reading the luminosity: run over all fills less run over one")
    let group = ["--groups", "BPix_BmI_SEC1_LYR1"]
    do {
      _ = try build("long", group)
      for _ in 0..<max(2, repeats) {
        comparison.cavern.values.append(
          try build("long", group) - build("long", group + ["--last-fill", "8000"]))
      }
      comparison.note = "the difference of two runs; series are read from the database in it"
    } catch { comparison.fault = "\(error)" }
    return comparison
  }
}
