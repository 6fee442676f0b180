import Canvas
import Conversations

/// The screens over the first one, and what is done with them.
extension AppState {
  /// The screen that is shown.
  var top: any Screen { screens.last ?? compose }

  /// The screen that is shown, if it is of this type.
  func top<Wanted: Screen>(_ type: Wanted.Type) -> Wanted? { screens.last as? Wanted }

  /// A screen of a type, wherever it is: shown, covered, or left and kept.
  func screen<Wanted: Screen>(_ type: Wanted.Type) -> Wanted? {
    (screens + kept).lazy.compactMap { $0 as? Wanted }.first
  }

  /// Puts a screen over what is shown, and closes what lies over it.
  mutating func open(_ screen: some Screen) {
    layer = nil
    changeTop { top, _ in top.cover() }
    screens.append(screen)
  }

  /// Leaves the screen that is shown for the one beneath.
  mutating func leaveScreen() -> [Effect] {
    guard let left = screens.popLast() else { return [] }
    if left is any KeptScreen { keep(left) }
    return left.left(world)
  }

  /// Leaves all of them for prompt and panes.
  mutating func leaveScreens() -> [Effect] {
    var effects: [Effect] = []
    while !screens.isEmpty { effects += leaveScreen() }
    return effects
  }

  private mutating func keep(_ screen: any Screen) {
    var screen = screen
    screen.cover()
    kept.removeAll { Swift.type(of: $0) == Swift.type(of: screen) }
    kept.append(screen)
  }

  /// Takes a screen of a type out of those that were left and kept.
  mutating func takeKept<Wanted: Screen>(_ type: Wanted.Type) -> Wanted? {
    guard let index = kept.firstIndex(where: { $0 is Wanted }) else { return nil }
    return kept.remove(at: index) as? Wanted
  }

  // MARK: Asking them

  /// Has the screen that is shown do something.
  mutating func onTop(_ body: (inout any Screen, inout World) -> [Effect]) -> [Effect] {
    changeTop(body) + grantWishes()
  }

  /// Has the screen that is shown answer something; `nil` if it has no answer.
  mutating func onTop(_ body: (inout any Screen, inout World) -> [Effect]?) -> [Effect]? {
    changeTop(body).map { $0 + grantWishes() }
  }

  /// Has prompt and panes do something, whatever lies over them.
  mutating func onCompose(_ body: (inout ComposeScreen, inout World) -> [Effect]) -> [Effect] {
    let effects = body(&compose, &world)
    return effects + grantWishes()
  }

  /// Has the panes that are shown do something, be they the live conversation's or a replay's.
  mutating func onStage(_ body: (inout Stage, inout World) -> [Effect]) -> [Effect] {
    on(ReplayScreen.self) { body(&$0.stage, &$1) } ?? onCompose { body(&$0.stage, &$1) }
  }

  /// Has the screen that is shown do something, if it is of this type; `nil` if it is not.
  mutating func on<Wanted: Screen>(
    _ type: Wanted.Type, _ body: (inout Wanted, inout World) -> [Effect]
  ) -> [Effect]? {
    guard var screen = screens.last as? Wanted else { return nil }
    // No second reference, which would have what it changes copied.
    screens.removeLast()
    let effects = body(&screen, &world)
    screens.append(screen)
    return effects + grantWishes()
  }

  /// Has the layer do something, if it is of this type; `nil` if it is not.
  mutating func onLayer<Wanted: Screen>(
    _ type: Wanted.Type, _ body: (inout Wanted, inout World) -> [Effect]
  ) -> [Effect]? {
    guard var taken = layer as? Wanted else { return nil }
    // No second reference, which would have what it changes copied.
    layer = nil
    let effects = body(&taken, &world)
    layer = taken
    return effects + grantWishes()
  }

  /// Has what takes the keys do something: the layer, else the screen that is shown.
  mutating func onUppermost(_ body: (inout any Screen, inout World) -> [Effect]) -> [Effect] {
    guard var taken = layer else { return onTop(body) }
    layer = nil
    let effects = body(&taken, &world)
    layer = taken
    return effects + grantWishes()
  }

  /// What takes the keys.
  var uppermost: any Screen { layer ?? top }

  private mutating func changeTop<Answer>(_ body: (inout any Screen, inout World) -> Answer) -> Answer {
    if var screen = screens.popLast() {
      defer { screens.append(screen) }
      return body(&screen, &world)
    }
    var first: any Screen = compose
    // No second reference, which would have what it changes copied.
    compose = .away
    defer { if let back = first as? ComposeScreen { compose = back } }
    return body(&first, &world)
  }

  /// Tells every screen what the shell has answered.
  mutating func tellScreens(_ message: Message) -> [Effect] {
    var effects: [Effect] = []
    for index in kept.indices { effects += kept[index].take(message, isShown: false, &world) }
    effects += compose.take(message, isShown: screens.isEmpty, &world)
    for index in screens.indices {
      effects += screens[index].take(message, isShown: index == screens.count - 1, &world)
    }
    return effects + grantWishes()
  }

  /// Does what screens have wished for, and what that wishes in turn.
  mutating func grantWishes() -> [Effect] {
    var effects: [Effect] = []
    for wish in world.takeWishes() { effects += wish(&self) }
    return effects
  }

  mutating func advanceScreen() -> [Effect] { onTop { $0.advance(&$1) } }

  /// Lays out what will be drawn.
  mutating func settle() {
    compose.dealBlind([top.shownConversation].compactMap(\.self), &world)
    compose.settlePrompt(world)
    guard !ComposeLayout.isTooSmall(size) else { return }
    changeTop { $0.settle($1) }
    layer?.settle(world)
  }
}

/// A screen that is found as it was left when it is opened again.
protocol KeptScreen: Screen {}
