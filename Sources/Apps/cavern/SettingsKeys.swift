import Arguments
import Settings

/// The settings that Cavern knows; each area adds its own.
enum SettingsKeys {
  /// All of them.
  static let schema =
    SettingsSchema(beam)
    + SettingsSchema(pixel)
    + SettingsSchema(figures)
    + SettingsSchema(batch)
    + SettingsSchema(halo)

  /// Beam instrumentation.
  static let beam: [SettingsKey] = [
    SettingsKey(
      "beam.optics", .text, example: "sps-q26-pb-ions",
      "Optics at the wire scanners: the name of a set, or a file that holds one."),
    SettingsKey(
      "beam.dpp", .number(0...1), default: "0.001", "Relative momentum spread of the beam (one standard deviation)."),
    SettingsKey(
      "beam.threshold", .number(0...1), default: "0.38",
      "Area above which a bunch counts as filled, relative to the median of the upper half."),
    SettingsKey(
      "beam.injection_interval", .number(0...1e4), default: "3.6", unit: "s", "Time from injection to injection."),
  ]

  /// Pixel monitoring.
  static let pixel: [SettingsKey] = [
    SettingsKey(
      "pixel.db", .text, example: "DSN=conditions",
      "Conditions database: path of an SQLite file or an ODBC connection string, without password."),
    SettingsKey("pixel.schema", .text, example: "cms_trk_dcs_pvss_cond", "Owner of the conditions tables."),
    SettingsKey(
      "pixel.password_file", .file(), example: "/home/user/.cavern/conditions",
      "File (mode 0600) with the password of the ODBC connection."),
  ]

  /// Figures.
  static let figures: [SettingsKey] = [
    SettingsKey("figures.format", .list(.choice(["png", "svg", "pdf", "html"])), default: "png", "Formats of figures.")
  ]

  /// Work over many files.
  static let batch: [SettingsKey] = [
    SettingsKey("batch.threads", .integer(1...4096), example: "4", "How many threads to use; all cores when not set.")
  ]

  /// The beam halo monitor.
  static let halo: [SettingsKey] = [
    SettingsKey(
      "halo.max_loss", .number(0...1), default: "0.01", "Largest share of hits that damage of a file may take."),
    SettingsKey("halo.cache", .folder, example: "runs", "Folder in which answers about runs are kept."),
    SettingsKey(
      "halo.oms_url", .text, example: "https://cmsoms.cern.ch/agg/api/v1", "Address of OMS, without a slash at its end."
    ),
    SettingsKey("halo.cookies", .file(), example: "oms-cookies.txt", "Cookie file of a sign-in to OMS, mode 0600."),
  ]
}
