import Canvas
import Conversations

extension AppState {
  mutating func openModelPicker(filter: String = "") -> [Effect] {
    let items = models.map { model in
      PickerState.Item(
        title: model.label, note: ([model.reference.description] + model.aliases).joined(separator: " "),
        details: [
          model.contextWindow.map(Figures.window) ?? "",
          estimateWords(model.reference),
          model.price.map { "\(Self.price($0.input)) / \(Self.price($0.output))" } ?? "",
        ], problem: model.problem)
    }
    let chosen = Set(models.indices.filter { chosenModels.contains(models[$0].reference) })
    overlay = .picker(
      PickerState(kind: .models, title: "models", items: items, isMultiple: true, chosen: chosen, filter: filter))
    return []
  }

  /// What the prompt as it stands takes of a model, as short as it can be.
  private func estimateWords(_ model: ModelReference) -> String {
    guard showsEstimates else { return "" }
    let estimate = estimate(for: model)
    return "~" + (estimate.cost.map(Figures.money) ?? "\(Figures.window(estimate.tokens)) tok")
  }

  /// Per million tokens, as short as it can be: `$0.15`, `$3`.
  private static func price(_ amount: Double) -> String {
    let text = Figures.money(amount)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }

  /// What the picker's lower border says.
  func pickerHelp(_ picker: PickerState) -> String {
    func part(_ id: ActionID, _ word: String) -> String? {
      keyMap.name(of: id, in: [.picker]).map { "\($0) \(word)" }
    }
    if case .links = picker.kind {
      let open = keyMap.name(of: .openLink, in: [.links]).map { "\($0) opens" }
      return ["number", part(.accept, "copies"), open].compactMap(\.self).joined(separator: " · ")
    }
    if case .files = picker.kind {
      let drop = keyMap.name(of: .dropFile, in: [.files]).map { "\($0) takes off" }
      return [part(.accept, "looks at"), drop].compactMap(\.self).joined(separator: " · ")
    }
    if case .palette = picker.kind, let item = picker.selectedItem, picker.items[item].isElsewhere {
      return part(.accept, "shows where") ?? ""
    }
    guard picker.isMultiple else { return "" }
    let count = picker.taken.count
    let these = picker.taken == Set([picker.selectedItem].compactMap(\.self)) ? "this one" : "these \(count)"
    // The less is known by itself the earlier it stands: what does not fit is left out from the end.
    let parts = [
      part(.accept, "takes \(these)"), part(.toggle, "chooses"), part(.acceptOnly, "only this one"),
      part(.close, "changes nothing"),
    ]
    return parts.compactMap(\.self).joined(separator: " · ")
  }

  mutating func changePicker(_ change: (inout PickerState) -> Void) {
    guard case .picker(var picker) = overlay else { return }
    change(&picker)
    overlay = .picker(picker)
    previewTheme(picker)
  }

  mutating func togglePicked() {
    changePicker { picker in
      guard picker.isMultiple, let item = picker.selectedItem else { return }
      if picker.chosen.remove(item) == nil { picker.chosen.insert(item) }
      if picker.filter.isEmpty { picker.move(by: 1) }
    }
  }

  /// Takes the models of these places. Those chosen before keep their order, and so their panes' places.
  private mutating func choose(_ items: Set<Int>) -> [Effect] {
    let known = models.indices.filter(items.contains).map { models[$0].reference }
    let kept = chosenModels.filter(known.contains)
    world.chosenModels = kept + known.filter { !kept.contains($0) }
    overlay = nil
    return []
  }

  /// Takes the line under the cursor, whatever else is chosen.
  mutating func acceptOnly() -> [Effect] {
    guard case .picker(let picker) = overlay, case .models = picker.kind, let item = picker.selectedItem else {
      return acceptPicker()
    }
    return choose([item])
  }

  mutating func acceptPicker() -> [Effect] {
    guard case .picker(let picker) = overlay else { return [] }
    switch picker.kind {
    case .models:
      return choose(picker.taken)
    case .themes(let choices, _):
      overlay = nil
      return picker.selectedItem.map { [.keepTheme(choices[$0].slug)] } ?? []
    case .palette(let actions):
      overlay = nil
      return picker.selectedItem.map { performFromPalette(actions[$0]) } ?? []
    case .export(let conversation):
      overlay = nil
      guard let item = picker.selectedItem, ExportFormat.allCases.indices.contains(item) else { return [] }
      return [.export(conversation: conversation, ExportFormat.allCases[item])]
    case .files(let files):
      return picker.selectedItem.map { review(files[$0]) } ?? []
    case .mentions(let mentions, let answers):
      overlay = nil
      return picker.selectedItem.map { answer(answers[$0], mentions) } ?? []
    case .templates(let files):
      overlay = nil
      return picker.selectedItem.map { take(files[$0]) } ?? []
    case .links(let links):
      overlay = nil
      return picker.selectedItem.map { [Self.copy(link: links[$0])] } ?? []
    }
  }
}
