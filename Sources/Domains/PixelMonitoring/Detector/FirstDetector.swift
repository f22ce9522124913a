import Errors
import JSON

/// The readout groups of the first detector (phase 0, until 2016): three barrel layers and two disks at each end.
///
/// Places of its modules and its cooling loops are not in the facts: groups have neither azimuth nor temperature.
public struct FirstDetector: Sendable {
  /// 96 groups of the barrel (sector and layer) and 32 of the end-cap (a quarter of a half disk, as ring 0).
  public let groups: [ReadoutGroup]
  /// Readout chips behind each supply.
  public let chipsBySupply: [String: Int]
  private let index: [ReadoutGroupName: Int]
  private let cables: [String: ReadoutGroupName]
  private let channelCounts: [ReadoutGroupName: Int]

  init(_ tables: FactTables) throws(CavernError) {
    func damaged(_ what: String) -> CavernError {
      CavernError("facts.damaged", "the built-in table first_detector.json is damaged: \(what)", exit: .internal)
    }
    let table = tables.firstDetector
    let chips = tables.chips("barrel_phase0", layers: 3)
    let endCapChips = try FactTables.number(
      tables.chipTable["endcap_phase0_per_rog"], "rocs.json", "endcap_phase0_per_rog")
    let sectors = (table["sectors"]?.arrayValue ?? []).compactMap(\.intValue)
    let disks = (table["endcap_disks"]?.arrayValue ?? []).compactMap(\.intValue)
    let quarters = (table["endcap_groups"]?.arrayValue ?? []).compactMap(\.intValue)
    guard !sectors.isEmpty, !disks.isEmpty, !quarters.isEmpty else { throw damaged("sectors, disks or groups") }
    var made: [ReadoutGroup] = []
    var places: [ReadoutGroupName: Int] = [:]
    var cables: [String: ReadoutGroupName] = [:]
    var supplies: [String: Int] = [:]
    func add(_ name: ReadoutGroupName, _ chips: Int, _ supply: String, _ channel: String) {
      cables["\(supply)/\(channel)"] = name
      guard places[name] == nil else { return }
      places[name] = made.count
      supplies[supply, default: 0] += chips
      made.append(
        ReadoutGroup(
          name: name, moduleCount: 0, chipCount: chips, radiusCentimetres: .nan, azimuth: .nan, zCentimetres: .nan,
          biasCable: "\(supply)/\(channel)", voltageCable: "", coolingLoop: nil))
    }
    for half in HalfCylinder.allCases {
      for (token, channels) in table["barrel"]?.objectValue?.members ?? [] {
        for sector in sectors {
          for (channel, value) in channels.objectValue?.members ?? [] {
            guard let layer = value.intValue, chips.indices.contains(layer - 1),
              chips[layer - 1].indices.contains(sector - 1)
            else { throw damaged("\(token) \(channel)") }
            add(
              .barrel(half, sector: sector, layer: layer), chips[layer - 1][sector - 1],
              "PixelBarrel_\(half.rawValue)_S\(sector)_LAY\(token.dropFirst(3))", channel)
          }
        }
      }
      for disk in disks {
        for quarter in quarters {
          for channel in ["channel002", "channel003"] {
            add(
              .endCap(half, disk: disk, group: quarter, ring: 0), Int(endCapChips),
              "PixelEndCap_\(half.rawValue)_D\(disk)_ROG\(quarter)", channel)
          }
        }
      }
    }
    (groups, index, self.cables, chipsBySupply) = (made, places, cables, supplies)
    channelCounts = Dictionary(cables.values.map { ($0, 1) }, uniquingKeysWith: +)
  }

  /// The group by name; `nil` when there is none.
  public func group(_ name: ReadoutGroupName) -> ReadoutGroup? { index[name].map { groups[$0] } }

  /// Bias channels that feed a group.
  func channelCount(of name: ReadoutGroupName) -> Int { channelCounts[name] ?? 0 }

  /// The group that a bias channel feeds, alone or with another; `nil` for other cables.
  public func group(biasCable cable: String) -> ReadoutGroup? { cables[cable].flatMap { group($0) } }
}

extension PixelFacts {
  /// The groups of a half disk such as `FPix_BmI_D1` in the detector of a phase.
  func groups(ofHalfDisk name: String, _ phase: DetectorPhase) -> [ReadoutGroup] {
    (phase == .phase0 ? firstDetector.groups : groups).filter { $0.name.text.hasPrefix(name + "_") }
  }

  /// The group by name in the detector of a phase; `nil` when there is none.
  public func group(_ name: ReadoutGroupName, _ phase: DetectorPhase) -> ReadoutGroup? {
    phase == .phase0 ? firstDetector.group(name) : group(name)
  }

  /// The group that a bias channel feeds in the detector of a phase; `nil` for other cables.
  public func group(biasCable cable: String, _ phase: DetectorPhase) -> ReadoutGroup? {
    phase == .phase0 ? firstDetector.group(biasCable: cable) : group(biasCable: cable)
  }

  /// Readout chips behind the supplies of a phase.
  public func chipsBySupply(_ phase: DetectorPhase) -> [String: Int] {
    phase == .phase0 ? firstDetector.chipsBySupply : chipsBySupply
  }
}
