import Canvas
import Conversations

/// The screens over the first one, and what is done with them.
extension AppState {
  /// The screen that is shown; `nil` while it is the first one.
  var top: (any Screen)? { screens.last }

  /// The screen that is shown, if it is of this type.
  func top<Wanted: Screen>(_ type: Wanted.Type) -> Wanted? { screens.last as? Wanted }

  /// A screen of a type, wherever it is: shown, covered, or left and kept.
  func screen<Wanted: Screen>(_ type: Wanted.Type) -> Wanted? {
    (screens + kept).lazy.compactMap { $0 as? Wanted }.first
  }

  /// Puts a screen over what is shown, and closes what lies over it.
  mutating func open(_ screen: some Screen) {
    layer = nil
    changeTop { $0.cover() }
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

  /// Has the screen that is shown do something; `nil` if it is the first one.
  mutating func onTop(_ body: (inout any Screen, inout World) -> [Effect]) -> [Effect]? {
    guard var screen = screens.popLast() else { return nil }
    let effects = body(&screen, &world)
    screens.append(screen)
    return effects + grantWishes()
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

  /// Has what takes the keys do something: the layer, else the screen that is shown; `nil` if that is the first one.
  mutating func onUppermost(_ body: (inout any Screen, inout World) -> [Effect]) -> [Effect]? {
    guard var taken = layer else { return onTop(body) }
    layer = nil
    let effects = body(&taken, &world)
    layer = taken
    return effects + grantWishes()
  }

  /// What takes the keys; `nil` while prompt and panes do.
  var uppermost: (any Screen)? { layer ?? top }

  private mutating func changeTop(_ body: (inout any Screen) -> Void) {
    guard var screen = screens.popLast() else { return }
    body(&screen)
    screens.append(screen)
  }

  /// Tells every screen what the shell has answered.
  mutating func tellScreens(_ message: Message) -> [Effect] {
    var effects: [Effect] = []
    for index in kept.indices { effects += kept[index].take(message, isShown: false, &world) }
    for index in screens.indices {
      effects += screens[index].take(message, isShown: index == screens.count - 1, &world)
    }
    return effects + grantWishes()
  }

  private mutating func grantWishes() -> [Effect] { world.takeWishes().flatMap { $0(&self) } }

  mutating func advanceScreen() -> [Effect] { onTop { $0.advance(&$1) } ?? [] }

  mutating func settleScreens() {
    changeTop { [world] in $0.settle(world) }
    layer?.settle(world)
  }
}

/// A screen that is found as it was left when it is opened again.
protocol KeptScreen: Screen {}
