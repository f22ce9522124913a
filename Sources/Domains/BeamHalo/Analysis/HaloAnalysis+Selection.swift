extension HaloAnalysis {
  /// The same analysis with only some of its clean hits; windows and regions stay as they are.
  ///
  /// - Parameters:
  ///   - channels: hits of these channels; nil for all, and for addresses that are no channels.
  ///   - regions: hits of any of these regions; nil for all hits, in a region or not.
  ///   - expression: hits for which it holds; nil for all.
  ///   - timeline: the clock, for `time` and `ls` in the expression.
  ///   - bins: lumisections, for `ls`.
  public func keeping(
    channels: HaloChannelChoice? = nil, regions: [HaloRegion]? = nil, expression: HaloExpression? = nil,
    timeline: HaloTimeline? = nil, bins: [HaloBin] = []
  ) -> HaloAnalysis {
    var kept: [HaloClean] = []
    for (data, clean) in zip(capture.sides, self.clean) {
      var own = clean
      let view = HaloExpression.Hit(
        hits: data.hits, side: data.side, detector: detector, timeline: timeline, bins: bins,
        filling: options.filling)
      own.keep { hit in
        let place = clean.place[hit]
        if let channels, !channels.contains(place) { return false }
        if let regions {
          guard place < 40 else { return false }
          let bits = map.bits(Int(place), tdc: data.hits.tdc[hit], code: data.hits.peak[hit])
          guard regions.contains(where: { HaloRegionMap.contains($0, bits) }) else { return false }
        }
        return expression?.holds(view, hit) ?? true
      }
      kept.append(own)
    }
    return HaloAnalysis(self, clean: kept)
  }
}
