import Canvas

extension AppState {
  mutating func openThemePicker(_ choices: [ThemeChoice]) {
    guard layer == nil else { return }
    guard !theme.isMonochrome, theme != .terminal else {
      return world.show("This terminal's few colours, or NO_COLOR, decide how Fiedler looks", .warning)
    }
    guard !choices.isEmpty else {
      return world.show("There are no theme files; `fiedler paths` tells where to put some")
    }
    let items = choices.map { choice in
      let kind = choice.theme.isDark ? "dark" : "light"
      return PickerLayer.Item(
        title: choice.theme.name, note: choice.slug, details: [choice.theme == theme ? "in use" : "", kind],
        problem: nil)
    }
    var picker = PickerLayer(kind: .themes(choices: choices, before: theme), title: "themes", items: items)
    picker.move(by: choices.firstIndex { $0.theme == theme } ?? 0)
    picker.preview(&world)
    layer = picker
  }
}

extension PickerLayer {
  /// Shows the theme under the cursor; the one before where nothing matches.
  func preview(_ world: inout World) {
    guard case .themes(let choices, let before) = kind else { return }
    world.theme = selectedItem.map { choices[$0].theme } ?? before
  }

  /// Leaving the picker leaves the theme as it was.
  func takeBackTheme(_ world: inout World) {
    if case .themes(_, let before) = kind { world.theme = before }
  }
}
