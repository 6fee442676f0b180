import Basics
import FoundationEssentials
import Testing

@Suite("Ids as text") struct UUIDTextTests {
  @Test("Ids are written and read as Foundation does, in lower case")
  func roundTrip() {
    for _ in 0..<1000 {
      let id = UUID()
      #expect(id.lowercased == id.uuidString.lowercased())
      #expect(UUID(canonical: id.lowercased) == id && UUID(canonical: id.uuidString) == id)
    }
  }

  @Test(
    "What is no UUID of 36 characters is none",
    arguments: [
      "", "1", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000000",
      "00000000-0000-4000-8000-00000000000g", "00000000-000-40000-8000-000000000000",
      "000000000000400080000000000000000000", "00000000000040008000000000000000",
      "00000000-0000-4000-8000-00000000000é",
    ])
  func wrong(text: String) { #expect(UUID(canonical: text) == nil) }
}
