import Conversations
import FoundationEssentials
import Testing

@Suite("Packed prompts") struct PromptPackingTests {
  @Test("Their bytes are counted as they are packed", arguments: ["", "x", "x\n", "é\r\n", "\n"])
  func counting(_ content: String) {
    var prompt = Prompt(id: UUID(), turnNumber: 1, text: "Größe?", models: [], sentAt: Date())
    #expect(prompt.contentUTF8Count == prompt.content.utf8.count)
    for name in ["a.txt", "ü/b.txt"] {
      prompt.attachments.append(Attachment(name: name, sha256: "", content: content))
      #expect(prompt.contentUTF8Count == prompt.content.utf8.count)
    }
  }
}
