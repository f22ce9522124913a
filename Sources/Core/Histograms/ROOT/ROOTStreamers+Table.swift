extension ROOTStreamers {
  /// The classes that histograms and profiles are made of, bases before what is built on them, with their members in the
  /// order in which they are written (ROOT 6, headers of TH1, TH2, TProfile, TAxis and the classes below them).
  static let classes: [Class] = [
    Class(
      "TObject", 1, [],
      [
        .number("fUniqueID", .unsigned, "object unique identifier"), .number("fBits", .bits, "bit field status word"),
      ]),
    Class("TString", 2, [], [], checksum: 0x17419),
    Class("TNamed", 1, ["TObject"], [.text("fName", "object identifier"), .text("fTitle", "object title")]),
    Class(
      "TCollection", 3, ["TObject"],
      [.text("fName", "name of the collection"), .number("fSize", .int, "number of elements")]),
    Class("TSeqCollection", 0, ["TCollection"], [], checksum: 0xFC6C_3BC6),
    Class("TList", 5, ["TSeqCollection"], [], checksum: 0x69C5_C3BB),
    Class("THashList", 0, ["TList"], [], checksum: 0xCC7E_49C1),
    Class("TObjString", 1, ["TObject"], [.text("fString", "wrapped TString")]),
    Class(
      "TAttLine", 2, [],
      [
        .number("fLineColor", .short, "line colour"), .number("fLineStyle", .short, "line style"),
        .number("fLineWidth", .short, "line width"),
      ]),
    Class(
      "TAttFill", 2, [],
      [.number("fFillColor", .short, "fill colour"), .number("fFillStyle", .short, "fill style")]),
    Class(
      "TAttMarker", 2, [],
      [
        .number("fMarkerColor", .short, "marker colour"), .number("fMarkerStyle", .short, "marker style"),
        .number("fMarkerSize", .float, "marker size"),
      ]),
    Class(
      "TAttAxis", 4, [],
      [
        .number("fNdivisions", .int, "number of divisions"), .number("fAxisColor", .short, "colour of the line"),
        .number("fLabelColor", .short, "colour of labels"), .number("fLabelFont", .short, "font of labels"),
        .number("fLabelOffset", .float, "offset of labels"), .number("fLabelSize", .float, "size of labels"),
        .number("fTickLength", .float, "length of ticks"), .number("fTitleOffset", .float, "offset of the title"),
        .number("fTitleSize", .float, "size of the title"), .number("fTitleColor", .short, "colour of the title"),
        .number("fTitleFont", .short, "font of the title"),
      ]),
    Class(
      "TAxis", 10, ["TNamed", "TAttAxis"],
      [
        .number("fNbins", .int, "number of bins"), .number("fXmin", .double, "low edge of the first bin"),
        .number("fXmax", .double, "upper edge of the last bin"), .array("fXbins", "edges of the bins"),
        .number("fFirst", .int, "first bin to show"), .number("fLast", .int, "last bin to show"),
        .number("fBits2", .unsignedShort, "second status word"),
        .number("fTimeDisplay", .bool, "whether values are times"), .text("fTimeFormat", "format of times"),
        .pointer("fLabels", "THashList", "labels of the bins"), .pointer("fModLabs", "TList", "modified labels"),
      ]),
    Class(
      "TH1", 8, ["TNamed", "TAttLine", "TAttFill", "TAttMarker"],
      [
        .number("fNcells", .int, "number of bins with flow"), .object("fXaxis", "TAxis", 216, "x axis"),
        .object("fYaxis", "TAxis", 216, "y axis"), .object("fZaxis", "TAxis", 216, "z axis"),
        .number("fBarOffset", .short, "1000 * offset of bars"), .number("fBarWidth", .short, "1000 * width of bars"),
        .number("fEntries", .double, "number of entries"), .number("fTsumw", .double, "sum of weights"),
        .number("fTsumw2", .double, "sum of squared weights"), .number("fTsumwx", .double, "sum of weight*x"),
        .number("fTsumwx2", .double, "sum of weight*x*x"), .number("fMaximum", .double, "maximum for plotting"),
        .number("fMinimum", .double, "minimum for plotting"), .number("fNormFactor", .double, "normalisation"),
        .array("fContour", "contour levels"), .array("fSumw2", "sums of squared weights"),
        .text("fOption", "options"), .ownedPointer("fFunctions", "TList", "->functions"),
        .number("fBufferSize", .counter, "size of fBuffer"),
        .counted("fBuffer", "double*", by: "fBufferSize", of: "TH1", 8, "[fBufferSize] entries"),
        .enumeration("fBinStatErrOpt", "TH1::EBinErrorOpt", "kind of errors"),
        .enumeration("fStatOverflows", "TH1::EStatOverflows", "whether flow counts in statistics"),
      ]),
    Class("TH1F", 3, ["TH1", "TArrayF"], []),
    Class("TH1D", 3, ["TH1", "TArrayD"], []),
    Class(
      "TH2", 5, ["TH1"],
      [
        .number("fScalefactor", .double, "scale factor"), .number("fTsumwy", .double, "sum of weight*y"),
        .number("fTsumwy2", .double, "sum of weight*y*y"), .number("fTsumwxy", .double, "sum of weight*x*y"),
      ]),
    Class("TH2F", 4, ["TH2", "TArrayF"], []),
    Class("TH2D", 4, ["TH2", "TArrayD"], []),
    Class(
      "TProfile", 7, ["TH1D"],
      [
        .array("fBinEntries", "sums of weights by bin"), .enumeration("fErrorMode", "EErrorType", "kind of errors"),
        .number("fYmin", .double, "lower limit in y"), .number("fYmax", .double, "upper limit in y"),
        .number("fTsumwy", .double, "sum of weight*y"), .number("fTsumwy2", .double, "sum of weight*y*y"),
        .array("fBinSumw2", "sums of squared weights by bin"),
      ]),
  ]

  /// Versions and checksums of classes that are not described themselves, because ROOT streams them by hand.
  static let foreign: [String: (version: Int32, checksum: UInt32)] = [
    "TArrayF": (1, 0x5A0B_F6F1), "TArrayD": (1, 0x7139_EF34),
  ]
}
