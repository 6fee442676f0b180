import ConfigurationReading
import Conversations
import JSON
import Testing

@testable import SendEngine

@Suite("What models.yaml can have") struct ModelsExampleTests {
  @Test("The example with every key is read without an error or a warning") func example() throws {
    let registry = try ModelRegistry.parse(ModelRegistry.example)
    #expect(registry.warnings.isEmpty, "\(registry.warnings)")
    #expect(registry.models.map(\.reference.description) == ["lab/some-model"])
    #expect(registry.sets.map(\.name) == ["local"])
    for name in (ModelsFields.provider + ModelsFields.model).names where name != "kind" {
      #expect(ModelRegistry.example.contains(" \(name):"), "\(name) has no example")
    }
  }

  @Test("The schema has every key that the reader knows, each with what it means") func schema() {
    let provider = ModelRegistry.schema["properties"]?["providers"]?["additionalProperties"]
    let model = provider?["properties"]?["models"]?["additionalProperties"]
    #expect(provider?["properties"]?.object?.keys.sorted() == ModelsFields.provider.names.sorted())
    #expect(model?["properties"]?.object?.keys.sorted() == ModelsFields.model.names.sorted())
    #expect(provider?["properties"]?["timeout"]?["description"]?.string?.isEmpty == false)
    #expect(model?["properties"]?["retry_attempts"]?["maximum"] == 20)
  }
}
