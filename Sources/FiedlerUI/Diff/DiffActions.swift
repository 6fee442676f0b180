import Canvas

extension ActionID {
  public static let nextChange = Self("next_change")
  public static let previousChange = Self("previous_change")
  public static let compareNext = Self("compare_next")
  public static let comparePrevious = Self("compare_previous")
  public static let compareLayout = Self("compare_layout")
  public static let compareForm = Self("compare_form")
  public static let copyDiff = Self("copy_diff")
  public static let compareAgain = Self("compare_again")
}

extension Actions {
  /// Two answers compared.
  static let diff: [Action] = [
    Action(
      .nextChange, "The next change, or the next passage in common", [letter("n")], in: [.diff], hint: "next",
      can: hasChanges,
      does: changeDiff { diff, _ in diff.goToChange(1) }),
    Action(
      .previousChange, "The change or passage before", [letter("N")], in: [.diff], can: hasChanges,
      does: changeDiff { diff, _ in diff.goToChange(-1) }),
    Action(
      .compareNext, "With the next answer", [Key(.tab), letter("]")], in: [.diff], hint: "other",
      can: { app in app.top(DiffScreen.self)?.hasOtherAnswers(app.world) ?? false ? .yes : .quietly },
      does: onDiff { $0.compareOther(1, &$1) }),
    Action(
      .comparePrevious, "With the answer before", [Key(.tab, .shift), letter("[")], in: [.diff],
      does: onDiff { $0.compareOther(-1, &$1) }),
    Action(
      .compareForm, "By words, or by what is common", [letter("w")], in: [.diff], hint: "words or common",
      can: hasForms,
      does: changeDiff { diff, _ in diff.changeForm() }),
    Action(
      .compareLayout, "Side by side, or in one text", [letter("s")], in: [.diff], hint: "layout",
      can: { $0.size.width >= DiffLayout.wide ? .yes : .quietly }, does: changeDiff { $0.changeLayout(&$1) }),
    Action(
      .copyDiff, "Copy both as one text with marks, or what is common", [letter("y")], in: [.diff], hint: "copy",
      can: { $0.top(DiffScreen.self)?.difference != nil ? .yes : .no("Still comparing") },
      does: onDiff { diff, world in diff.copy(world) }),
    Action(
      .compareAgain, "Compare anew what has come since", [letter("u")], in: [.diff], hint: "refresh",
      can: { app in app.top(DiffScreen.self).map { $0.isOutdated(app.world) || $0.isPlain } ?? false ? .yes : .quietly
      }, does: onDiff { $0.compareAgain(&$1) }),
  ]

  private static let hasChanges: Action.Asking = { app in
    guard let diff = app.top(DiffScreen.self), diff.difference != nil else { return .no("Still comparing") }
    guard diff.changes.isEmpty else { return .yes }
    return .no(diff.shownForm == .common ? "No passage is about the same" : "Nothing differs")
  }

  private static let hasForms: Action.Asking = { app in
    guard let diff = app.top(DiffScreen.self), let comparison = diff.comparison else { return .no("Still comparing") }
    if diff.isPlain { return .no("Not compared yet") }
    return comparison.ground == nil ? .no("Texts this long are compared by lines alone") : .yes
  }

  private static func onDiff(
    _ body: @escaping @Sendable (inout DiffScreen, inout World) -> [Effect]
  ) -> Action.Doing {
    { $0.on(DiffScreen.self, body) ?? [] }
  }

  private static func changeDiff(_ body: @escaping @Sendable (inout DiffScreen, inout World) -> Void) -> Action.Doing {
    onDiff { screen, world -> [Effect] in
      body(&screen, &world)
      return []
    }
  }
}
