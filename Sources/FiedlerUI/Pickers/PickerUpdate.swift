import Canvas
import Conversations

extension PickerLayer {
  /// The models of these places. Those chosen before keep their order, and so their panes' places.
  func models(_ items: Set<Int>, _ world: World) -> [ModelReference] {
    let places = items.compactMap(model)
    let known = world.models.indices.filter(places.contains).map { world.models[$0].reference }
    let kept = world.chosenModels.filter(known.contains)
    return kept + known.filter { !kept.contains($0) }
  }

  private func choose(_ items: Set<Int>, _ world: inout World) {
    world.chosenModels = models(items, world)
    world.closeLayer()
  }

  /// Takes the line under the cursor, whatever else is chosen.
  mutating func acceptOnly(_ world: inout World) -> [Effect] {
    guard let item = selectedItem else { return accept(&world) }
    switch kind {
    case .models: choose([item], &world)
    case .successor(let old, let models):
      world.closeLayer()
      return onCompose(&world) { $0.replace(old, by: models[item], seesAnswers: false, &$1) }
    default: return accept(&world)
    }
    return []
  }

  /// Does what the line under the cursor is for. What opens another layer is wished for after the closing of this one.
  mutating func accept(_ world: inout World) -> [Effect] {
    if case .setupModels(let listing) = kind {
      guard !taken.isEmpty else { return [] }
      world.closeLayer()
      return [.setUp(listing, models: taken.sorted().map { listing.models[$0] })]
    }
    if case .models = kind {
      guard !taken.isEmpty else {
        let key = world.keyMap.name(of: .toggle, in: [.picker]) ?? "the picker's key"
        world.show("No model is chosen; \(key) chooses one")
        return []
      }
      choose(taken, &world)
      return []
    }
    guard let item = selectedItem else {
      if !staysWithoutChoice { world.closeLayer() }
      return []
    }
    if case .files(let files) = kind { return onCompose(&world) { $0.review(files[item], &$1) } }
    world.closeLayer()
    switch kind {
    case .files, .setupModels, .models: break
    case .themes(let choices, _): return [.keepTheme(choices[item].slug)]
    case .palette(let actions): world.then { $0.performFromPalette(actions[item]) }
    case .export(let conversation): return [.export(conversation: conversation, ExportFormat.allCases[item])]
    case .mentions(let mentions, let answers):
      return onCompose(&world) { $0.answer(answers[item], mentions, &$1) }
    case .templates(let files): return onCompose(&world) { $0.take(files[item], &$1) }
    case .providers(let choices): world.then { $0.setUp(choices[item]) }
    case .links(let links): return [links[item].taking]
    case .successor(let old, let models):
      return onCompose(&world) { $0.replace(old, by: models[item], seesAnswers: true, &$1) }
    case .synthesis(let choice): world.chooseJudge(item, of: choice)
    case .points(let points): return onCompose(&world) { $0.show(points[item], &$1) }
    case .verdict(let options): return world.take(options[item])
    case .judge(let choice, let template, let judges): return world.synthesize(choice, by: template, judges[item])
    }
    return []
  }

  /// Whether Enter does nothing where nothing is found.
  private var staysWithoutChoice: Bool {
    switch kind {
    case .files, .providers, .setupModels, .successor, .synthesis, .points, .verdict, .judge: true
    case .models, .palette, .themes, .export, .mentions, .templates, .links: false
    }
  }

  private func onCompose(
    _ world: inout World, _ body: @escaping @Sendable (inout ComposeScreen, inout World) -> [Effect]
  ) -> [Effect] {
    world.then { $0.onCompose(body) }
    return []
  }
}

extension PickerLayer {
  func contexts(_ world: World) -> [KeyContext] {
    switch kind {
    case .links: [.links, .picker, .everywhere]
    case .files: [.files, .picker, .everywhere]
    case .models: [.models, .picker, .everywhere]
    case .palette, .themes, .export, .mentions, .templates, .providers, .setupModels, .synthesis, .points, .verdict,
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
      case .points: "go there"
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
