import Canvas
import Conversations

/// What a set of models is to be called, being typed.
struct SetNameLayer: LineTyping {
  /// Where Escape leads back to.
  let picker: PickerLayer
  private let models: [ModelReference]
  /// What they are called, for reading.
  private let labels: [String]
  var line = LineEditor()
  /// Why the name cannot be had.
  private(set) var problem = ""
  /// It is being written; a second Enter would find its own set there.
  private var isSaving = false

  init(_ models: [ModelReference], from picker: PickerLayer, _ world: World) {
    self.models = models
    self.picker = picker
    labels = models.map(world.label)
  }

  func contexts(_ world: World) -> [KeyContext] { [.note, .everywhere] }

  mutating func lineChanged() { problem = "" }

  mutating func accept(_ world: inout World) -> [Effect] {
    guard !isSaving else { return [] }
    let name = line.text
    problem = Self.problem(name, world)
    guard problem.isEmpty else { return [] }
    isSaving = true
    return [.saveSet(ModelSet(name: name, models: models))]
  }

  private static func problem(_ name: String, _ world: World) -> String {
    if name.isEmpty { return "A set is asked for by its name: type one, or Escape leaves all as it is." }
    if !ModelSet.canBeCalled(name) { return "A set's name has no blanks, no commas and no @." }
    guard let taken = world.modelSets.first(where: { $0.name == name }) else { return "" }
    let models = taken.models.map(world.label).joined(separator: ", ")
    return "\(name) is a set already: \(models). Type another name, or change that one in models.yaml."
  }

  mutating func refuse(_ why: String) {
    problem = why
    isSaving = false
  }

  mutating func close(_ world: inout World) -> [Effect] {
    world.lay(picker)
    return []
  }

  func hints(_ world: World) -> [(ActionID, String)]? { [(.accept, "save"), (.close, "back")] }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    let what = "\(labels.joined(separator: ", ")). /model and the name ask them together from then on."
    LineBox(
      title: "a name for \(models.count == 1 ? "this set" : "this set of \(models.count)")",
      words: problem.isEmpty ? what : problem, isProblem: !problem.isEmpty, theme: look.theme
    ).draw(line, as: Sanitizer.cells(line.text, style: look.theme.text), size, &frame)
  }
}

extension PickerLayer {
  /// Asks what the models that would be taken shall be called together.
  func nameSet(_ world: inout World) {
    guard case .models = kind else { return }
    world.lay(SetNameLayer(models(taken, world), from: self, world))
  }
}

extension AppState {
  /// The set is written: the picker shows it, with what was chosen in it.
  mutating func setSaved(_ words: String) {
    world.show(words, .success)
    guard let naming = layer as? SetNameLayer else { return }
    let chosen = Set(naming.picker.chosen.compactMap(naming.picker.model).map { models[$0].reference })
    guard var picker = compose.modelPicker(world) else { return world.refuseNames() }
    picker.chosen = Set(
      picker.items.indices.filter { picker.model($0).map { chosen.contains(models[$0].reference) } ?? false })
    layer = picker
  }

  /// Why it could not be written stands where the name was typed.
  mutating func setRefused(_ why: String) {
    guard var naming = layer as? SetNameLayer else { return world.show(why, .error) }
    naming.refuse(why)
    layer = naming
  }
}
