import JSON

extension WaveDescriptor {
  /// Every field by its name in the template: numbers as stored (enumerations too), texts up to their first zero.
  public var json: JSONValue {
    .object(JSONObject(WaveDescriptorField.all.map { ($0.name, value(of: $0)) }))
  }

  /// The stored value of a field.
  public func value(of field: WaveDescriptorField) -> JSONValue {
    switch field.storage {
    case .string, .unit: .string(text(field.offset, field.storage.size))
    case .enumeration: .integer(unsigned16(field.offset))
    case .word: .integer(word(field.offset))
    case .long: .integer(long(field.offset))
    case .float: .number(float(field.offset))
    case .double: .number(double(field.offset))
    case .timeStamp: timeStamp(field.offset).json
    }
  }

  /// The enumerations in words, by field name; a number that the template does not know is `unknown(n)`.
  public var meaningsJSON: JSONValue {
    .object(
      JSONObject(
        WaveDescriptorField.all.filter { $0.storage == .enumeration }.map { field in
          (field.name, .string(WaveEnumeration.meaning(of: unsigned16(field.offset), in: field.name)))
        }))
  }
}

extension WaveTimeStamp {
  /// The parts by the names of the template.
  public var json: JSONValue {
    [
      "seconds": .number(seconds), "minutes": .integer(minutes), "hours": .integer(hours), "days": .integer(days),
      "months": .integer(months), "year": .integer(year),
    ]
  }
}

extension WaveTimeStamp {
  /// `2025-11-07 15:34:12.345678901`, for people.
  public var text: String {
    func padded(_ number: Int, _ width: Int) -> String {
      String(repeating: "0", count: max(0, width - number.description.count)) + number.description
    }
    let whole = seconds.isFinite && abs(seconds) < 1e6 ? Int(seconds) : 0
    let fraction = seconds.isFinite && abs(seconds) < 1e6 ? seconds - Double(whole) : 0
    let nanoseconds = padded(Int((abs(fraction) * 1e9).rounded()) % 1_000_000_000, 9)
    return "\(padded(year, 4))-\(padded(months, 2))-\(padded(days, 2)) \(padded(hours, 2)):\(padded(minutes, 2)):"
      + "\(padded(whole, 2)).\(nanoseconds)"
  }
}
