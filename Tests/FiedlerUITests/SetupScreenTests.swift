import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Setting up models") struct SetupScreenTests {
  private static let choices = [
    SetupChoice(provider: "ollama", words: "runs here, 3 models", needsKey: false),
    SetupChoice(provider: "openai", words: "key in $OPENAI_API_KEY", needsKey: false),
    SetupChoice(provider: "anthropic", words: "needs a key", needsKey: true),
    SetupChoice(provider: "google", words: "needs a key", needsKey: true),
  ]

  static func offered(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    app.tell(.providersFound(choices))
    return app
  }

  static func refused(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    let why =
      "anthropic refused the key (401 Unauthorized); check the key from your input (`fiedler doctor` tells every place)"
    app.tell(.providerRefused("anthropic", why: why, wantsKey: true))
    app.type("sk-secret")
    return app
  }

  static func listed(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    app.tell(.providerListed(SetupListing(provider: "ollama", key: nil, models: ["llama3:8b", "qwen3", "phi4"])))
    app.press(" ")
    return app
  }

  @Test("Whom one could ask, with what is known of each", arguments: ScreenTests.sizes)
  func offers(_ size: Size) throws {
    try ScreenTests.expect(Self.offered(size.width, size.height), is: "setup-providers")
  }

  @Test("A key is dots, below what was wrong with the one before", arguments: ScreenTests.sizes)
  func key(_ size: Size) throws {
    let app = Self.refused(size.width, size.height)
    #expect(!app.screen.contains("secret"))
    try ScreenTests.expect(app, is: "setup-key")
  }

  @Test("The models that a provider lists, to choose several", arguments: ScreenTests.sizes)
  func models(_ size: Size) throws {
    try ScreenTests.expect(Self.listed(size.width, size.height), is: "setup-models")
  }

  @Test("/setup leads over provider and key to models, which are asked from then on")
  func flow() {
    var app = AppDriver(80, 24)
    app.type("/setup")
    app.press(Key(.enter))
    #expect(app.effects == [.findProviders])
    app.tell(.providersFound(Self.choices))
    app.press(Key(.down), Key(.down), Key(.enter))
    #expect(app.screen.contains("API key of anthropic"))
    app.press(Key(.enter))
    #expect(app.effects.isEmpty, "without a key nothing is asked")
    app.tell(.input(.paste(" sk-0123456789\n")))
    app.press(Key(.enter))
    #expect(app.effects == [.listModels(of: "anthropic", TypedKey("sk-0123456789"))])
    #expect(!"\(app.effects)".contains("sk-"))
    let listing = SetupListing(provider: "anthropic", key: TypedKey("sk-0123456789"), models: ["claude-x", "claude-y"])
    app.tell(.providerListed(listing))
    app.press(Key(.down), Key(.enter))
    #expect(app.effects == [.setUp(listing, models: ["claude-y"])])
    let model = ModelReference(provider: "anthropic", name: "claude-y")
    app.tell(.modelsSetUp([model], "models.yaml has claude-y now"))
    #expect(app.state.chosenModels == [model] && app.screen.contains("models.yaml has claude-y now"))
  }

  @Test("That a provider is asked is not said any more once it has answered")
  func answered() {
    var app = Self.offered(80, 24)
    app.press(Key(.enter))
    #expect(app.screen.contains("ollama is asked"))
    app.tell(.providerRefused("ollama", why: "ollama: connection refused", wantsKey: false))
    #expect(!app.screen.contains("is asked") && app.screen.contains("connection refused"))
  }

  @Test("Where a key is missing or refused, K in the pane gives one, which is tested and kept")
  func giveKey() throws {
    var app = AppDriver(100, 30, models: ["a"])
    app.send("Why?")
    app.event(0, .failed(SendFailure(.missingKey, "a: no API key for lab")), at: .seconds(1))
    app.press(Key(.tab))
    #expect(app.screen.contains("K gives a key  R asks again"), "\(app.screen)")
    app.press("K")
    let provider = try #require(app.state.chosenModels.first).provider
    #expect(app.screen.contains("API key of \(provider)"))
    app.type("sk-wrong")
    app.press(Key(.enter))
    #expect(app.effects == [.keepKey(of: provider, TypedKey("sk-wrong"))] && app.screen.contains("is tested"))
    app.tell(.keyNotKept(of: provider, why: "the key was refused", wantsKey: true))
    #expect(app.screen.contains("the key was refused") && !app.screen.contains("is tested"))
    app.type("sk-right")
    app.press(Key(.enter))
    app.tell(.keyKept(of: provider, "The key is kept in keys.yaml"))
    #expect(app.state.layer == nil && app.screen.contains("The key is kept in keys.yaml"))
    #expect(!app.screen.contains("is tested"))
    app.press("R")
    #expect(app.effects.count == 1, "the pane is where it was, and asks again")
  }

  @Test("Only where a key is the trouble is one offered; a model that comes along has none; blind, nobody is named")
  func giveKeyElsewhere() {
    var app = AppDriver(100, 30, models: ["a"])
    app.send("Why?")
    app.event(0, .failed(SendFailure(.connection, "a: refused")), at: .seconds(1))
    #expect(app.screen.contains("R asks again") && !app.screen.contains("gives a key"))
    var builtIn = AppDriver(100, 30)
    let quick = ModelReference(provider: "demo", name: "quick")
    builtIn.tell(.modelsLoaded([ModelChoice(reference: quick)], defaults: [quick]))
    builtIn.send("Why?")
    builtIn.press(Key(.tab))
    builtIn.press("K")
    #expect(builtIn.state.layer == nil)
    var blind = AppDriver(100, 30)
    blind.send("Why?")
    for model in 0..<3 { blind.event(model, .failed(SendFailure(.missingKey, "no key")), at: .seconds(1)) }
    blind.press(Key(.tab))
    blind.press("B")
    blind.press("K")
    #expect(blind.state.layer == nil && blind.state.toasts.last?.text.hasPrefix("Names are hidden") == true)
  }

  @Test("A provider that needs no key is asked at once; what only a key could mend is not asked for otherwise")
  func others() {
    var app = Self.offered(80, 24)
    app.press(Key(.enter))
    #expect(app.effects == [.listModels(of: "ollama", nil)])
    app.tell(.providerRefused("ollama", why: "ollama: connection refused", wantsKey: false))
    #expect(app.state.layer == nil && app.screen.contains("connection refused"))
    var typing = Self.refused(80, 24)
    typing.press(Key(.escape))
    #expect(typing.state.layer == nil && typing.effects.isEmpty)
  }
}
