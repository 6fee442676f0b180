import Conversations
import FoundationEssentials

/// What can be said of the answer in view, in the order of the picker's items.
enum VerdictOption: Hashable, Sendable {
  case change(VerdictChange)
  /// Write a note to a verdict.
  case note(Verdict)
}

extension Stage {
  /// The verdict of the kind on the answer in view, as the reader gives it now.
  private func verdict(_ kind: Verdict.Kind, of reply: UUID, against other: UUID? = nil, _ world: World) -> Verdict {
    Verdict(
      kind, of: reply, against: other, madeAt: world.launchedAt.addingTimeInterval(world.now.inSeconds),
      isBlind: world.hidesNames)
  }

  /// Says it of the answer in view, or takes it back.
  func toggleVerdict(_ kind: Verdict.Kind, _ world: World) -> [Effect] {
    guard let reply = replyInView(world), let exchange = exchangeInView(world) else { return [] }
    let isSaid = exchange.verdicts.verdict(on: reply.id)?.kind == kind
    return [.judge(isSaid ? .takeBack(reply.id) : .give(verdict(kind, of: reply.id, world)))]
  }

  /// Asks what is to be said of the answer in view.
  func openVerdictPicker(_ world: inout World) {
    guard let reply = replyInView(world), let exchange = exchangeInView(world) else { return }
    var items: [PickerLayer.Item] = []
    var options: [VerdictOption] = []
    func offer(_ title: String, _ note: String = "", _ option: VerdictOption) {
      items.append(PickerLayer.Item(title: title, note: note, details: []))
      options.append(option)
    }
    offer("best", "of the answers to this prompt", .change(.give(verdict(.best, of: reply.id, world))))
    offer("bad", "not to be used", .change(.give(verdict(.bad, of: reply.id, world))))
    let others = exchange.readable.answers.filter { $0.id != reply.id && $0.model != reply.model }
    for other in others {
      let name = world.label(other.model)
      offer("better than \(name)", "", .change(.give(verdict(.better, of: reply.id, against: other.id, world))))
      offer("worse than \(name)", "", .change(.give(verdict(.better, of: other.id, against: reply.id, world))))
      offer("as good as \(name)", "", .change(.give(verdict(.tie, of: reply.id, against: other.id, world))))
    }
    for said in exchange.verdicts where said.replies.contains(reply.id) {
      let words = VerdictWords(world, exchange).text(said, of: reply.id)
      offer("note: \(words)", said.note, .note(said))
      let other = said.replies.first { $0 != reply.id }
      offer("take back: \(words)", "", .change(.takeBack(reply.id, against: other)))
    }
    world.lay(PickerLayer(kind: .verdict(options), title: "\(world.label(reply.model)) is …", items: items))
  }

}

extension World {
  /// Does what was chosen.
  mutating func take(_ option: VerdictOption) -> [Effect] {
    switch option {
    case .change(let change): return [.judge(change)]
    case .note(let verdict):
      lay(NoteLayer(verdict))
      return []
    }
  }
}

/// Verdicts in the words of the screens.
struct VerdictWords {
  private let world: World
  private let exchange: Exchange

  init(_ world: World, _ exchange: Exchange) {
    self.world = world
    self.exchange = exchange
  }

  /// What a verdict says of one of its answers: `better than gpt-4o`.
  func text(_ verdict: Verdict, of reply: UUID) -> String {
    let otherID = verdict.replies.first { $0 != reply }
    let other = exchange.replies.first { $0.id == otherID }.map { world.label($0.model) } ?? "another"
    return switch verdict.kind {
    case .best: "best"
    case .bad: "bad"
    case .better: verdict.reply == reply ? "better than \(other)" : "worse than \(other)"
    case .tie: "as good as \(other)"
    }
  }
}

extension Exchange {
  /// What is thought of an answer, as short as a border has room: `best`, `bad`, and how many answers it was found
  /// better than, worse than, and as good as: `+2 -1 =1`. Empty where nothing was said.
  func verdictMark(on reply: UUID) -> String {
    let words = verdicts.words(on: reply)
    func count(_ word: VerdictWord, _ sign: String) -> String? {
      let count = words.count { $0 == word }
      return count > 0 ? "\(sign)\(count)" : nil
    }
    let single = words.first { $0 == .best || $0 == .bad }?.rawValue
    return [single, count(.better, "+"), count(.worse, "-"), count(.tie, "=")].compactMap(\.self).joined(separator: " ")
  }
}

extension World {
  /// Takes over the verdicts on the answers to a prompt, wherever it is.
  mutating func take(_ verdicts: [Verdict], on prompt: UUID) {
    conversation?.exchanges.take(verdicts, on: prompt)
    branches.rest.take(verdicts, on: prompt)
    for index in others.indices { others[index].exchanges.take(verdicts, on: prompt) }
  }
}

extension [Exchange] {
  mutating func take(_ verdicts: [Verdict], on prompt: UUID) {
    for index in indices where self[index].id == prompt { self[index].verdicts = verdicts }
  }
}
