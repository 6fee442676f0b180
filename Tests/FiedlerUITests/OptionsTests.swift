import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Options of what is sent") struct OptionsTests {
  private func opened(_ width: Int = 80, _ height: Int = 24) -> AppDriver {
    var app = AppDriver(width, height, models: ["gpt-5", "grok"])
    app.type("/options")
    app.press(Key(.enter))
    return app
  }

  @Test("Each is typed where it stands; they are in the prompt's border, and go with every send from then on")
  func all() {
    var app = opened()
    #expect(app.screen.contains("options for all models") && app.screen.contains("reasoning_effort"))
    app.type("0.2")
    app.press(Key(.down), Key(.down))
    app.type("500")
    app.press(Key(.enter))
    #expect(app.state.layer == nil)
    #expect(app.screen.contains("temperature=0.2 max_tokens=500"))
    for text in ["One?", "Two?"] {
      app.type(text)
      app.press(Key(.enter))
      var drafts = 0
      for case .send(let draft) in app.effects {
        drafts += 1
        #expect(draft.options.asked(of: AppDriver.model("grok")).assignments == ["temperature=0.2", "max_tokens=500"])
      }
      #expect(drafts == 1)
      app.tell(.sendFailed("no"))
      app.press(.control("u"))
      app.press(.control("k"))
    }
  }

  @Test("They are seen beside the one-row prompt, too, by their number where there is no room for them")
  func bare() {
    for (width, words) in [(100, "temperature=0.2 seed=7 · to gpt-5, grok"), (44, "2 options · to 2 models")] {
      var app = AppDriver(width, 20, models: ["gpt-5", "grok"])
      app.send("Go")
      app.type("/option temperature=0.2")
      app.press(Key(.enter))
      app.type("/option seed=7")
      app.press(Key(.enter))
      #expect(app.frame.text(row: 18).contains(words), "\(app.screen)")
    }
  }

  @Test("A value that cannot be is refused where it is typed, and nothing of it is lost") func refused() {
    var app = opened()
    app.type("9")
    for key in [Key(.enter), Key(.down), Key(.tab)] {
      app.press(key)
      #expect(app.screen.contains("a number from 0.0 to 2.0") && app.screen.contains("❯ temperature      9"))
    }
    app.press(Key(.backspace))
    app.type("1")
    #expect(!app.screen.contains("a number from"))
    app.press(Key(.enter))
    #expect(app.state.prompt.options.all.temperature == 1)
  }

  @Test("Tab leads to those of one model, which count more than those of all; emptied, they do again") func one() {
    var app = opened()
    app.type("0.2")
    app.press(Key(.tab))
    #expect(app.screen.contains("options for gpt-5"))
    app.type("1")
    app.press(Key(.tab), Key(.tab))
    #expect(app.screen.contains("options for all models"))
    app.press(Key(.down))
    #expect(app.screen.contains("0.2 · gpt-5 1"))
    app.press(Key(.enter))
    #expect(app.screen.contains("temperature=0.2 (gpt-5: temperature=1"))
    let options = app.state.prompt.options
    #expect(options.asked(of: AppDriver.model("gpt-5")).temperature == 1)
    #expect(options.asked(of: AppDriver.model("grok")).temperature == 0.2)
    app.type("/options")
    app.press(Key(.enter), Key(.tab), Key(.backspace), Key(.backspace), Key(.backspace), Key(.enter))
    #expect(app.state.prompt.options.of.isEmpty)
  }

  @Test("Escape leaves what is being typed as it was") func escape() {
    var app = opened()
    app.type("0.2")
    app.press(Key(.escape))
    #expect(app.state.layer == nil && app.state.prompt.options.isEmpty)
  }

  @Test("It fits the screen", arguments: ScreenTests.sizes) func screens(_ size: Size) throws {
    var app = opened(size.width, size.height)
    app.type("0.2")
    app.press(Key(.tab), Key(.down), Key(.down))
    app.type("many")
    app.press(Key(.enter))
    try ScreenTests.expect(app, is: "options")
  }
}
