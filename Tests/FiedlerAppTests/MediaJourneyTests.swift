import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import GodotLog
import JSON
import MCP
import SendEngine
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("A picture from the disk to the models, and what stays of it") struct MediaJourneyTests {
  private let shot = Sample.png(mark: "canary-in-the-picture")
  private var base64: String { Data(shot).base64EncodedString() }

  private func home(_ server: ScriptedProviderServer, capabilities: String = "") throws -> Home {
    let home = try Home(
      models: """
        providers: {ollama: {base_url: "\(server.baseURL)", models: {one: {\(capabilities)}, blind: {capabilities: [text]}}}}
        defaults: {models: [one]}
        """, config: "godot: {url: off}\n")
    try home.directory.write("work/shot.png", bytes: shot)
    return home
  }

  /// Which pictures stood in a request, by the text beside them.
  private func pictures(_ request: ScriptedProviderServer.Request?) -> [[String]] {
    (request?.json?["messages"]?.array ?? []).map { message in
      (message["content"]?.array ?? []).compactMap { $0["image_url"]?["url"]?.string }
    }
  }

  @Test("It is sent whole, kept once, and goes along again with the next turn and another attempt") func whole()
    async throws
  {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("A dog."))
    let home = try home(server)
    let first = try await home.send(Draft(text: "What is it?", files: ["shot.png"]))
    let uri = "data:image/png;base64,\(base64)"
    #expect(pictures(server.requests.last) == [[uri]])
    try await home.send(Draft(text: "Which breed?", conversation: first.conversationID.uuidString))
    #expect(pictures(server.requests.last) == [[uri], [], []])
    let services = try home.services()
    let conversation = try await services.conversation(first.conversationID)
    #expect(conversation.exchanges[0].prompt.attachments == [Sample.media("shot.png", shot)])
    let again = try await services.prepareRetry(of: first.replies[0].id, in: conversation)
    _ = await services.finish(services.start(again, sink: EventRecorder()) { _ in }, of: again)
    #expect(pictures(server.requests.last) == [[uri]])
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("A model that reads text alone is named with the file before anything is sent or stored") func blind()
    async throws
  {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("A dog."))
    let home = try home(server)
    let error = await #expect(throws: RefusedFiles.self) {
      try await home.send(Draft(text: "What is it?", files: ["shot.png"], models: ["one", "blind"]))
    }
    let words = try #require(error).description
    #expect(words.contains("\"blind\" at ollama cannot be shown \"shot.png\"") && words.contains("models.yaml"))
    #expect(try await home.newest() == nil)
    // One that joins a conversation with a picture is not shown that turn at all.
    let first = try await home.send(Draft(text: "What is it?", files: ["shot.png"]))
    try await home.send(
      Draft(text: "Hello?", models: ["blind"], conversation: first.conversationID.uuidString))
    #expect(server.requests.last?.json?["messages"]?.array?.count == 1)
    // One that takes the other's place would be shown it.
    let services = try home.services()
    let conversation = try await services.conversation(first.conversationID)
    let (one, other) = (first.replies[0].model, ModelReference(provider: "ollama", name: "blind"))
    var draft = SendDraft(
      conversation: conversation.id, parent: conversation.exchanges[0].id, text: "And?", models: [other])
    draft.successions = [Succession(other, after: one)]
    let refused = await #expect(throws: RefusedFiles.self) { _ = try await services.prepare(draft) }
    #expect(refused?.description.contains("\"shot.png\" (PNG 640×480) of an earlier turn") == true)
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("A judge that cannot see it reads the answers without it, and it is said so") func judge() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("A dog."))
    let home = try home(server)
    let services = try home.services()
    let sending = try await services.prepare(Draft(text: "What is it?", files: ["shot.png"]))
    let report = await services.finish(services.start(sending, sink: EventRecorder()) { _ in }, of: sending)
    let blind = ModelReference(provider: "ollama", name: "blind")
    let reading = try await services.prepareSynthesis(
      of: report.correlationID, in: report.conversationID, judge: blind, template: "critique")
    #expect(reading.exchange.prompt.media.isEmpty)
    #expect(reading.notes.contains { $0.contains("shot.png") && $0.hasSuffix("the answers are read without it") })
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("No byte of it is in what is logged: the log server gets name, type, size and hash") func logged() async throws
  {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("A dog."))
    let home = try home(server)
    try home.directory.write("config/fiedler/config.yaml", "godot: {url: \"ws://127.0.0.1:9/\"}\n")
    try await home.send(Draft(text: "What is it?", files: ["shot.png"]))
    let services = try home.services()
    let log = try await services.store.localTurns(of: #require(try await home.newest()).id)
    let content = try #require(log.first).record.content
    let hash = Sample.media("shot.png", shot).sha256
    #expect(content.contains("shot.png (image/png, 640×480, \(shot.count) bytes, SHA-256 \(hash))"))
    _ = await services.close()
    // The history itself is one file with its write-ahead log; nothing else may have it.
    for file in try FileManager.default.subpathsOfDirectory(atPath: home.directory.path) {
      guard !file.hasPrefix("work/"), !file.contains("fiedler.db"),
        let data = FileManager.default.contents(atPath: home.directory(file))
      else { continue }
      let text = String(decoding: data, as: UTF8.self)
      #expect(!text.contains("canary-in-the-picture") && !text.contains(base64.prefix(40)), "\(file)")
    }
    try await server.shutdown()
  }

  @Test("Opened on the desktop, a file's name ends in what it is, whatever it was called") func opened() throws {
    let file = Sample.media("../x.desktop.png/evil name.desktop", shot)
    let name = OpenedFile.name(of: file, try #require(file.media))
    #expect(name == "\(file.sha256.prefix(12))-evil_name.png")
  }

  @Test("A purge takes the copies that were opened along") func purged() async throws {
    let home = try Home(config: "godot: {url: off}\n")
    let services = try home.services()
    let folder = try OpenedFile.makeFolder(services.paths)
    #expect(FileManager.default.createFile(atPath: folder + "/a.png", contents: Data(shot)))
    _ = try await services.purge([]) { _ in }
    #expect(!FileManager.default.fileExists(atPath: folder))
    _ = await services.close()
  }

  @Test("Options of the screen reach the models that they are set for, and stay with their answers") func options()
    async throws
  {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Yes."))
    let home = try home(server)
    let (one, blind) = (
      ModelReference(provider: "ollama", name: "one"), ModelReference(provider: "ollama", name: "blind")
    )
    var draft = SendDraft(conversation: nil, text: "?", models: [one, blind])
    draft.options.all.temperature = 0.5
    draft.options.all.seed = 7
    draft.options.of[blind] = GenerationOptions()
    draft.options.of[blind]?.temperature = 1
    let services = try home.services()
    let sending = try await services.prepare(draft)
    let replies = sending.exchange.replies
    #expect(replies.map(\.options.temperature) == [0.5, 1] && replies.map(\.options.seed) == [7, 7])
    _ = await services.finish(services.start(sending, sink: EventRecorder()) { _ in }, of: sending)
    let asked = Dictionary(
      server.requests.map { ($0.model ?? "", $0.json?["temperature"]?.double) }, uniquingKeysWith: { first, _ in first }
    )
    #expect(asked == ["one": 0.5, "blind": 1])
    _ = await services.close()
    try await server.shutdown()
  }

  // MARK: Agents

  @Test("fiedler_send takes pictures, counts them, and heeds options, which are checked before anything is sent")
  func agent() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("A dog."))
    var home = try home(server)
    let tools = try AgentTools(home.services())
    func send(_ arguments: JSON) async throws -> String {
      try await tools.call("fiedler_send", arguments) { _ in }.text
    }
    _ = try await send([
      "prompt": "What is it?", "files": ["shot.png"], "options": ["temperature": 0.5, "stop": "END"],
    ])
    #expect(pictures(server.requests.last) == [["data:image/png;base64,\(base64)"]])
    #expect(server.requests.last?.json?["temperature"] == 0.5 && server.requests.last?.json?["stop"] == ["END"])
    #expect(
      try await home.newest()?.exchanges[0].replies[0].options.assignments == ["temperature=0.5", "stop=[\"END\"]"])
    let count = server.requests.count
    for (options, words) in [
      (["temperature": 9], "a number from 0.0 to 2.0"), (["temprature": 1], "temprature"), (["cache": "auto"], "cache"),
    ] as [(JSON, String)] {
      let told = try await send(["prompt": "?", "options": options])
      #expect(told.contains(words), "\(told)")
    }
    home.variables["FIEDLER_MAX_PACKAGE_BYTES"] = "20"
    let bounded = try AgentTools(home.services())
    let refused = try await bounded.call("fiedler_send", ["prompt": "?", "files": ["shot.png"]]) { _ in }
    #expect(refused.isError && refused.text.contains("limit of 20 bytes"))
    #expect(server.requests.count == count)
    try await server.shutdown()
  }
}
