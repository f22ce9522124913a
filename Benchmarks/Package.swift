// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "CavernBenchmarks",
  products: [.executable(name: "cavern-benchmarks", targets: ["cavern-benchmarks"])],
  dependencies: [.package(name: "Cavern", path: "..")],
  targets: [
    .executableTarget(
      name: "cavern-benchmarks",
      dependencies: [
        .product(name: "CavernFitting", package: "Cavern"),
        .product(name: "CavernTables", package: "Cavern"),
        .product(name: "CavernJSON", package: "Cavern"),
        .product(name: "CavernTimeSeries", package: "Cavern"),
        .product(name: "CavernInstruments", package: "Cavern"),
        .product(name: "CavernBeamHalo", package: "Cavern"),
      ],
      path: "Sources/Benchmarks",
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
