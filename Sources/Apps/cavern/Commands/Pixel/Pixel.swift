import Arguments

extension Command {
  /// `cavern pixel`: the CMS pixel tracker.
  static var pixel: Command {
    Command(
      "pixel", "CMS pixel tracker: fluence, radiation profile, damage.",
      discussion: """
        Times are UTC throughout. Groups are named as in BPix_BmI_SEC1_LYR1 and FPix_BmI_D1_ROG1_RNG1.
        """,
      examples: [
        Example("cavern pixel fluence import usrbin_40_ascii --out field", "read a FLUKA field"),
        Example("cavern pixel profile merge pieces --out profile.txt", "join pieces of a radiation profile"),
        Example("cavern pixel simulate-damage profile.txt --csv", "predict leakage current and depletion voltage"),
      ],
      subcommands: [.pixelFluence, .pixelProfile, .pixelSimulateDamage, .pixelCompare])
  }
}
