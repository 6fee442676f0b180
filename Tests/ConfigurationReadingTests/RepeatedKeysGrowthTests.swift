import ConfigurationReading
import Testing

@Suite("Repeated keys", .timeLimit(.minutes(1))) struct RepeatedKeysGrowthTests {
  @Test("Of very many repeated keys the first are told by their lines, and that there are more")
  func many() {
    let text = String(repeating: "a: 1\n", count: 20_000)
    let document = YAMLDocument(text: text, file: "config.yaml")
    #expect(throws: ConfigurationError.self) { try document.check() }
    let errors = document.problems.errors
    #expect(errors.contains { $0.line == 2 && $0.key == "a" })
    #expect(errors.contains { $0.description.contains("more keys are repeated") })
  }
}
