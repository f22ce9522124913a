import Arguments
import BeamHalo
import Conditions
import Errors

/// The clock of an analysis as the options want it.
enum HaloClock {
  /// The clock, with remarks.
  static func timeline(
    _ arguments: ParsedArguments, _ analysis: HaloAnalysis, _ conditions: HaloConditions
  ) throws(CavernError) -> (timeline: HaloTimeline, warnings: [CavernWarning], alignment: HaloAlignment?) {
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
    return (timeline, warnings, alignment)
  }
}
