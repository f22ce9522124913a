import TimeSeries

extension HVLogSample {
  /// The sample as a point: measurement `HV`, tags `Board` and `Channel`, all values under one time.
  public var point: Point {
    let units = ["IMon": "uA", "ISet": "uA", "VMon": "V", "VSet": "V"]
    return Point(
      PointKey("HV", ["Board": "\(channel.board)", "Channel": "\(channel.channel)"]),
      fields.map { Point.Field($0.name, .number($0.value), unit: units[$0.name]) }, time: time)
  }
}
