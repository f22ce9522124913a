import Arguments
import BeamHalo
import Conditions
import Errors

/// The clock of an analysis as the options want it.
enum HaloClock {
  /// What a clock tells.
  struct Result {
    /// From orbits to times.
    var timeline: HaloTimeline
    /// Lumisections on that clock; none while the start of every run is unknown, since they have times of their own.
    var sections: [Lumisection] = []
    /// Remarks.
    var warnings: [CavernWarning] = []
    /// The shift by which collision hits follow the luminosity best.
    var alignment: HaloAlignment?
  }

  /// The clock, with remarks.
  static func timeline(
    _ arguments: ParsedArguments, _ analysis: HaloAnalysis, _ conditions: HaloConditions
  ) throws(CavernError) -> Result {
    guard let reference = HaloTimeline.reference(analysis.capture, runs: conditions.runs) else {
      throw CavernError("halo.noHits", "there is no hit to take the time from", exit: .badData)
    }
    var timeline = reference.timeline
    var warnings = reference.warnings
    let wish = try arguments.string("align")
    if wish == "runs" { timeline = timeline.alignedToRuns() }
    var alignment: HaloAlignment?
    if !conditions.sections.isEmpty, timeline.isAbsolute {
      alignment = HaloAlignment(analysis, timeline: timeline, sections: conditions.sections)
    }
    if wish == "lumi" {
      if let found = alignment {
        timeline.startMilliseconds += found.shiftMilliseconds
      } else {
        warnings.append(
          CavernWarning("halo.noAlignment", "without luminosity and start times the clock is not shifted"))
      }
    }
    if !timeline.isAbsolute, !conditions.sections.isEmpty {
      warnings.append(
        CavernWarning(
          "halo.luminosityUnplaced",
          "no start of a run is known, so the \(conditions.sections.count) lumisections cannot be laid over the hits and are left out"
        ))
    }
    return Result(
      timeline: timeline, sections: timeline.isAbsolute ? conditions.sections : [], warnings: warnings,
      alignment: alignment)
  }
}
