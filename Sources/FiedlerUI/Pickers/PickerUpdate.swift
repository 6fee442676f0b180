import Canvas
import Conversations

extension AppState {
  mutating func togglePicked() {
    _ = onLayer(PickerLayer.self) { picker, _ in
      picker.toggle()
      return []
    }
  }

  /// The models of these places. Those chosen before keep their order, and so their panes' places.
  func chosen(_ items: Set<Int>, _ picker: PickerLayer) -> [ModelReference] {
    let places = items.compactMap(picker.model)
    let known = models.indices.filter(places.contains).map { models[$0].reference }
    let kept = chosenModels.filter(known.contains)
    return kept + known.filter { !kept.contains($0) }
  }

  private mutating func choose(_ items: Set<Int>, _ picker: PickerLayer) -> [Effect] {
    world.chosenModels = chosen(items, picker)
    layer = nil
    return []
  }

  /// Takes the line under the cursor, whatever else is chosen.
  mutating func acceptOnly() -> [Effect] {
    guard let picker = layer as? PickerLayer, let item = picker.selectedItem else { return accept() }
    switch picker.kind {
    case .models: return choose([item], picker)
    case .successor(let old, let models): return replace(old, by: models[item], seesAnswers: false)
    default: return accept()
    }
  }

  /// Does what the line under the cursor of a picker is for.
  mutating func take(_ picker: PickerLayer) -> [Effect] {
    switch picker.kind {
    case .models:
      guard !picker.taken.isEmpty else {
        show("No model is chosen; \(keyMap.name(of: .toggle, in: [.picker]) ?? "the picker's key") chooses one")
        return []
      }
      return choose(picker.taken, picker)
    case .themes(let choices, _):
      layer = nil
      return picker.selectedItem.map { [.keepTheme(choices[$0].slug)] } ?? []
    case .palette(let actions):
      layer = nil
      return picker.selectedItem.map { performFromPalette(actions[$0]) } ?? []
    case .export(let conversation):
      layer = nil
      guard let item = picker.selectedItem, ExportFormat.allCases.indices.contains(item) else { return [] }
      return [.export(conversation: conversation, ExportFormat.allCases[item])]
    case .files(let files):
      return picker.selectedItem.map { review(files[$0]) } ?? []
    case .mentions(let mentions, let answers):
      layer = nil
      return picker.selectedItem.map { answer(answers[$0], mentions) } ?? []
    case .templates(let files):
      layer = nil
      return picker.selectedItem.map { take(files[$0]) } ?? []
    case .providers(let choices):
      return picker.selectedItem.map { setUp(choices[$0]) } ?? []
    case .setupModels(let listing):
      let models = picker.taken.sorted().map { listing.models[$0] }
      if models.isEmpty { return [] }
      layer = nil
      return [.setUp(listing, models: models)]
    case .links(let links):
      layer = nil
      return picker.selectedItem.map { [Self.take(links[$0])] } ?? []
    case .successor(let old, let models):
      return picker.selectedItem.map { replace(old, by: models[$0], seesAnswers: true) } ?? []
    case .synthesis(let choice):
      picker.selectedItem.map { chooseJudge($0, of: choice) }
      return []
    case .verdict(let options): return picker.selectedItem.map { take(options[$0]) } ?? []
    case .judge(let choice, let template, let judges):
      return picker.selectedItem.map { synthesize(choice, by: template, judges[$0]) } ?? []
    }
  }
}

extension PickerLayer {
  func contexts(_ world: World) -> [KeyContext] {
    switch kind {
    case .links: [.links, .picker, .everywhere]
    case .files: [.files, .picker, .everywhere]
    case .models: [.models, .picker, .everywhere]
    case .palette, .themes, .export, .mentions, .templates, .providers, .setupModels, .synthesis, .verdict,
      .judge, .successor:
      [.picker, .everywhere]
    }
  }

  var isTyping: Bool { true }

  var showsWhatIsBelow: Bool { if case .themes = kind { true } else { false } }

  mutating func type(_ key: Key, _ world: inout World) -> [Effect] {
    if let effects = typeLinkNumber(key, &world) ?? typeSetNumber(key, &world) { return effects }
    _ = type(key)
    preview(&world)
    return []
  }

  mutating func paste(_ text: String, _ world: inout World) -> [Effect] {
    paste(text)
    preview(&world)
    return []
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    step == 0 ? [] : move(.rows(step.signum()), &world)
  }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    move(by: motion.step(page: 8))
    preview(&world)
    return []
  }

  mutating func toggle() {
    guard isMultiple, let item = selectedItem else { return }
    if chosen.remove(item) == nil { chosen.insert(item) }
    if filter.isEmpty { move(by: 1) }
  }

  mutating func accept(_ world: inout World) -> [Effect] {
    let picked = self
    world.then { $0.take(picked) }
    return []
  }

  mutating func close(_ world: inout World) -> [Effect] {
    takeBackTheme(&world)
    world.closeLayer()
    return []
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    let area = Rect(x: 0, y: 0, width: size.width, height: size.height - 1)
    PickerView(picker: self, theme: look.theme, help: help(look.world)).draw(in: area, &frame)
  }

  func hints(_ world: World) -> [(ActionID, String)]? {
    let accept =
      switch kind {
      case .models, .themes, .templates, .mentions, .providers, .setupModels, .synthesis, .judge, .successor: "take"
      case .verdict: "say it"
      case .palette: selectedItem.map { items[$0].isElsewhere } == true ? "show where" : "do it"
      case .export: "export"
      case .files: "look at"
      case .links(let targets):
        if let item = selectedItem, case .file = targets[item] { "open" } else { "copy" }
      }
    var hints: [(ActionID, String)] = isMultiple ? [(.toggle, "choose")] : []
    hints.append((.accept, accept))
    if isMultiple { hints.append((.acceptOnly, "only this")) }
    if case .models = kind { hints.append((.saveSet, "save")) }
    if case .successor = kind { hints.append((.acceptOnly, "without memory")) }
    if case .links = kind { hints.append((.openLink, "open")) }
    if case .files = kind { hints.append((.dropFile, "take off")) }
    return hints + [(.close, "close")]
  }

  /// What the picker's lower border says.
  func help(_ world: World) -> String {
    func part(_ id: ActionID, _ word: String, in contexts: [KeyContext] = [.picker]) -> String? {
      world.keyMap.name(of: id, in: contexts).map { "\($0) \(word)" }
    }
    if case .links(let targets) = kind {
      if let item = selectedItem, case .file = targets[item] {
        return ["number", part(.accept, "opens")].compactMap(\.self).joined(separator: " · ")
      }
      return ["number", part(.accept, "copies"), part(.openLink, "opens", in: [.links])].compactMap(\.self).joined(
        separator: " · ")
    }
    if case .files = kind {
      return [part(.accept, "looks at"), part(.dropFile, "takes off", in: [.files])].compactMap(\.self).joined(
        separator: " · ")
    }
    if case .palette = kind, let item = selectedItem, items[item].isElsewhere {
      return part(.accept, "shows where") ?? ""
    }
    if case .successor(let old, _) = kind {
      let name = world.label(old)
      return [part(.accept, "sees \(name)'s answers so far"), part(.acceptOnly, "sees none")].compactMap(\.self)
        .joined(separator: " · ")
    }
    guard isMultiple else { return "" }
    let count = taken.count
    let these = taken == Set([selectedItem].compactMap(\.self)) ? "this one" : "these \(count)"
    let save = if case .models = kind { part(.saveSet, "saves a set", in: [.models]) } else { String?.none }
    // The less is known by itself the earlier it stands: what does not fit is left out from the end.
    let parts = [
      part(.accept, "takes \(these)"), part(.toggle, "chooses"), save, part(.acceptOnly, "only this one"),
      part(.close, "changes nothing"),
    ]
    return parts.compactMap(\.self).joined(separator: " · ")
  }
}
