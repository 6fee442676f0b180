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
    layer = KeyLayer(provider: choice.provider)
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
    layer = KeyLayer(provider: provider, problem: why)
  }

  /// The models that were set up are asked from now on.
  mutating func setUp(_ models: [ModelReference], _ words: String) {
    world.chosenModels = models
    world.show(words, .success)
  }
}
