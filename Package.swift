// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Vector instructions for the numeric modules.
///
/// What this machine has, or what `CAVERN_CPU` asks for (`baseline`, `x86-64-v3`, `x86-64-v4`). A program built with `baseline`
/// runs on every x86-64 machine. Vectors of 512 bits make pixel fits half as fast again, but a program built with them runs on few
/// machines besides, so they must be asked for.
let processor: String = {
  if let wish = ProcessInfo.processInfo.environment["CAVERN_CPU"], !wish.isEmpty { return wish }
  #if arch(x86_64)
    let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let words = Set(flags.prefix(4096).split(whereSeparator: { $0.isWhitespace }))
    return words.isSuperset(of: ["avx2", "fma", "bmi2"]) ? "x86-64-v3" : "baseline"
  #else
    return "baseline"
  #endif
}()

/// One list of compile settings for every target.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
let numeric: [SwiftSetting] =
  strict + (processor == "baseline" ? [] : [.unsafeFlags(["-Xcc", "-march=\(processor)"]), .define("CAVERN_FMA")])
/// Headers are headers here: a module of one target cannot be imported by the C++ of another.
let cxx: [CXXSetting] = [
  .unsafeFlags(["-std=c++20", "-Wall", "-Wextra", "-Wno-unused-parameter", "-fno-cxx-modules"])
]

/// Where a program looks for the library `cavern-arrow`, which it loads on first use (Documentation/decisions/0024-late-arrow.md):
/// in its own folder, in an installation, in the folder of the build.
let places = ["$ORIGIN", "$ORIGIN/../lib/cavern", "\(Context.packageDirectory)/.build/release"].flatMap {
  ["-Xlinker", "-rpath=\($0)"]
}

/// Without optimisation.
let plain: [SwiftSetting] = [.unsafeFlags(["-Onone"])]

/// The settings of a module that `make test` compiles without optimisation: optimising these takes longer than the tests gain.
func plainInTests(_ name: String) -> [SwiftSetting] {
  let modules: Set = [
    "Arguments", "Figures", "TimeSeries", "Instruments", "Conditions", "PixelMonitoring", "Bench", "cavern",
  ]
  return ProcessInfo.processInfo.environment["CAVERN_TESTS"] != nil && modules.contains(name) ? plain : []
}

/// A Swift module at `Sources/<floor>/<name>`.
func module(
  _ name: String, on floor: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict,
  facts: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)",
    resources: facts.map { .embedInCode("Facts/\($0)") },
    swiftSettings: settings + plainInTests(name))
}

/// A C library at `Sources/System/<name>`, found by `pkg-config`.
func library(_ name: String, _ pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// The tests of the modules in `dependencies`, at `Tests/<name>`.
///
/// The modules are optimised, the tests themselves are not: that halves the time to compile them.
func tests(_ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = strict) -> Target {
  .testTarget(
    name: name, dependencies: ["TestSupport"] + dependencies, path: "Tests/\(name)",
    swiftSettings: settings + plain)
}

let package = Package(
  name: "Cavern",
  products: [
    .executable(name: "cavern", targets: ["cavern"]),
    .library(name: "cavern-arrow", type: .dynamic, targets: ["ArrowFiles"]),
    // Modules that the package in Benchmarks/ measures.
    .library(name: "CavernFitting", targets: ["Fitting"]),
    .library(name: "CavernTables", targets: ["Tables"]),
    .library(name: "CavernJSON", targets: ["JSON"]),
    .library(name: "CavernTimeSeries", targets: ["TimeSeries"]),
    .library(name: "CavernInstruments", targets: ["Instruments"]),
    .library(name: "CavernBeamHalo", targets: ["BeamHalo"]),
  ],
  targets: [
    // System: C and C++ edges, one thin target each.
    .target(
      name: "CArrow", dependencies: ["LateLibraries"], path: "Sources/System/CArrow", cxxSettings: cxx,
      linkerSettings: [.unsafeFlags(places)]),
    .systemLibrary(
      name: "ArrowLibraries", path: "Sources/System/ArrowLibraries", pkgConfig: "cavern-arrow"),
    .target(
      name: "ArrowFiles", dependencies: ["ArrowLibraries"], path: "Sources/System/ArrowFiles", publicHeadersPath: ".",
      cxxSettings: cxx + [.unsafeFlags(["-fvisibility=hidden"])],
      // There is no Swift inside: the library must not bring a Swift runtime beside the program's own.
      linkerSettings: [.unsafeFlags(["-static-stdlib", "-nostartfiles", "-Xlinker", "--as-needed"])]),
    .target(name: "CToml", path: "Sources/System/CToml", cxxSettings: cxx),
    library("CArchive", "libarchive", apt: "libarchive-dev"),
    library("CFFTW", "fftw3", apt: "libfftw3-dev"),
    library("CSQLite", "sqlite3", apt: "libsqlite3-dev"),
    library("CODBC", "odbc", apt: "unixodbc-dev"),
    library("CSerialPort", "libserialport", apt: "libserialport-dev"),
    library("CMosquitto", "libmosquitto", apt: "libmosquitto-dev"),
    .target(name: "CHTTP", dependencies: ["LateLibraries"], path: "Sources/System/CHTTP"),
    .target(
      name: "LateLibraries", dependencies: ["TIRPCLibrary"], path: "Sources/System/LateLibraries",
      linkerSettings: [
        .unsafeFlags(["-Xclang-linker", "--config=\(Context.packageDirectory)/Packaging/link/late-libraries.cfg"])
      ]),
    library("CNettle", "nettle", apt: "nettle-dev"),
    library("TIRPCLibrary", "libtirpc", apt: "libtirpc-dev"),
    .target(name: "CVXI11", dependencies: ["TIRPCLibrary"], path: "Sources/System/CVXI11"),
    library("CZlib", "zlib", apt: "zlib1g-dev"),
    library("CLZ4", "liblz4", apt: "liblz4-dev"),
    library("CZstandard", "libzstd", apt: "libzstd-dev"),

    // Core: no device, no network.
    module("JSON", on: "Core"),
    module("Errors", on: "Core", ["JSON"]),
    module("Files", on: "Core", ["Errors"]),
    module("SharedLibraries", on: "Core", ["Errors", "LateLibraries"]),
    module("Tables", on: "Core", ["Errors", "Files", "CArrow"]),
    module("Histograms", on: "Core", ["Errors", "Files", "CZlib", "CLZ4", "CZstandard"]),
    module("Fitting", on: "Core", ["Errors", "JSON"], settings: numeric),
    module("Transforms", on: "Core", ["CFFTW"]),
    module("Figures", on: "Core", ["Errors", "Files", "JSON"]),
    module("Results", on: "Core", ["Errors", "Files", "JSON", "Tables", "Figures", "CNettle"]),
    module("Arguments", on: "Core", ["Errors", "JSON"]),
    module("Settings", on: "Core", ["Errors", "Arguments", "CToml"]),
    module("SQLite", on: "Core", ["Errors", "CSQLite"]),

    // Services.
    module("Batch", on: "Services", ["Errors", "Files", "JSON", "Results"]),
    module("HTTPClient", on: "Services", ["Errors", "SharedLibraries"]),
    module("HTTPServer", on: "Services", ["Errors", "JSON", "SharedLibraries", "CHTTP"]),
    module("TimeSeries", on: "Services", ["Errors", "JSON", "Files", "SQLite", "HTTPClient", "CZlib"]),
    module(
      "Instruments", on: "Services", ["Errors", "JSON", "SharedLibraries", "CSerialPort", "CVXI11"], settings: numeric,
      facts: ["caen_parameters.json", "caen_status_bits.json"]),
    module(
      "Conditions", on: "Services",
      ["Errors", "JSON", "Files", "Tables", "SharedLibraries", "SQLite", "HTTPClient", "CODBC"]),

    // Domains.
    module(
      "BeamInstrumentation", on: "Domains",
      ["Errors", "JSON", "Tables", "Fitting", "Figures", "Results", "Transforms"], settings: numeric,
      facts: ["optics.json", "machines.json", "devices.json"]),
    module(
      "VeloCalibration", on: "Domains",
      [
        "Errors", "JSON", "Files", "Tables", "Fitting", "Figures", "Results", "Settings", "SharedLibraries", "CArchive",
        "CZlib",
      ],
      settings: numeric),
    module(
      "BeamHalo", on: "Domains",
      ["Errors", "JSON", "Files", "Tables", "Histograms", "Fitting", "Figures", "Results", "Conditions", "CZlib"],
      settings: numeric, facts: ["channels.json", "charge.json", "phases.json"]),
    module(
      "PixelMonitoring", on: "Domains",
      ["Errors", "JSON", "Files", "Tables", "Histograms", "Fitting", "Figures", "Results", "SQLite", "Conditions"],
      settings: numeric,
      facts: [
        "barrel_ladders.json", "constants.json", "cooling.json", "endcap_modules.json",
        "endcap_sensors.json", "eras.json", "first_detector.json", "readout_groups.json", "rocs.json",
        "uncertainties.json",
      ]),
    module(
      "Bench", on: "Domains",
      [
        "Errors", "Arguments", "JSON", "Files", "Tables", "Histograms", "Fitting", "Figures", "Results", "Settings",
        "SharedLibraries", "TimeSeries", "Instruments", "HTTPClient", "HTTPServer", "CMosquitto",
      ], settings: numeric),

    // Apps.
    .executableTarget(
      name: "cavern",
      dependencies: [
        "Errors", "Files", "JSON", "Tables", "Histograms", "Fitting", "Figures", "Results", "Arguments", "Settings",
        "Batch",
        "TimeSeries", "Instruments", "Conditions", "BeamInstrumentation", "VeloCalibration", "BeamHalo",
        "PixelMonitoring", "Bench",
      ],
      path: "Sources/Apps/cavern", swiftSettings: strict + plainInTests("cavern")),

    // Writes Documentation/nist-strd.md.
    .executableTarget(
      name: "certify", dependencies: ["Errors", "JSON", "Fitting"], path: "Sources/Apps/certify", swiftSettings: strict),

    // Tests mirror Sources.
    .target(
      name: "TestSupport", dependencies: ["Errors", "Files", "JSON"], path: "Tests/TestSupport", swiftSettings: strict),
    tests("JSONTests", ["JSON"]),
    tests("ErrorsTests", ["Errors"]),
    tests("FilesTests", ["Files"]),
    tests("TablesTests", ["Tables", "Files"]),
    tests("HistogramsTests", ["Histograms"]),
    tests("FittingTests", ["Fitting", "JSON", "Errors", "certify"], settings: numeric),
    tests("TransformsTests", ["Transforms"]),
    tests("FiguresTests", ["Figures"]),
    tests("ResultsTests", ["Results", "Tables", "Figures"]),
    tests("ArgumentsTests", ["Arguments", "Errors", "JSON"]),
    tests("SettingsTests", ["Settings", "Arguments", "Errors"]),
    tests("BatchTests", ["Batch"]),
    tests("BeamInstrumentationTests", ["BeamInstrumentation", "Tables", "Fitting", "JSON", "Figures"]),
    tests("VeloCalibrationTests", ["VeloCalibration", "Tables", "Fitting", "Figures", "JSON", "Errors"]),
    tests("SharedLibrariesTests", ["SharedLibraries"]),
    tests("SQLiteTests", ["SQLite", "Errors"]),
    tests("HTTPClientTests", ["HTTPClient", "Errors"]),
    tests("TimeSeriesTests", ["TimeSeries", "SQLite", "HTTPClient", "JSON", "Errors"]),
    tests("HTTPServerTests", ["HTTPServer", "HTTPClient", "JSON", "Errors"]),
    tests("InstrumentsTests", ["Instruments", "JSON", "Errors"]),
    tests("ConditionsTests", ["Conditions", "SQLite", "HTTPClient", "JSON", "Errors"]),
    tests("BeamHaloTests", ["BeamHalo", "Conditions", "Tables", "Histograms", "JSON", "Errors"], settings: numeric),
    tests(
      "PixelMonitoringTests", ["PixelMonitoring", "Conditions", "Tables", "Histograms", "SQLite", "JSON", "Errors"],
      settings: numeric),
    tests(
      "BenchTests",
      ["Bench", "Instruments", "TimeSeries", "HTTPServer", "Settings", "Tables", "JSON", "Errors"], settings: numeric),
    tests("CommandLineTests", ["cavern", "JSON", "Arguments", "Settings", "Errors"]),
  ],
  cxxLanguageStandard: .cxx20
)
