import Conversations
import FoundationEssentials
import JSON
import SendEngine
import Settings
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Setup", .timeLimit(.minutes(2))) struct SetupTests {
  private let home: Home
  private let server: ScriptedProviderServer

  init() async throws {
    home = try Home()
    let list = #"{"data":[{"id":"alpha","context_length":4096},{"id":"gpt-5.2"},{"id":"gpt-5"},{"id":"on"}]}"#
    server = try await ScriptedProviderServer(otherwise: [.status(200, body: list)])
  }

  private var setup: Setup { Setup(home.environment) }
  private var file: String { home.directory("config/fiedler/models.yaml") }
  private var content: String? {
    FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("A key that is given is tested before it is kept; one that is refused, or would not be used, is not kept")
  func give() async throws {
    try home.directory.write(
      "config/fiedler/models.yaml",
      """
      providers:
        lab: {base_url: '\(server.baseURL)', api_key_env: LAB_KEY, models: {alpha: {}}}
        safe: {base_url: '\(server.baseURL)', api_key_command: [pass, show, safe], models: {alpha: {}}}
        away: {base_url: 'http://127.0.0.1:1/v1', api_key_env: AWAY_KEY, models: {alpha: {}}}
      """)
    let keys = setup.paths.keysFile
    var kept: String { FileManager.default.contents(atPath: keys).map { String(decoding: $0, as: UTF8.self) } ?? "" }
    #expect(try await setup.give("sk-0123456789", to: "lab") == "The key of lab is kept in \(keys)")
    #expect(server.requests.last?.header("authorization") == "Bearer sk-0123456789")
    #expect(kept.contains("sk-0123456789"))
    server.enqueue([.status(401, body: #"{"error":{"message":"Incorrect API key"}}"#)])
    let refused = await #expect(throws: SendFailure.self) { try await setup.give("sk-wrong", to: "lab") }
    #expect(refused?.kind == .unauthorized)
    #expect(kept.contains("sk-0123456789") && !kept.contains("sk-wrong"), "the one from before stays")
    await #expect(throws: KeyKeeping.NoKey.self) { try await setup.give("sk wrong", to: "lab") }
    let unused = await #expect(throws: Setup.Failure.self) { try await setup.give("sk-0123456789", to: "safe") }
    #expect(unused == .keyFromCommand(provider: "safe", path: setup.paths.modelsFile))
    let words = try await setup.give("sk-9876543210", to: "away")
    #expect(words.contains("untested: ") && !words.contains("sk-"))
    #expect(kept.contains("sk-9876543210"))
  }

  @Test("A first models.yaml is read as it was meant, and undone without a trace")
  func first() async throws {
    let lab = try setup.provider("lab", baseURL: server.baseURL)
    let listed = try await setup.models(of: lab, key: "sk-0123456789")
    #expect(server.requests.last?.header("authorization") == "Bearer sk-0123456789")
    let chosen = try Setup.chosen(["1", "on"], from: listed, of: "lab")
    let written = try await setup.write(lab, chosen, listed: listed, key: "sk-0123456789")
    #expect(written.models == ["lab/alpha", "lab/on"])
    let registry = try #require(try setup.registry())
    #expect(registry.models.map(\.reference.name) == ["alpha", "on"] && registry.warnings.isEmpty)
    #expect(registry.defaults.count == 2)
    let kept = try #require(content)
    #expect(!kept.contains("sk-") && kept.contains("setup --undo") && kept.contains("4096 tokens"))
    #expect(try setup.undo().count == 2)
    #expect(content == nil)
    #expect(throws: Setup.Failure.nothingToUndo) { try setup.undo() }
    let keys = FileManager.default.contents(atPath: setup.paths.keysFile).map { String(decoding: $0, as: UTF8.self) }
    #expect(keys?.contains("sk-") == false)
  }

  @Test(
    "A file that is there gets the provider below its others; every other line stays, and comes back",
    arguments: [
      "providers:\n  own:   # mine\n    base_url: http://127.0.0.1:9/v1\n    models: {m: {aliases: [x]}}\n\n# asked\ndefaults:\n  models: [m]\n",
      "defaults: {models: [demo/quick]}\nproviders:\n    own: {base_url: 'http://127.0.0.1:9/v1', models: {m: {}}}",
      "# nothing yet\n", "sets: {two: [demo/quick]}\n",
      "\u{FEFF}providers:\r\n  own: {base_url: 'http://127.0.0.1:9/v1', models: {m: {}}}\r\n\r\nsets: {two: [m]}\r\n",
      "\u{FEFF}# mine\r\nsets: {two: [demo/quick]}\r\n",
    ])
  func added(before: String) async throws {
    try home.directory.write("config/fiedler/models.yaml", before)
    let lab = try setup.provider("lab", baseURL: server.baseURL)
    let listed = try await setup.models(of: lab)
    _ = try await setup.write(lab, [listed[0]], listed: listed)
    let after = try #require(content)
    for line in before.split(whereSeparator: \.isNewline) { #expect(after.contains(line)) }
    #expect(after.contains("\r\n") == !after.utf8.split(separator: UInt8(ascii: "\n")).contains { $0.last != 13 })
    #expect(try setup.registry()?.models.contains { $0.reference.description == "lab/alpha" } == true)
    #expect(try setup.undo().count == 1)
    #expect(content == before)
  }

  @Test(
    "What cannot be added to stays as it is, and what to add is told",
    arguments: [
      "providers: {own: {base_url: 'http://127.0.0.1:9/v1', models: {m: {}}}}\n",
      "{providers: {}}\n", "providers:\n  lab: {base_url: 'http://127.0.0.1:9/v1', models: {m: {}}}\n",
    ])
  func refused(before: String) async throws {
    try home.directory.write("config/fiedler/models.yaml", before)
    let lab = try setup.provider("lab", baseURL: server.baseURL)
    let listed = try await setup.models(of: lab)
    let failure = await #expect(throws: Setup.Failure.self) {
      try await setup.write(lab, [listed[0]], listed: listed)
    }
    #expect(failure?.description.contains("\"alpha\"") == true || failure?.description.contains("alpha: {}") == true)
    #expect(content == before)
    #expect(throws: Setup.Failure.nothingToUndo) { try setup.undo() }
  }

  @Test("A file that was changed since is left alone, and what stood there before is put beside it")
  func changed() async throws {
    let before = "providers:\n  own: {base_url: 'http://127.0.0.1:9/v1', models: {m: {}}}\n"
    try home.directory.write("config/fiedler/models.yaml", before)
    let lab = try setup.provider("lab", baseURL: server.baseURL)
    let listed = try await setup.models(of: lab)
    _ = try await setup.write(lab, [listed[0]], listed: listed)
    let mine = try #require(content) + "# mine\n"
    try home.directory.write("config/fiedler/models.yaml", mine)
    let copy = "\(file).before-setup"
    #expect(throws: Setup.Failure.changedSince(path: file, copy: copy)) { try setup.undo() }
    #expect(content == mine)
    #expect(FileManager.default.contents(atPath: copy) == Data(before.utf8))
  }

  private static let own = """
    providers:
      lab:   # mine
        base_url: http://127.0.0.1:9/v1
        models: {m: {}, n: {}}

    """

  @Test(
    "A set of models gets its line below the others; every other line stays, and comes back",
    arguments: [
      own, own + "# together\nsets:\n    one: [m]  # alone\n\n# asked\ndefaults:\n  models: [m]\n",
      own + "sets: {one: [m]}  # alone\n", "sets: {}\n" + own,
      own.replacing("\n", with: "\r\n") + "sets:\r\n  one: [m]  # alone\r\n", "\u{FEFF}sets: {}\r\n" + own,
    ])
  func setSaved(before: String) throws {
    try home.directory.write("config/fiedler/models.yaml", before)
    let set = ModelSet(name: "both", models: ["m", "n"].map { ModelReference(provider: "lab", name: $0) })
    #expect(try setup.save(set) == file)
    let after = try #require(content)
    for line in before.split(whereSeparator: \.isNewline) where !line.contains("sets: {") {
      #expect(after.split(whereSeparator: \.isNewline).contains(line))
    }
    #expect(after.contains("alone") == before.contains("alone"))
    #expect(try setup.registry()?.sets.last == set)
    #expect(try setup.undo().count == 1)
    #expect(content == before)
  }

  @Test("A set is refused where there is no file, where its name is taken, and where only an editor can add it")
  func setRefused() throws {
    let set = ModelSet(name: "one", models: [ModelReference(provider: "lab", name: "n")])
    #expect(throws: Setup.Failure.noModelsFile(path: file)) { try setup.save(set) }
    for before in [Self.own + "sets: {one: [m]}\n", Self.own + "sets:\n  {two:\n  [m]}\n"] {
      try home.directory.write("config/fiedler/models.yaml", before)
      let failure = #expect(throws: Setup.Failure.self) { try setup.save(set) }
      #expect(failure?.description.contains("one: [lab/n]") == true, "what to add is told")
      #expect(content == before)
    }
  }

  @Test("A server of this machine that answers is found, and offered before all others")
  func local() async throws {
    var home = home
    home.variables["OLLAMA_HOST"] = "127.0.0.1:\(server.port)"
    home.variables["XAI_API_KEY"] = "xai-0123456789"
    let offers = await Setup(home.environment).offers()
    let ollama = try #require(offers.first { $0.id == "ollama" })
    #expect(ollama.words == "runs here, 4 models")
    let xai = try #require(offers.firstIndex { $0.id == "xai" })
    #expect(offers[xai].words == "key in $XAI_API_KEY")
    #expect(try #require(offers.firstIndex { $0.id == "ollama" }) < xai)
    #expect(try #require(offers.firstIndex { $0.words == "needs a key" }) > xai)
  }

  @Test("A name that nobody has leads to the one that was meant")
  func misspelt() throws {
    #expect(throws: Setup.Failure.noSuchProvider("opnai", nearest: ["openai"])) { try setup.provider("opnai") }
    #expect(throws: (any Error).self) { try setup.provider("lab", baseURL: "nowhere") }
    let models = [ListedModel(name: "gpt-5"), ListedModel(name: "2")]
    #expect(try Setup.chosen(["2"], from: models, of: "p").map(\.name) == ["2"], "a name comes before a number")
    #expect(throws: Setup.Failure.noSuchModel("gtp-5", provider: "p", nearest: ["gpt-5"])) {
      try Setup.chosen(["gtp-5"], from: models, of: "p")
    }
  }
}
