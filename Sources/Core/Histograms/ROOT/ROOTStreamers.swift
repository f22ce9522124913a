/// The record of a ROOT file that describes its classes, so that programs without these classes can read the objects.
enum ROOTStreamers {
  /// Number types with ROOT's code, size in bytes and name in C++.
  enum Number {
    case short, int, float, double, counter, unsignedShort, unsigned, bits, bool

    var facts: (code: Int32, size: Int32, name: String) {
      switch self {
      case .short: (2, 2, "short")
      case .int: (3, 4, "int")
      case .float: (5, 4, "float")
      case .counter: (6, 4, "int")
      case .double: (8, 8, "double")
      case .unsignedShort: (12, 2, "unsigned short")
      case .unsigned: (13, 4, "unsigned int")
      case .bits: (15, 4, "unsigned int")
      case .bool: (18, 1, "bool")
      }
    }
  }

  /// A member of a class.
  struct Member {
    /// ROOT's class for this kind of member.
    var element: String
    var name: String
    var title: String
    var code: Int32
    var size: Int32
    var typeName: String
    /// Name, class and version of what counts its elements.
    var counter: (name: String, className: String, version: Int32)?

    static func number(_ name: String, _ number: Number, _ title: String) -> Member {
      let facts = number.facts
      return Member(
        element: "TStreamerBasicType", name: name, title: title, code: facts.code, size: facts.size,
        typeName: facts.name)
    }
    static func enumeration(_ name: String, _ type: String, _ title: String) -> Member {
      Member(element: "TStreamerBasicType", name: name, title: title, code: 3, size: 4, typeName: type)
    }
    static func text(_ name: String, _ title: String) -> Member {
      Member(element: "TStreamerString", name: name, title: title, code: 65, size: 24, typeName: "TString")
    }
    static func array(_ name: String, _ title: String) -> Member {
      Member(element: "TStreamerObjectAny", name: name, title: title, code: 62, size: 24, typeName: "TArrayD")
    }
    static func object(_ name: String, _ type: String, _ size: Int32, _ title: String) -> Member {
      Member(element: "TStreamerObject", name: name, title: title, code: 61, size: size, typeName: type)
    }
    static func pointer(_ name: String, _ type: String, _ title: String) -> Member {
      Member(element: "TStreamerObjectPointer", name: name, title: title, code: 64, size: 8, typeName: type + "*")
    }
    static func ownedPointer(_ name: String, _ type: String, _ title: String) -> Member {
      Member(element: "TStreamerObjectPointer", name: name, title: title, code: 63, size: 8, typeName: type + "*")
    }
    static func counted(
      _ name: String, _ type: String, by counter: String, of className: String, _ version: Int32, _ title: String
    ) -> Member {
      Member(
        element: "TStreamerBasicPointer", name: name, title: title, code: 48, size: 8, typeName: type,
        counter: (counter, className, version))
    }
  }

  /// A class with its bases and members.
  struct Class {
    var name: String
    var version: Int32
    var bases: [String]
    var members: [Member]
    private let fixedChecksum: UInt32?

    init(_ name: String, _ version: Int32, _ bases: [String], _ members: [Member], checksum: UInt32? = nil) {
      (self.name, self.version, self.bases, self.members, fixedChecksum) = (name, version, bases, members, checksum)
    }

    /// ROOT's checksum of the class: its name, its bases with their checksums, names and types of its members, an
    /// enumeration with a one before it, and the name of the counter of an array.
    var checksum: UInt32 {
      if let fixedChecksum { return fixedChecksum }
      var sum: UInt32 = 0
      func add(_ text: some Sequence<UInt8>) { for byte in text { sum = sum &* 3 &+ UInt32(byte) } }
      add(name.utf8)
      for base in bases {
        add(base.utf8)
        sum = sum &* 3 &+ ROOTStreamers.facts(base).checksum
      }
      for member in members {
        if member.element == "TStreamerBasicType",
          member.typeName.hasPrefix("TH1::E") || member.typeName == "EErrorType"
        {
          sum = sum &* 3 &+ 1
        }
        add(member.name.utf8)
        add(member.typeName.utf8)
        if let counter = member.counter { add(counter.name.utf8) }
      }
      return sum
    }
  }

  /// Version and checksum of a class.
  static func facts(_ name: String) -> (version: Int32, checksum: UInt32) {
    if let found = foreign[name] { return found }
    return classes.first { $0.name == name }.map { ($0.version, $0.checksum) } ?? (0, 0)
  }

  /// The classes that some classes need, themselves included, in the order of the table.
  static func needed(by names: Set<String>) -> [Class] {
    var wanted = names
    var waiting = Array(names)
    while let name = waiting.popLast() {
      guard let found = classes.first(where: { $0.name == name }) else { continue }
      let types = found.members.map { String($0.typeName.prefix { $0 != "*" }) }
      for next in found.bases + types where wanted.insert(next).inserted { waiting.append(next) }
    }
    // Labels of bins are texts in a list.
    if wanted.contains("TAxis") { wanted.insert("TObjString") }
    return classes.filter { wanted.contains($0.name) }
  }

  /// The content of the record: a TList of TStreamerInfo.
  static func record(for names: Set<String>, keyLength: Int) -> [UInt8] {
    var writer = Writer(keyLength: keyLength)
    var buffer = ROOTBuffer()
    buffer.addList(needed(by: names).map { entry in { writer.add(entry, to: &$0) } })
    return buffer.bytes
  }

  /// Writes objects with their classes, naming each class once and referring to it afterwards.
  private struct Writer {
    let keyLength: Int
    var places: [String: Int] = [:]

    mutating func object(
      _ className: String, to buffer: inout ROOTBuffer, _ body: (inout Writer, inout ROOTBuffer) -> Void
    ) {
      let start = buffer.bytes.count
      buffer.add(UInt32(0))
      if let place = places[className] {
        buffer.add(UInt32(place + keyLength + 2) | 0x8000_0000)
      } else {
        places[className] = buffer.bytes.count
        buffer.add(UInt32.max)
        buffer.add(zeroTerminated: className)
      }
      body(&self, &buffer)
      buffer.set(UInt32(buffer.bytes.count - start - 4) | 0x4000_0000, at: start)
    }

    mutating func versioned(
      _ version: Int16, _ buffer: inout ROOTBuffer, _ body: (inout Writer, inout ROOTBuffer) -> Void
    ) {
      let start = buffer.bytes.count
      buffer.add(UInt32(0))
      buffer.add(version)
      body(&self, &buffer)
      buffer.set(UInt32(buffer.bytes.count - start - 4) | 0x4000_0000, at: start)
    }

    mutating func add(_ entry: Class, to buffer: inout ROOTBuffer) {
      object("TStreamerInfo", to: &buffer) { writer, buffer in
        writer.versioned(9, &buffer) { writer, buffer in
          buffer.addNamed(entry.name, "")
          buffer.add(entry.checksum)
          buffer.add(entry.version)
          writer.object("TObjArray", to: &buffer) { writer, buffer in
            writer.versioned(3, &buffer) { writer, buffer in
              buffer.addObject()
              buffer.add("")
              buffer.add(Int32(entry.bases.count + entry.members.count))
              buffer.add(Int32(0))
              for base in entry.bases { writer.add(base: base, to: &buffer) }
              for member in entry.members { writer.add(member, to: &buffer) }
            }
          }
        }
      }
    }

    private mutating func add(base name: String, to buffer: inout ROOTBuffer) {
      let facts = ROOTStreamers.facts(name)
      let code: Int32 = name == "TObject" ? 66 : name == "TNamed" ? 67 : 0
      object("TStreamerBase", to: &buffer) { writer, buffer in
        writer.versioned(3, &buffer) { _, buffer in
          Self.element(&buffer, name, "base class", code, 0, "BASE", checksum: facts.checksum)
          buffer.add(facts.version)
        }
      }
    }

    private mutating func add(_ member: Member, to buffer: inout ROOTBuffer) {
      object(member.element, to: &buffer) { writer, buffer in
        writer.versioned(2, &buffer) { _, buffer in
          Self.element(&buffer, member.name, member.title, member.code, member.size, member.typeName)
          if let counter = member.counter {
            buffer.add(counter.version)
            buffer.add(counter.name)
            buffer.add(counter.className)
          }
        }
      }
    }

    /// ROOT's TStreamerElement; of a base the second index holds the checksum.
    private static func element(
      _ buffer: inout ROOTBuffer, _ name: String, _ title: String, _ code: Int32, _ size: Int32, _ typeName: String,
      checksum: UInt32 = 0
    ) {
      buffer.versioned(4) {
        $0.addNamed(name, title)
        $0.add(code)
        $0.add(size)
        for value: Int32 in [0, 0, 0] { $0.add(value) }
        $0.add(checksum)
        for value: Int32 in [0, 0, 0] { $0.add(value) }
        $0.add(typeName)
      }
    }
  }
}
