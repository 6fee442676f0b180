import Canvas
import Conversations

/// From a provider over its key to models, a layer after the other.
extension AppState {
  /// Whom one could ask.
  mutating func openSetup(_ choices: [SetupChoice]) {
    guard layer == nil else { return }
    let items = choices.map { PickerLayer.Item(title: $0.provider, note: "", details: [$0.words], problem: nil) }
    layer = PickerLayer(kind: .providers(choices), title: "set up: whom to ask", items: items)
  }

  mutating func setUp(_ choice: SetupChoice) -> [Effect] {
    guard choice.needsKey else { return ask(choice.provider, nil) }
    layer = KeyLayer(provider: choice.provider, for: .setUp)
    return []
  }

  /// Has the provider list its models, which proves the key.
  mutating func ask(_ provider: String, _ key: TypedKey?) -> [Effect] {
    layer = nil
    world.show(Self.asking(provider))
    return [.listModels(of: provider, key)]
  }

  private static func asking(_ provider: String) -> String { "\(provider) is asked for its models …" }

  mutating func openSetupModels(_ listing: SetupListing) {
    world.withdraw(Self.asking(listing.provider))
    guard layer == nil else {
      return world.show("\(listing.provider) answers; /setup goes on with it once nothing is open")
    }
    let items = listing.models.map { PickerLayer.Item(title: $0, note: "", details: [], problem: nil) }
    layer = PickerLayer(
      kind: .setupModels(listing), title: "set up: models of \(listing.provider)", items: items, isMultiple: true)
  }

  /// A key that is missing or refused is typed anew.
  mutating func setupRefused(_ provider: String, _ why: String, wantsKey: Bool) {
    world.withdraw(Self.asking(provider))
    guard wantsKey, layer == nil else { return world.show(why, .error) }
    layer = KeyLayer(provider: provider, for: .setUp, problem: why)
  }

  /// Has a key tested and kept.
  mutating func give(_ key: TypedKey, to provider: String) -> [Effect] {
    layer = nil
    world.show(Self.testing(provider))
    return [.keepKey(of: provider, key)]
  }

  private static func testing(_ provider: String) -> String { "The key of \(provider) is tested …" }

  mutating func keyKept(of provider: String, _ words: String) {
    world.withdraw(Self.testing(provider))
    world.show(words, .success)
  }

  /// A key that is refused is typed anew; what no other key mends is told.
  mutating func keyNotKept(of provider: String, _ why: String, wantsKey: Bool) {
    world.withdraw(Self.testing(provider))
    guard wantsKey, layer == nil else { return world.show(why, .error) }
    layer = KeyLayer(provider: provider, for: .give, problem: why)
  }

  /// The models that were set up are asked from now on.
  mutating func setUp(_ models: [ModelReference], _ words: String) {
    world.chosenModels = models
    world.show(words, .success)
  }
}

extension Stage {
  func canGiveKey(_ world: World) -> Possibility {
    guard let model = activeModel else { return .no("There is no answer yet") }
    return model.isBuiltIn ? .no("\(world.label(model)) needs no key") : .yes
  }

  /// Asks for the key of the active pane's provider.
  func openKey(_ world: inout World) {
    guard let model = activeModel else { return }
    guard !world.hidesNames else { return world.refuseNames() }
    world.lay(KeyLayer(provider: model.provider, for: .give))
  }
}
