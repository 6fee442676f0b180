import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Sets of models") struct ModelSetTests {
  private static let fast = ModelSet(name: "fast", models: [AppDriver.catalog[3].reference])

  /// The picker with two models chosen, and a set that is there.
  static func picking(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height, models: [])
    app.tell(
      .modelsLoaded(
        AppDriver.catalog, defaults: AppDriver.catalog.prefix(2).reversed().map(\.reference), sets: [fast]))
    app.press(.control("o"))
    return app
  }

  static func naming(_ width: Int, _ height: Int, _ name: String = "") -> AppDriver {
    var app = picking(width, height)
    app.press(.control("s"))
    app.type(name)
    return app
  }

  @Test("A set is named in a box that says which models it has", arguments: ScreenTests.sizes)
  func box(_ size: Size) throws {
    try ScreenTests.expect(Self.naming(size.width, size.height, "review"), is: "set-name")
  }

  @Test("A name that cannot be had is refused where it is typed", arguments: ScreenTests.sizes)
  func refused(_ size: Size) throws {
    var app = Self.naming(size.width, size.height, "fast")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty)
    try ScreenTests.expect(app, is: "set-name-taken")
  }

  @Test("What the picker has chosen is written as a set, in the order of the panes")
  func saved() {
    var app = Self.naming(80, 24, "review")
    app.press(Key(.enter))
    let set = ModelSet(name: "review", models: AppDriver.catalog.prefix(2).reversed().map(\.reference))
    #expect(app.effects == [.saveSet(set)])
    app.press(Key(.enter))
    #expect(app.effects.isEmpty, "it is asked for once")
    app.tell(
      .modelsLoaded(AppDriver.catalog, defaults: set.models, sets: [Self.fast, set]))
    app.tell(.setSaved(set, "models.yaml has the set review now"))
    #expect(app.screen.contains("2 review:") && app.screen.contains("2 chosen"), "\(app.screen)")
    app.press("1")
    #expect(app.state.chosenModels == Self.fast.models)
    app.type("/model review")
    app.press(Key(.enter))
    #expect(app.state.chosenModels == set.models)
  }

  @Test("A file that cannot be written is told in place, and the name stays to be tried again")
  func unwritable() {
    var app = Self.naming(80, 24, "review")
    app.press(Key(.enter))
    let set = ModelSet(name: "review", models: AppDriver.catalog.prefix(2).reversed().map(\.reference))
    app.tell(.setRefused(set, why: "models.yaml: Permission denied"))
    #expect(app.screen.contains("Permission denied") && app.screen.contains("review"), "\(app.screen)")
    app.press(Key(.enter))
    #expect(app.effects == [.saveSet(set)])
  }

  @Test("Names that -m @NAME could not tell apart are refused, and Escape leads back to the list as it was")
  func unspeakable() {
    for name in ["", "two words", "a,b", "@a"] {
      var app = Self.naming(80, 24, name)
      app.press(Key(.enter))
      #expect(app.effects.isEmpty && (app.state.layer as? SetNameLayer)?.problem.isEmpty == false, "\(name)")
      app.press(Key(.escape))
      let picker = app.state.layer as? PickerLayer
      #expect(picker?.chosen.count == 2)
    }
  }
}
