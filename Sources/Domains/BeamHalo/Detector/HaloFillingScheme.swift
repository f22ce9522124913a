import Errors
import JSON

/// Which bunch slots of the two beams are filled.
public struct HaloFillingScheme: Sendable, Equatable {
  /// Empty slots that part two trains: more than the gaps between injected batches of a train's bunches (8), and no more than
  /// those between trains (31 and up).
  static let trainGap = 10

  /// For every slot of Beam 1, then of Beam 2: place of its bunch in its train, from 0; -1 where there is no bunch.
  private let places: [[Int16]]

  /// A scheme from the filled slots of both beams.
  ///
  /// - Throws: `halo.badFilling` for a slot outside 0…3563, or when both beams are empty.
  public init(beam1: [Int], beam2: [Int]) throws(CavernError) {
    var places: [[Int16]] = []
    for slots in [beam1, beam2] {
      var row = [Int16](repeating: -1, count: HaloTime.slotsPerOrbit)
      var last = Int.min / 2
      var place: Int16 = 0
      for slot in Set(slots).sorted() {
        guard (0..<HaloTime.slotsPerOrbit).contains(slot) else {
          throw CavernError("halo.badFilling", "there is no bunch slot \(slot)", exit: .badData, expected: "0 to 3563")
        }
        place = slot - last > Self.trainGap ? 0 : place + 1
        row[slot] = place
        last = slot
      }
      places.append(row)
    }
    guard places.contains(where: { $0.contains { $0 >= 0 } }) else {
      throw CavernError("halo.badFilling", "no bunch slot is filled", exit: .badData, expected: "slots 0 to 3563")
    }
    self.places = places
  }

  /// Reads a scheme.
  ///
  /// JSON: `beam1` and `beam2` (or `schemebeam1`, `schemebeam2`), each a list of filled slots, or 3564 zeros and ones. Text or
  /// CSV: lines `slot` (both beams) or `beam,slot`; `#` begins a comment, a heading is passed over.
  ///
  /// - Throws: `halo.badFilling` with the line.
  public init(parsing bytes: [UInt8]) throws(CavernError) {
    if bytes.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
      let json: JSONValue
      do { json = try JSONValue(parsing: bytes) } catch {
        throw CavernError("halo.badFilling", "the filling scheme is no JSON: \(error)", exit: .badData)
      }
      func slots(_ names: [String]) throws(CavernError) -> [Int] {
        guard let list = names.compactMap({ json[$0]?.arrayValue }).first else {
          throw CavernError(
            "halo.badFilling", "the filling scheme has no '\(names[0])'", exit: .badData,
            expected: "\(names[0]): a list of filled slots, or 3564 zeros and ones")
        }
        let numbers = list.compactMap(\.intValue)
        guard numbers.count == list.count else {
          throw CavernError("halo.badFilling", "'\(names[0])' holds what is no whole number", exit: .badData)
        }
        let isMask = numbers.count == HaloTime.slotsPerOrbit && numbers.allSatisfy { $0 == 0 || $0 == 1 }
        return isMask ? numbers.indices.filter { numbers[$0] == 1 } : numbers
      }
      try self.init(beam1: slots(["beam1", "schemebeam1"]), beam2: slots(["beam2", "schemebeam2"]))
      return
    }
    var beams: [[Int]] = [[], []]
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let text = String(decoding: line.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self)
      let cells = text.split { $0 == "," || $0 == ";" || $0.isWhitespace }
      if cells.isEmpty { continue }
      let numbers = cells.compactMap { Int($0) }
      if numbers.isEmpty, beams == [[], []] { continue }
      switch (numbers.count, cells.count) {
      case (1, 1):
        beams[0].append(numbers[0])
        beams[1].append(numbers[0])
      case (2, 2) where numbers[0] == 1 || numbers[0] == 2: beams[numbers[0] - 1].append(numbers[1])
      default:
        throw CavernError(
          "halo.badFilling", "'\(text.prefix(40))' is no bunch slot", exit: .badData, line: index + 1,
          expected: "slot, or beam,slot with beam 1 or 2")
      }
    }
    try self.init(beam1: beams[0], beam2: beams[1])
  }

  /// Number of bunches of the beam that comes in at a side.
  public func bunchCount(_ side: HaloSide) -> Int { places[side.beam - 1].count { $0 >= 0 } }

  /// Whether the incoming beam of a side has a bunch in a slot.
  public func isFilled(_ slot: Int, _ side: HaloSide) -> Bool { trainPlace(slot, side) >= 0 }

  /// Whether both beams have a bunch in a slot.
  public func isColliding(_ slot: Int) -> Bool { isFilled(slot, .plus) && isFilled(slot, .minus) }

  /// The place in its train of the bunch of the incoming beam, from 0; -1 where there is none.
  public func trainPlace(_ slot: Int, _ side: HaloSide) -> Int {
    (0..<HaloTime.slotsPerOrbit).contains(slot) ? Int(places[side.beam - 1][slot]) : -1
  }
}
