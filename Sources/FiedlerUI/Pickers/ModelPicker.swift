import Canvas
import Conversations

extension ComposeScreen {
  func openModelPicker(filter: String = "", _ world: inout World) {
    if let picker = modelPicker(filter: filter, world) { world.lay(picker) } else { world.refuseNames() }
  }

  /// The models under their providers, those chosen first; sets can be taken by their numbers. `nil` while names are
  /// hidden.
  func modelPicker(filter: String = "", _ world: World) -> PickerLayer? {
    guard !world.hidesNames else { return nil }
    let order = world.pickerOrder
    let hasEstimates = showsEstimates
    let items = order.map { place, group in
      let model = world.models[place]
      let notes = model.aliases + model.capabilities.filter { $0 != "text" }
      return PickerLayer.Item(
        title: model.label, note: notes.joined(separator: " "),
        details: [
          model.contextWindow.map(Figures.window) ?? "", hasEstimates ? estimateWords(model.reference, world) : "",
          model.price.map { Figures.fixed($0.input, 2) } ?? "", model.price.map { Figures.fixed($0.output, 2) } ?? "",
        ], problem: model.problem, words: model.reference.description, group: group)
    }
    let chosen = order.indices.filter { world.chosenModels.contains(world.models[order[$0].place].reference) }
    var picker = PickerLayer(
      kind: .models(places: order.map(\.place), sets: world.modelSets), title: "models", items: items,
      isMultiple: true, chosen: Set(chosen), filter: filter)
    picker.heads = ["context", hasEstimates ? "prompt" : "", "$ in", "$ out"]
    picker.banner = world.modelSets.prefix(9).enumerated().map { index, set in
      "\(index + 1) \(set.name): " + set.models.map(world.label).joined(separator: ", ")
    }.joined(separator: "   ")
    return picker
  }

  /// What the prompt as it stands takes of a model, as short as it can be.
  private func estimateWords(_ model: ModelReference, _ world: World) -> String {
    let estimate = estimate(for: model, world)
    return "~" + (estimate.cost.map(Figures.money) ?? "\(Figures.window(estimate.tokens)) tok")
  }

  /// `/model NAME`: the set of that name at once, else the models that are called like it, to choose from.
  func chooseModels(named name: String, _ world: inout World) {
    let wanted = name.hasPrefix("@") ? String(name.dropFirst()) : name
    guard let set = world.modelSets.first(where: { $0.name == wanted }) else {
      return openModelPicker(filter: name, &world)
    }
    world.choose(set)
  }

}

extension World {
  /// The places of the models in the order of the picker, each with its heading.
  fileprivate var pickerOrder: [(place: Int, group: String)] {
    let chosen = chosenModels.compactMap { reference in models.firstIndex { $0.reference == reference } }
    var providers: [String] = []
    for model in models where !providers.contains(model.reference.provider) {
      providers.append(model.reference.provider)
    }
    let lately = lastUsed.filter { !chosen.contains($0) }
    let rest = models.indices.filter { !chosen.contains($0) && !lately.contains($0) }
    return chosen.map { ($0, "chosen") } + lately.map { ($0, "used lately") }
      + providers.flatMap { provider in
        let own = rest.filter { models[$0].reference.provider == provider }
        let problems = Set(own.map { models[$0].problem })
        // What is true of all of a provider's models is its own: that it has no key.
        let state = problems.count == 1 ? problems.first.flatMap { $0 }.map { " · \($0)" } ?? "" : ""
        return own.map { ($0, provider + state) }
      }
  }

  /// How many of them stand before the providers' lists.
  private static let lastUsedLength = 5

  /// The places of the models of the last conversations, the newest first.
  private var lastUsed: [Int] {
    var places: [Int] = []
    for reference in desk.recent.flatMap(\.models) {
      guard let place = models.firstIndex(where: { $0.reference == reference }), !places.contains(place) else {
        continue
      }
      places.append(place)
    }
    return Array(places.prefix(Self.lastUsedLength))
  }

  /// The prompt's border names the models from then on.
  mutating func choose(_ set: ModelSet) { chosenModels = set.models }
}

extension PickerLayer {
  /// The place of an item's model among all models.
  func model(_ item: Int) -> Int? {
    guard case .models(let places, _) = kind, places.indices.contains(item) else { return nil }
    return places[item]
  }

  /// A digit takes the set of that number while nothing else is typed; `nil` if there is none.
  func typeSetNumber(_ key: Key, _ world: inout World) -> [Effect]? {
    guard case .models(_, let sets) = kind, filter.isEmpty, key.modifiers.isEmpty,
      case .character(let digit) = key.code,
      digit.isASCII, let number = digit.wholeNumberValue, sets.prefix(9).indices.contains(number - 1)
    else { return nil }
    world.choose(sets[number - 1])
    world.closeLayer()
    return []
  }
}
