import Conversations
import FoundationEssentials
import TestSupport
import Testing

@Suite("Pictures and PDFs") struct MediaTests {
  /// Each character stands for the byte of its number.
  private static func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

  @Test(
    "They are known by their first bytes, and pictures tell their size",
    arguments: [
      (Sample.png(640, 480), MediaType.png, "640×480"),
      (bytes("GIF89a\u{40}\u{1}\u{C8}\0\0\0\0"), .gif, "320×200"),
      // Exif first, then a table, then the frame's header.
      (
        bytes(
          "\u{FF}\u{D8}\u{FF}\u{E1}\0\u{4}ab\u{FF}\u{C4}\0\u{3}x\u{FF}\u{FF}\u{C2}\0\u{11}\u{8}\u{4}\u{38}\u{7}\u{80}\u{3}"
        ),
        .jpeg, "1920×1080"
      ),
      (bytes("RIFF\u{1A}\0\0\0WEBPVP8 \0\0\0\0\0\0\0\u{9D}\u{1}\u{2A}\u{40}\u{1}\u{F0}\0"), .webp, "320×240"),
      (bytes("RIFF\u{1A}\0\0\0WEBPVP8L\0\0\0\0\u{2F}\u{3F}\u{C1}\u{3B}\0"), .webp, "320×240"),
      (bytes("RIFF\u{1A}\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\u{3F}\u{1}\0\u{EF}\0\0"), .webp, "320×240"),
      (Sample.pdf, .pdf, nil),
    ] as [([UInt8], MediaType, String?)])
  func known(_ bytes: [UInt8], _ type: MediaType, _ size: String?) throws {
    let media = try #require(Media(bytes))
    #expect(media.type == type && media.size?.description == size)
    #expect(Array(media.data) == bytes, "byte for byte")
  }

  @Test("A header cut off at any place is no size and no crash")
  func cut() {
    let whole = Self.bytes(
      "\u{FF}\u{D8}\u{FF}\u{E1}\0\u{4}ab\u{FF}\u{C2}\0\u{11}\u{8}\u{4}\u{38}\u{7}\u{80}\u{3}")
    for file in [whole, Sample.png(), Self.bytes("RIFF\u{1A}\0\0\0WEBPVP8L\0\0\0\0\u{2F}\u{3F}\u{C1}\u{3B}\0")] {
      for count in 0..<file.count { _ = Media(Array(file.prefix(count)))?.size }
    }
    #expect(Media(Array(Sample.png().prefix(20)))?.size == nil)
    #expect(Media(Array("GIF89 is a format".utf8)) == nil)
  }

  @Test("In the prompt's text a picture is a line with its name; what is logged has size and hash, and no byte of it")
  func packing() {
    let shot = Sample.media("shot.png", Sample.png(mark: "canary"))
    let text = Attachment(name: "a.txt", sha256: "", content: "A.")
    var prompt = Prompt(id: UUID(), turnNumber: 1, text: "What is it?", models: [], sentAt: Date())
    prompt.attachments = [shot, text]
    #expect(
      prompt.content == "What is it?\n\n===== ATTACHED: shot.png (image/png) =====\n\n===== BEGIN FILE: a.txt =====\n"
        + "A.\n===== END FILE: a.txt =====")
    #expect(prompt.contentUTF8Count == prompt.content.utf8.count)
    #expect(
      prompt.loggedContent.contains("shot.png (image/png, 640×480, \(shot.byteCount) bytes, SHA-256 \(shot.sha256))"))
    #expect(!prompt.loggedContent.contains("canary"))
    #expect(prompt.message.files == [shot] && prompt.message.content == prompt.content)
  }

  @Test("The picture of an earlier turn goes along again")
  func history() {
    let shot = Sample.media("shot.png")
    var exchange = Sample.exchange(1, "What is it?", [Sample.answer("A dog.")])
    exchange.prompt.attachments = [shot]
    let history = Sample.conversation([exchange]).history(for: Sample.model("m"))
    #expect(history.map(\.files) == [[shot], []])
  }
}
