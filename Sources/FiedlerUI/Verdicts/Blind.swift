import Basics
import Canvas
import Conversations
import FoundationEssentials

/// Reading without knowing which model wrote what: models have letters instead of names, dealt out anew for each
/// prompt, and the panes stand in the order of the letters. Once the prompt's answers are judged, or the user asks, all
/// is as usual until the next prompt.
struct Blind: Hashable, Sendable {
  /// Letters are dealt out by this and the prompt: the same for the same.
  private let seed: UInt64
  /// The exchange whose names are shown.
  private(set) var revealed: UUID?
  /// The models that have letters, in the order of these.
  private var dealt: [ModelReference] = []
  /// The exchange that they were dealt out for.
  private var exchange: UUID?

  init(seed: UInt64) { self.seed = seed }

  /// `Model A` and so on, which no label of a synthesis is; one word for all that have no part in what is read.
  func label(_ model: ModelReference) -> String {
    dealt.firstIndex(of: model).map { "Model \(Synthesis.label($0))" } ?? "a model"
  }

  mutating func reveal(_ exchange: UUID?) { revealed = exchange }

  /// Whether names are hidden while this exchange is the newest on the screen. With none on it, nothing was revealed.
  func hides(_ exchange: UUID?) -> Bool { exchange == nil || exchange != revealed }

  /// Gives letters to the models of what is read.
  mutating func deal(_ conversations: [Conversation], newest: UUID?) {
    if exchange != newest {
      dealt = []
      exchange = newest
    }
    let models = Set(conversations.flatMap(\.exchanges).flatMap { $0.prompt.models + $0.replies.map(\.model) })
    let new = models.subtracting(dealt)
    guard !new.isEmpty else { return }
    dealt += new.map { (place($0), $0) }.sorted { ($0.0, $0.1.description) < ($1.0, $1.1.description) }.map(\.1)
  }

  /// The panes' models in the order of their letters.
  func ordered(_ models: [ModelReference]) -> [ModelReference] {
    dealt.filter(models.contains) + models.filter { !dealt.contains($0) }
  }

  /// A conversation with the answers to each prompt in an order that tells nothing.
  func shuffled(_ conversation: Conversation) -> Conversation {
    var shuffled = conversation
    for index in shuffled.exchanges.indices { shuffled.exchanges[index] = self.shuffled(shuffled.exchanges[index]) }
    return shuffled
  }

  /// The attempts of each model stay in their order.
  func shuffled(_ exchange: Exchange) -> Exchange {
    var shuffled = exchange
    shuffled.prompt.models.sort { place($0) < place($1) }
    shuffled.replies = shuffled.replies.enumerated().map { (place($1.model), $0, $1) }
      .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    return shuffled
  }

  /// A number that has nothing to do with the model's name but is the same for the same prompt.
  private func place(_ model: ModelReference) -> UInt64 {
    let text = "\(exchange?.uuidString ?? "") \(model.description)"
    return text.utf8.reduce(SplitMix64.mixed(seed)) { SplitMix64.mixed($0 ^ UInt64($1)) }
  }
}

extension World {
  /// An exchange as it may be shown: while names are hidden, its answers in an order that tells nothing.
  func shown(_ exchange: Exchange) -> Exchange { hidesNames ? blind?.shuffled(exchange) ?? exchange : exchange }

  func shown(_ conversation: Conversation) -> Conversation {
    hidesNames ? blind?.shuffled(conversation) ?? conversation : conversation
  }

  /// Whether it is hidden which model wrote what.
  var hidesNames: Bool { blind?.hides(conversation?.exchanges.last?.id) ?? false }

  /// What would tell which models there are, longest first, in lower case.
  var hiddenNames: [String] {
    var references = Set(models.map(\.reference) + chosenModels)
    for exchange in allExchanges + others.flatMap(\.exchanges) {
      references.formUnion(exchange.prompt.models)
      references.formUnion(exchange.replies.map(\.model))
    }
    for summary in desk.recent { references.formUnion(summary.models) }
    let own = models.flatMap { [$0.label] + $0.aliases }
    let names = references.flatMap { [$0.description, $0.name, ModelChoice.shortName($0)] } + own
    return Set(names.map { $0.lowercased() }).filter { $0.count > 1 }.sorted { ($1.count, $0) < ($0.count, $1) }
  }
}

extension World {
  /// Says why what lists models by name is not opened.
  mutating func refuseNames() {
    show("Names are hidden while you read blind: \(blindKey) in a pane, or /blind, reveals them")
  }

  fileprivate var blindKey: String { keyMap.name(of: .blind, in: [.pane]) ?? "/blind" }

  fileprivate var launchSeed: UInt64 { launchedAt.timeIntervalSince1970.bitPattern }
}

extension ComposeScreen {
  /// Hides names; shows those of this prompt; shows all names from now on: each time the next of these.
  mutating func stepBlind(_ world: inout World) -> [Effect] {
    if world.blind == nil {
      // The time since the start is as good as dice where the user presses the key.
      let (seconds, attoseconds) = world.now.components
      world.blind = Blind(seed: UInt64(bitPattern: seconds) ^ UInt64(bitPattern: attoseconds) ^ world.launchSeed)
      dealBlind([], &world)
      world.show(
        "Blind: names, figures and the panes' order are hidden until a verdict, or \(world.blindKey), reveals them")
    } else if world.hidesNames, let exchange = world.conversation?.exchanges.last {
      revealNames(of: exchange.id, &world)
      world.show("Revealed; the next prompt is read blind again, or \(world.blindKey) ends that")
    } else {
      world.blind = nil
      stage.reopen(from: 0)
      world.show("Names are shown from now on")
    }
    return []
  }

  mutating func revealNames(of exchange: UUID, _ world: inout World) {
    world.blind?.reveal(exchange)
    stage.reopen(from: 0)
  }

  /// Gives letters to what is on the screen, `others` being what screens over this one show, and the panes the order of
  /// these.
  mutating func dealBlind(_ others: [Conversation], _ world: inout World) {
    guard world.blind != nil else { return }
    let newest = world.conversation?.exchanges.last?.id
    let shown = [world.wholeConversation].compactMap(\.self) + others
    let hid = world.hidesNames
    world.blind?.deal(shown, newest: newest)
    guard hid else { return }
    let models = stage.panes.map(\.model)
    guard let order = world.blind?.ordered(models), order != models else { return }
    let active = models.indices.contains(stage.activePane) ? stage.activePane : 0
    let panes = stage.panes
    stage.panes = order.compactMap { model in panes.first { $0.model == model } }
    // Which pane is the active one would tell: its place stays, not its model.
    stage.activePane = active
  }

  /// Takes verdicts over, and shows the names of a prompt whose answers are settled.
  mutating func judged(_ prompt: UUID, _ verdicts: [Verdict], _ world: inout World) {
    let before = world.allExchanges.first { $0.id == prompt }
    world.take(verdicts, on: prompt)
    guard let before, world.hidesNames, before.id == world.conversation?.exchanges.last?.id else { return }
    let answers = before.readable.answers.map(\.id)
    if verdicts.settles(answers), !before.verdicts.settles(answers) { revealNames(of: prompt, &world) }
  }
}
