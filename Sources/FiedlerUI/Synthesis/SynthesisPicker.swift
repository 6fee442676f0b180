import Canvas
import Conversations
import FoundationEssentials

/// What is to be made of the answers to a prompt, until it is known who shall make it.
struct SynthesisChoice: Hashable, Sendable {
  var conversation: UUID
  var prompt: UUID
  /// The ways to read them, by name, in the order of the picker's items.
  var templates: [String]
}

extension Stage {
  /// Asks how the answers in view shall be read; `files` are the templates of one's own.
  func openSynthesisPicker(_ files: [TemplateFile], _ world: inout World) {
    guard let conversation = conversation(world)?.id, let exchange = exchangeInView(world) else { return }
    let ways = SynthesisWay.allCases
    let own = files.filter { file in
      file.template != nil && !ways.contains { $0.rawValue == file.name }
    }
    let items =
      ways.map { PickerLayer.Item(title: $0.rawValue, note: $0.summary, details: []) }
      + own.map { PickerLayer.Item(title: $0.name, note: $0.template?.title ?? "", details: []) }
    let choice = SynthesisChoice(
      conversation: conversation, prompt: exchange.id, templates: ways.map(\.rawValue) + own.map(\.name))
    let count = Figures.plural(exchange.readable.answers.count, "answer")
    world.lay(PickerLayer(kind: .synthesis(choice), title: "what to make of \(count)", items: items))
  }
}

extension World {
  /// Asks who shall read them; who did it last stands first, then who was asked.
  mutating func chooseJudge(_ template: Int, of choice: SynthesisChoice) {
    guard !hidesNames else { return refuseNames() }
    let last = judge.map { [$0] } ?? []
    let first = last + chosenModels.filter { !last.contains($0) }
    let order = first + models.map(\.reference).filter { !first.contains($0) }
    let judges = order.compactMap { self.choice($0) }
    let items = judges.map { model in
      PickerLayer.Item(
        title: model.label, note: model.reference.description,
        details: [model.contextWindow.map(Figures.window) ?? ""], problem: model.problem)
    }
    let name = choice.templates[template]
    lay(
      PickerLayer(
        kind: .judge(choice, template: name, judges: judges.map(\.reference)), title: "\(name): who reads them",
        items: items))
  }

  /// Puts the answers before the model that was chosen.
  mutating func synthesize(_ choice: SynthesisChoice, by template: String, _ judge: ModelReference) -> [Effect] {
    self.judge = judge
    return [
      .synthesize(prompt: choice.prompt, in: choice.conversation, judge: judge, template: template)
    ]
  }
}
