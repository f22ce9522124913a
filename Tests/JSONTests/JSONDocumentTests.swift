import JSON
import Testing

@Test("a document in pieces is the text of the whole value", arguments: [0, 1, 3])
func documentInPieces(count: Int) {
  func element(_ place: Int) -> JSONValue {
    ["name": .string("a\"\n\(place)"), "values": .numbers([0.5, .nan]), "inner": [["x": .integer(place)]]]
  }
  func value(_ list: (Int) -> JSONValue) -> JSONValue {
    ["schema": "example/1", "result": ["files": list(2), "join": ["scans": list(3), "rest": [1, 2]], "end": nil]]
  }
  let whole = value { _ in .array((0..<count).map(element)) }
  let document = JSONDocument { lists in value { lists.add(count: count, depth: $0, element: element) } }
  let pieces = Array(document.pieces)
  #expect(String(decoding: pieces.joined(), as: UTF8.self) == whole.text(.pretty) + "\n")
  #expect(pieces.count > 2 * count)
}
