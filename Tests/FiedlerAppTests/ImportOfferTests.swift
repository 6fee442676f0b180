import FoundationEssentials
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("What could be imported") struct ImportOfferTests {
  @Test("The log of llm and an earlier Fiedler's runs are offered once; where there are none nothing is said")
  func once() throws {
    var home = try Home(models: "defaults: {output_dir: ~/runs}\n")
    #expect(ImportOffer(home.environment).words == nil && ImportOffer(home.environment).once() == nil)
    try home.directory.write("llm/logs.db", "")
    home.variables["LLM_USER_PATH"] = home.directory("llm")
    try home.directory.write("runs/20260101_120000_0123abcd/summary.json", "{}")
    try home.directory.write("data/fiedler/output/notes.txt", "no run")
    try home.directory.directory("state/fiedler")
    let offer = ImportOffer(home.environment)
    #expect(offer.found() == [home.directory("llm/logs.db"), home.directory("runs")])
    #expect(offer.once()?.contains("fiedler import \(home.directory("llm/logs.db"))") == true)
    #expect(offer.once() == nil)
    #expect(offer.words != nil, "whoever asks is told again")
  }
}
