import Instruments
import TimeSeries

/// Points that the gas service records.
public enum GasPoints {
  /// A reading in the layout that is wished; the time is shared by all values.
  ///
  /// `quality` of the wide layout is 1 for a whole reading and 0 for one without resistance: a number, since VictoriaMetrics
  /// knows nothing else.
  public static func reading(_ exchange: GasExchange, time: Int64, _ settings: GasSettings) -> [Point] {
    guard let reading = exchange.reading else { return [] }
    switch settings.layout {
    case .legacy:
      return GasQuantity.allCases.compactMap { quantity in
        quantity.value(reading).map { value in
          Point(
            PointKey(quantity.legacyName, ["location": settings.location]),
            [Point.Field("val", .number(value), unit: quantity.unit)], time: time)
        }
      }
    case .wide:
      var fields = GasQuantity.allCases.compactMap { quantity in
        quantity.value(reading).map { Point.Field(quantity.rawValue, .number($0), unit: quantity.unit) }
      }
      fields.append(Point.Field("quality", .number(exchange.outcome == .ok ? 1 : 0)))
      return [Point(PointKey("gas", ["location": settings.location]), fields, time: time)]
    }
  }

  /// An alarm that is raised or over; its message is one line, as values of line protocol are.
  public static func alarm(_ name: String, isRaised: Bool, message: String, time: Int64) -> Point {
    let message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    return Point(
      PointKey("cavern_alarm", ["source": "gas", "alarm": name]),
      [Point.Field("state", .number(isRaised ? 1 : 0)), Point.Field("message", .text(message))], time: time)
  }

  /// A step of the wall clock.
  public static func clockStep(seconds: Double, time: Int64) -> Point {
    Point(
      PointKey("cavern_event", ["source": "gas", "event": "clock_step"]),
      [Point.Field("size_s", .number(seconds), unit: "s")], time: time)
  }
}
