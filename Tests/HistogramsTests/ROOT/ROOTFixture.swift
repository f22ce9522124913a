import Foundation
import Testing

@testable import Histograms

/// Histograms and profiles of every kind, with contents that no two bins share.
enum ROOTFixture {
  static func objects(isLarge: Bool = false) throws -> [ROOTObject] {
    let x = try #require(
      HistogramAxis.regular(isLarge ? 3000 : 7, -2, 5, name: "r", unit: "cm"))
    let y = try #require(HistogramAxis.regular(3, 0, 1, name: "z", unit: "cm"))
    let odd = try #require(HistogramAxis.variable([0, 1, 3, 7, 20], name: "t", unit: "s"))
    let names = try #require(HistogramAxis.category(["first", "second", "third"], name: "kind"))
    var one = try Histogram([x])
    var two = try Histogram([x, y])
    for bin in 0...x.count + 1 {
      one.set(Double(bin) * 1.25 - 2, variance: Double(bin) + 0.5, at: [bin])
      for row in 0...y.count + 1 {
        two.set(Double(bin * 10 + row) * 0.5, variance: Double(bin + row * 100), at: [bin, row])
      }
    }
    var counts = try Histogram([odd])
    try counts.fill(columns: [[0.5, 0.7, 2, 3, 6, 30, -1]])
    var labelled = try Histogram([names])
    try labelled.fill(columns: [[0, 2, 2]])
    var profile = ProfileHistogram(odd)
    var weighted = ProfileHistogram(x)
    for index in 0..<40 {
      profile.fill(Double(index % 21), Double(index) * 0.3)
      weighted.fill(Double(index % 7) - 1.5, sin(Double(index)), weight: 1 + Double(index % 3))
    }
    return [
      ROOTObject("oneD", one, title: "one"), ROOTObject("oneF", one, isFloat: true), ROOTObject("twoD", two),
      ROOTObject("twoF", two, title: "two", isFloat: true), ROOTObject("counts", counts),
      ROOTObject("labelled", labelled), ROOTObject("profile", profile, title: "means"),
      ROOTObject("weighted", weighted),
    ]
  }
}
