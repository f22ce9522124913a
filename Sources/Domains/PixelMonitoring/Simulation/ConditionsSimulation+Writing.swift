import Conditions
import Errors
import Fitting
import Foundation
import SQLite

extension ConditionsSimulation {
  /// Writes the conditions as an SQLite file in the portable form.
  ///
  /// - Parameters:
  ///   - path: where; nothing may be there.
  ///   - isCancelled: asked fill by fill.
  ///   - progress: called after each fill.
  /// - Returns: rows by table.
  /// - Throws: `database.*`, `pixel.interrupted`.
  public func write(
    to path: String, isCancelled: () -> Bool = { false }, progress: () -> Void = {}
  ) throws(CavernError) -> [(table: String, rows: Int)] {
    let database = try SQLiteDatabase(path, mode: .create)
    try database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")
    for (_, sql) in ConditionsExport.creation { try database.execute(sql) }
    var counts = [0, 0, 0, 0, 0]
    try database.transaction { () throws(CavernError) in
      try writeNames(database, &counts)
      var random = RandomSource(seed: options.seed &+ 17)
      let supplyRow = try database.prepare("INSERT INTO fwcaenchannel VALUES (?, ?, ?, ?)")
      let sensorRow = try database.prepare("INSERT INTO tkplcreadsensor VALUES (?, ?, ?)")
      let voltageRow = try database.prepare("INSERT INTO v_voltages VALUES (?, ?, ?)")
      var sensorTime = fills[0].start.adding(seconds: -6 * 3600)
      for (index, fill) in fills.enumerated() {
        if isCancelled() { throw CavernError("pixel.interrupted", "stopped", exit: .interrupted) }
        counts[2] += try supplies(of: index, fill, supplyRow, &random)
        let end = index + 1 < fills.count ? fills[index + 1].start : fill.end.adding(seconds: 3600)
        counts[3] += try sensors(from: sensorTime, to: end, fill, sensorRow, &random)
        sensorTime = end
        counts[4] += try voltages(of: index, fill, voltageRow, &random)
        progress()
      }
    }
    for sql in ConditionsExport.indexes { try database.execute(sql) }
    return zip(ConditionsTables.Table.allCases, counts).map { ($0.rawValue, $1) }
  }

  private func writeNames(_ database: SQLiteDatabase, _ counts: inout [Int]) throws(CavernError) {
    let alias = try database.prepare("INSERT INTO aliases VALUES (?, ?, ?, 1)")
    let number = try database.prepare("INSERT INTO dp_name2id VALUES (?, ?)")
    func put(_ name: String, _ point: String, _ id: Int64, since: String) throws(CavernError) {
      try alias.bind(1, name)
      try alias.bind(2, point + ".")
      try alias.bind(3, since)
      try alias.run()
      try number.bind(1, id)
      try number.bind(2, point)
      try number.run()
      counts[0] += 1
      counts[1] += 1
    }
    let since = "2021-06-15 04:54:41.222168"
    for (index, channel) in supplies.enumerated() {
      let folder = channel.subsystem == .barrel ? "PixelBarrel" : "PixelEndCap"
      let name = "CMS_TRACKER/\(folder)/\(channel.supply)/\(channel.cable)"
      let id = supplyID(index)
      try put(name, "cms_trk_dcs_1:CAEN/crate/board\(index / 12)/channel\(id)", id, since: since)
      // A supply that is replaced in the middle: the name moves to another number.
      if options.hasFaults, index % 97 == 5 {
        let moved = fills[fills.count / 2].start.adding(seconds: -3600)
        try put(name, "cms_trk_dcs_9:CAEN/crate/spare\(id)", id + 50_000, since: moved.text)
      }
    }
    for (index, name) in sensors.enumerated() {
      try put("CMS_TRACKER/PLC/\(name)", "cms_trk_plc:PLC/sensor\(index)", sensorID(index), since: since)
    }
  }

  private func supplies(
    of index: Int, _ fill: Fill, _ row: SQLiteStatement, _ random: inout RandomSource
  ) throws(CavernError) -> Int {
    var count = 0
    let before = index > 0 ? luminosities.rows[index - 1].integratedDelivered : 0
    let length = fill.seconds
    for (position, channel) in supplies.enumerated() {
      let moved = options.hasFaults && position % 97 == 5 && index >= fills.count / 2
      let id = supplyID(position) + (moved ? 50_000 : 0)
      let group = channel.kind == .leakage ? facts.group(biasCable: channel.cable) : nil
      let isOff = options.hasFaults && position % 89 == 3 && index % 10 == 4
      let loopKelvin = group.map { loopCelsius($0, at: fill.start) + facts.constants.zeroCelsius } ?? .nan
      // Readings come with changes: close together at the begin, then at a slow rate.
      var times = [40 + 200 * random.uniform(), 500 + 300 * random.uniform(), 900 + 290 * random.uniform()]
      var later = 1300 + 3600 / options.supplyReadingsPerHour * random.uniform()
      while later < length {
        times.append(later)
        later += 3600 / options.supplyReadingsPerHour * (0.5 + random.uniform())
      }
      for offset in times where offset < length {
        let time = fill.start.adding(seconds: offset)
        let current: Double
        let voltage: Double
        if let group {
          let layer: Int? = if case .barrel(_, _, let layer) = group.name { layer } else { nil }
          let heating =
            isOff ? 0 : layer.map { facts.constants.selfHeatingKelvin[$0 - 1] } ?? facts.endCapSelfHeatingKelvin
          let kelvin = loopKelvin + heating
          let clean = isOff ? 0.05 : leakage(of: group, luminosity: before, kelvin: kelvin)
          current = clean * (1 + 0.01 * random.normal())
          voltage = isOff ? 0.4 : 300 + 0.05 * random.normal()
        } else {
          current = (channel.kind == .digital ? 8.5 : 4.0) * (1 + 0.01 * random.normal())
          voltage = 2.45 + 0.01 * random.normal()
        }
        try row.bind(1, id)
        try row.bind(2, time.text)
        try row.bind(3, (current * 1e4).rounded() / 1e4)
        try row.bind(4, (voltage * 1e3).rounded() / 1e3)
        try row.run()
        count += 1
        if options.hasFaults, random.uniform() < 0.001 {
          try row.run()
          count += 1
        }
        // Now and then only the voltage is written.
        if random.uniform() < 0.02 {
          try row.bind(2, time.adding(seconds: 5).text)
          try row.bindNull(3)
          try row.run()
          count += 1
        }
      }
    }
    return count
  }

  private func sensors(
    from begin: ConditionsTime, to end: ConditionsTime, _ fill: Fill, _ row: SQLiteStatement,
    _ random: inout RandomSource
  ) throws(CavernError) -> Int {
    var count = 0
    let isSilent = options.hasFaults && fill.number % 7 == 3
    for index in sensors.indices {
      if isSilent, index % 11 == 2 { continue }
      let label = sensors[index].split(separator: "_").suffix(2).joined(separator: "_")
      let isBroken = facts.brokenSensors.contains(label)
      func put(_ time: ConditionsTime) throws(CavernError) {
        let value = isBroken ? 112.5 : celsius(sensor: index, at: time) + 0.05 * random.normal()
        try row.bind(1, sensorID(index))
        try row.bind(2, time.text)
        try row.bind(3, (value * 1e4).rounded() / 1e4)
        try row.run()
        count += 1
      }
      var time = begin.adding(seconds: 3600 / options.sensorReadingsPerHour * random.uniform())
      // Over a winter stop sensors are read once a day.
      while time < end {
        try put(time)
        let isLong = time.seconds(to: end) > 20 * 86_400 && fill.end < time
        time = time.adding(seconds: isLong ? 86_400 : 3600 / options.sensorReadingsPerHour * (0.5 + random.uniform()))
      }
      try put(fill.start.adding(seconds: 1150 * random.uniform()))
    }
    return count
  }

  private func voltages(
    of index: Int, _ fill: Fill, _ row: SQLiteStatement, _ random: inout RandomSource
  ) throws(CavernError) -> Int {
    var count = 0
    for (position, channel) in supplies.enumerated() where channel.kind == .leakage {
      guard let group = facts.group(biasCable: channel.cable) else { continue }
      let isOff = options.hasFaults && position % 89 == 3 && index % 10 == 4
      for (time, value) in [
        (fill.start.adding(seconds: -240), isOff ? 0.0 : 300.0), (fill.end.adding(seconds: -200), 0.0),
      ] {
        try row.bind(1, group.voltageCable)
        try row.bind(2, time.adding(seconds: random.uniform()).text)
        try row.bind(3, value)
        try row.run()
        count += 1
      }
    }
    return count
  }
}
