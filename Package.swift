// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Vector instructions for the numeric modules: what this machine has, or what `CAVERN_CPU` asks for
/// (`baseline`, `x86-64-v3`). A program built with `baseline` runs on every x86-64 machine.
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
let cxx: [CXXSetting] = [.unsafeFlags(["-std=c++20", "-Wall", "-Wextra", "-Wno-unused-parameter"])]

/// A Swift module at `Sources/<floor>/<name>`.
func module(
  _ name: String, on floor: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict,
  facts: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)",
    resources: facts.map { .embedInCode("Facts/\($0)") }, swiftSettings: settings)
}

/// The tests of the modules in `dependencies`, at `Tests/<name>`.
func tests(_ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = strict) -> Target {
  .testTarget(
    name: name, dependencies: ["TestSupport"] + dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let package = Package(
  name: "Cavern",
  products: [
    .executable(name: "cavern", targets: ["cavern"]),
    // Modules that the package in Benchmarks/ measures.
    .library(name: "CavernFitting", targets: ["Fitting"]),
    .library(name: "CavernTables", targets: ["Tables"]),
    .library(name: "CavernJSON", targets: ["JSON"]),
  ],
  targets: [
    // System: C and C++ edges, one thin target each.
    .systemLibrary(
      name: "ArrowLibraries", path: "Sources/System/ArrowLibraries", pkgConfig: "cavern-arrow"),
    .target(
      name: "CArrow", dependencies: ["ArrowLibraries"], path: "Sources/System/CArrow", cxxSettings: cxx),
    .target(name: "CToml", path: "Sources/System/CToml", cxxSettings: cxx),
    .systemLibrary(
      name: "CSodium", path: "Sources/System/CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(
      name: "CArchive", path: "Sources/System/CArchive", pkgConfig: "libarchive",
      providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(
      name: "CFFTW", path: "Sources/System/CFFTW", pkgConfig: "fftw3", providers: [.apt(["libfftw3-dev"])]),

    // Core: no device, no network.
    module("JSON", on: "Core"),
    module("Errors", on: "Core", ["JSON"]),
    module("Files", on: "Core", ["Errors"]),
    module("Tables", on: "Core", ["Errors", "Files", "CArrow"]),
    module("Histograms", on: "Core", ["Errors"]),
    module("Fitting", on: "Core", ["Errors", "JSON"], settings: numeric),
    module("Transforms", on: "Core", ["CFFTW"]),
    module("Figures", on: "Core", ["Errors", "JSON"]),
    module("Results", on: "Core", ["Errors", "Files", "JSON", "Tables", "Figures", "CSodium"]),
    module("Arguments", on: "Core", ["Errors", "JSON"]),
    module("Settings", on: "Core", ["Errors", "Arguments", "CToml"]),

    // Services.
    module("Batch", on: "Services", ["Errors", "JSON", "Results"]),

    // Domains.
    module(
      "BeamInstrumentation", on: "Domains",
      ["Errors", "JSON", "Tables", "Fitting", "Figures", "Results", "Transforms"], settings: numeric,
      facts: ["optics.json", "machines.json", "devices.json"]),
    module(
      "VeloCalibration", on: "Domains",
      ["Errors", "JSON", "Tables", "Fitting", "Figures", "Results", "Settings", "CArchive"], settings: numeric),

    // Apps.
    .executableTarget(
      name: "cavern",
      dependencies: [
        "Errors", "Files", "JSON", "Tables", "Fitting", "Figures", "Results", "Arguments", "Settings", "Batch",
        "BeamInstrumentation", "VeloCalibration",
      ],
      path: "Sources/Apps/cavern", swiftSettings: strict),

    // Writes Documentation/nist-strd.md.
    .executableTarget(
      name: "certify", dependencies: ["Errors", "JSON", "Fitting"], path: "Sources/Apps/certify", swiftSettings: strict),

    // Tests mirror Sources.
    .target(name: "TestSupport", dependencies: ["Errors", "JSON"], path: "Tests/TestSupport", swiftSettings: strict),
    tests("JSONTests", ["JSON"]),
    tests("ErrorsTests", ["Errors"]),
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
    tests("VeloCalibrationTests", ["VeloCalibration", "Tables", "Fitting", "JSON", "Errors"]),
    tests("CommandLineTests", ["cavern", "JSON", "Arguments", "Settings", "Errors"]),
  ],
  cxxLanguageStandard: .cxx20
)
