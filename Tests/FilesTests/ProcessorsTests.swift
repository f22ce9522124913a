import Testing

@testable import Files

@Suite("Processors that may be used")
struct ProcessorsTests {
  @Test(
    "lists of the kernel's form are counted, others are not",
    arguments: [
      ("0", 1), ("\t0-3\n", 4), ("0-1,8", 3), ("5-5, 7-9", 4), ("", nil), ("x", nil), ("3-1", nil), ("1-2-3", nil),
    ])
  func lists(text: String, count: Int?) { #expect(Processors.count(inList: text) == count) }

  @Test("there is at least one")
  func present() { #expect(Processors.available >= 1) }
}
