/// A document laid out for reading whose long lists are made element by element, so that they never stand in memory as a whole.
///
/// The text is the same as that of the value with the whole lists in it.
///
///     let document = JSONDocument { lists in
///       ["schema": "example/1", "files": lists.add(count: names.count, depth: 1) { .string(names[$0]) }]
///     }
///     try AtomicFile.write("result.json", pieces: document.pieces)
public struct JSONDocument {
  /// The lists of a document.
  public struct Lists {
    fileprivate var all: [(count: Int, depth: Int, element: (Int) -> JSONValue)] = []

    /// Adds a list.
    ///
    /// - Parameters:
    ///   - count: elements.
    ///   - depth: objects and lists around it, 1 for a member of the document's own object.
    ///   - element: makes an element, an object, by its place.
    /// - Returns: what stands for the list in the document.
    public mutating func add(count: Int, depth: Int, element: @escaping (Int) -> JSONValue) -> JSONValue {
      all.append((count, depth, element))
      return .string(JSONDocument.mark(all.count - 1))
    }
  }

  private let frame: JSONValue
  private let lists: Lists

  /// A document.
  ///
  /// - Parameter build: makes the value around the lists, which it adds in the order in which they stand in it.
  public init(_ build: (inout Lists) -> JSONValue) {
    var lists = Lists()
    frame = build(&lists)
    self.lists = lists
  }

  /// No text of a document holds this control character followed by these words.
  private static func mark(_ number: Int) -> String { "\u{1}list \(number)" }

  /// The bytes of the text and a line end, piece by piece.
  public var pieces: some Sequence<[UInt8]> {
    var rest = Substring(frame.text(.pretty) + "\n")
    var parts: [AnySequence<[UInt8]>] = []
    for (number, list) in lists.all.enumerated() {
      guard let place = rest.firstRange(of: JSONValue.string(Self.mark(number)).text()) else { continue }
      parts.append(AnySequence(CollectionOfOne(Array(rest[..<place.lowerBound].utf8))))
      parts.append(AnySequence((0...list.count).lazy.map { Self.piece($0, of: list.count, list.depth, list.element) }))
      rest = rest[place.upperBound...]
    }
    parts.append(AnySequence(CollectionOfOne(Array(rest.utf8))))
    return parts.lazy.joined()
  }

  /// An element with what stands before it, or at `count` the end of the list.
  private static func piece(_ place: Int, of count: Int, _ depth: Int, _ element: (Int) -> JSONValue) -> [UInt8] {
    var bytes: [UInt8] = place == 0 ? [UInt8(ascii: "[")] : []
    if place < count {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      JSONValue.newLine(&bytes, depth + 1)
      element(place).write(to: &bytes, pretty: true, depth: depth + 1)
    } else {
      if count > 0 { JSONValue.newLine(&bytes, depth) }
      bytes.append(UInt8(ascii: "]"))
    }
    return bytes
  }
}
