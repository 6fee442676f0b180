import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Pictures and PDFs on their way to models") struct MediaTests {
  private let png = Sample.media("shot.png")
  private let pdf = Sample.media("paper.pdf", Sample.pdf)
  private var data: String { Data(Sample.png()).base64EncodedString() }
  private var document: String { Data(Sample.pdf).base64EncodedString() }

  /// The message with the files, as it stands in the request.
  private func message(_ kind: ConfiguredModel.Kind, base: String = "https://x.example/v1") throws -> JSON? {
    let model = ConfiguredModel.scripted(kind: kind, baseURL: base)
    let messages = [
      ChatMessage(role: .user, content: "Look.", files: [png, pdf]), ChatMessage(role: .assistant, content: "Yes."),
      ChatMessage(role: .user, content: "And?"),
    ]
    let body = try #require(kind.provider).request(for: model, key: nil, messages: messages).body
    return (body["messages"] ?? body["input"] ?? body["contents"])?[0]
  }

  @Test("OpenAI's chat completions: data URIs, a file part for a PDF; Mistral has a word of its own")
  func openAI() throws {
    let image: JSON = ["type": "image_url", "image_url": ["url": .string("data:image/png;base64,\(data)")]]
    let uri = JSON.string("data:application/pdf;base64,\(document)")
    #expect(
      try message(.openai) == [
        "role": "user",
        "content": [
          ["type": "text", "text": "Look."], image,
          ["type": "file", "file": ["filename": "paper.pdf", "file_data": uri]],
        ],
      ])
    let mistral = try message(.openai, base: "https://api.mistral.ai/v1")
    #expect(mistral?["content"]?[2] == ["type": "document_url", "document_url": uri])
  }

  @Test("OpenAI's Responses: input_image and input_file")
  func responses() throws {
    #expect(
      try message(.responses) == [
        "role": "user",
        "content": [
          ["type": "input_text", "text": "Look."],
          ["type": "input_image", "image_url": .string("data:image/png;base64,\(data)")],
          [
            "type": "input_file", "filename": "paper.pdf",
            "file_data": .string("data:application/pdf;base64,\(document)"),
          ],
        ],
      ])
  }

  @Test("Anthropic: image and document blocks before the text")
  func anthropic() throws {
    #expect(
      try message(.anthropic) == [
        "role": "user",
        "content": [
          ["type": "image", "source": ["type": "base64", "media_type": "image/png", "data": .string(data)]],
          [
            "type": "document", "title": "paper.pdf",
            "source": ["type": "base64", "media_type": "application/pdf", "data": .string(document)],
          ],
          ["type": "text", "text": "Look."],
        ],
      ])
  }

  @Test("Gemini: inline data before the text")
  func gemini() throws {
    #expect(
      try message(.gemini) == [
        "role": "user",
        "parts": [
          ["inlineData": ["mimeType": "image/png", "data": .string(data)]],
          ["inlineData": ["mimeType": "application/pdf", "data": .string(document)]], ["text": "Look."],
        ],
      ])
  }

  // MARK: Who can see

  private func refusal(
    _ capabilities: [String], _ files: [Conversations.Attachment], kind: ConfiguredModel.Kind = .openai,
    reference: ModelReference = ModelReference(provider: "acme", name: "m"), base: String = "https://x.example/v1"
  ) -> String? {
    var model = ConfiguredModel.scripted(kind: kind, baseURL: base)
    model.reference = reference
    model.capabilities = capabilities
    return model.refusedFiles(of: [ChatMessage(role: .user, content: "?", files: files)]).first?.description
  }

  @Test(
    "A model that reads text alone is told of by name, with the file and the way out; one of which nothing is known is asked"
  )
  func blind() {
    #expect(
      refusal(["text"], [png])
        == "\"m\" at acme cannot be shown \"shot.png\" (PNG 640×480): it has no \"image\" among its "
        + "capabilities (text); ask another model, or, if it can be shown one, add image to its capabilities in models.yaml"
    )
    #expect(refusal(["text", "image"], [pdf])?.contains("add pdf") == true)
    for known in [[], ["text", "image", "pdf"], ["Vision", "documents"]] { #expect(refusal(known, [png, pdf]) == nil) }
    #expect(refusal([], [png], reference: ModelReference(provider: "deepseek", name: "deepseek-chat")) != nil)
    #expect(refusal([], [png], reference: ModelReference(provider: "openai", name: "gpt-4o")) == nil)
    #expect(refusal(["text"], [Attachment(name: "a.txt", sha256: "", content: "x")]) == nil)
  }

  @Test("What is larger than an API takes is told before it is sent")
  func limits() {
    let large = Sample.media("large.png", Sample.png() + Array(repeating: 0, count: 4_000_000))
    #expect(
      refusal([], [large], kind: .anthropic)?.hasSuffix(
        "it takes 5.1 MiB in base64, and a picture may take 5 MiB; make it smaller") == true)
    #expect(refusal([], [large]) == nil)
    let wide = Sample.media("wide.png", Sample.png(9000, 10))
    #expect(refusal([], [wide], kind: .anthropic)?.contains("8000 pixels a side") == true)
    let gif = Sample.media("a.gif", Array("GIF89a\u{1}\0\u{1}\0".utf8))
    #expect(refusal([], [gif], kind: .gemini)?.contains("takes PNG, JPEG, WebP, PDF, no GIF; convert it") == true)
    let heavy = (1...4).map {
      Sample.media("\($0).png", Sample.png(mark: "\($0)") + Array(repeating: 0, count: 4_000_000))
    }
    #expect(refusal([], heavy, kind: .gemini)?.contains("\"4.png\"") == true)
    #expect(
      refusal([], Array(repeating: png, count: 6), base: "https://api.groq.com/openai/v1")?.contains("5 pictures")
        == true)
    let half = (1...2).map {
      Sample.media("\($0).png", Sample.png(mark: "\($0)") + Array(repeating: 0, count: 2_000_000))
    }
    #expect(
      refusal([], half, base: "https://api.groq.com/openai/v1")?.contains("a request may take 4 MiB") == true,
      "each by itself is small enough")
  }

  @Test(
    "What a provider's list tells of its models is heeded",
    arguments: [
      (
        #"{"data":[{"id":"m","architecture":{"input_modalities":["text","image"],"output_modalities":["text"]}}]}"#,
        true
      ),
      (#"{"data":[{"id":"m","architecture":{"input_modalities":["text"],"output_modalities":["text"]}}]}"#, false),
      (#"{"data":[{"id":"m","capabilities":{"completion_chat":true,"vision":false}}]}"#, false),
      (
        #"{"data":[{"id":"m","capabilities":{"image_input":{"supported":true},"pdf_input":{"supported":true}}}]}"#, true
      ),
      (#"{"data":[{"id":"m"}]}"#, nil),
    ] as [(String, Bool?)])
  func listed(_ list: String, _ sees: Bool?) throws {
    let models = try #require(ListedModel.read(try JSON(list)))
    var listings = ModelListings()
    listings.models["acme"] = models
    let directory = try TemporaryDirectory()
    try directory.write("cache.json", listings.text)
    let again = ModelListings(path: directory("cache.json"))
    #expect(again == listings)
    let model = ConfiguredModel.scripted("m").knowing(again)
    #expect(model.canBeShown(.png) == sees)
  }

  // MARK: Reading

  private func read(_ paths: [String], in directory: TemporaryDirectory, input: [UInt8]? = nil) throws -> AttachedFiles
  {
    try AttachmentReader.read(paths: paths, relativeTo: directory.path, input: input)
  }

  @Test("Files are taken byte for byte, with their hash; a folder's pictures are left out, and it is said so")
  func files() throws {
    let directory = try TemporaryDirectory()
    try directory.write("d/shot.png", bytes: Sample.png())
    try directory.write("d/a.txt", "A.")
    try directory.write("paper.pdf", "%PDF-1.4\nall of it ASCII\n")
    try directory.write("gif.txt", "GIF89a is a format")
    let files = try read(["d/shot.png", "paper.pdf", "gif.txt"], in: directory).attachments
    #expect(files.map(\.media?.type) == [.png, .pdf, nil])
    #expect(files[0] == Sample.media(files[0].name))
    #expect(files[2].content == "GIF89a is a format")
    let folder = try read(["d"], in: directory)
    #expect(folder.attachments.map(\.content) == ["A."])
    #expect(folder.leftOutWords?.contains("attach it by its own name") == true)
    try directory.write("d/paper.pdf", bytes: Sample.pdf)
    let words = try read(["d"], in: directory).leftOutWords
    #expect(
      words
        == "left out: 2 files that are no text: d/paper.pdf, d/shot.png; attach pictures and PDFs by their own names")
    #expect(try read([], in: directory, input: Sample.png()).attachments.map(\.name) == ["stdin"])
  }
}
