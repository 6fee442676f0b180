import Canvas

extension AppState {
  mutating func openThemePicker(_ choices: [ThemeChoice]) {
    guard overlay == nil else { return }
    guard !theme.isMonochrome, theme != .terminal else {
      return show("This terminal's few colours, or NO_COLOR, decide how Fiedler looks", .warning)
    }
    guard !choices.isEmpty else { return show("There are no theme files; `fiedler paths` tells where to put some") }
    let items = choices.map { choice in
      let kind = choice.theme.isDark ? "dark" : "light"
      return PickerState.Item(title: choice.theme.name, note: choice.slug, details: [kind], problem: nil)
    }
    var picker = PickerState(kind: .themes(choices: choices, before: theme), title: "themes", items: items)
    picker.move(by: choices.firstIndex { $0.theme == theme } ?? 0)
    overlay = .picker(picker)
    previewTheme(picker)
  }

  /// Shows the theme under the cursor; the one before where nothing matches.
  mutating func previewTheme(_ picker: PickerState) {
    guard case .themes(let choices, let before) = picker.kind else { return }
    world.theme = picker.selectedItem.map { choices[$0].theme } ?? before
  }

  /// Leaving the picker leaves the theme as it was.
  mutating func takeBackTheme() {
    if case .picker(let picker) = overlay, case .themes(_, let before) = picker.kind { world.theme = before }
  }
}
