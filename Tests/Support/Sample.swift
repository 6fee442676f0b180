import Conversations
import FoundationEssentials

/// Conversations as tests want them: what a test does not name is the same in all of them, but for ids, which are new
/// each time.
public enum Sample {
  /// On the whole second.
  public static let date = Date(timeIntervalSince1970: 1_700_000_000)

  /// The same id for the same number: `00000000-0000-4000-8000-` and the number in decimal.
  public static func id(_ number: Int) -> UUID {
    let digits = String(number)
    return UUID(uuidString: "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits)!
  }

  public static func model(_ name: String) -> ModelReference { ModelReference(provider: "test", name: name) }

  /// An answer, one that has ended unless its state says otherwise.
  public static func answer(
    _ text: String = "Because.", of model: ModelReference = model("m"), id: UUID = UUID(), attempt: Int = 1,
    turn: Int? = nil, state: ReplyState = .success, at date: Date = date
  ) -> Reply {
    Reply(id: id, model: model, attempt: attempt, turnNumber: turn, state: state, text: text, startedAt: date)
  }

  /// A prompt with what came back; it went to the models that answered.
  public static func exchange(
    _ turn: Int = 1, _ text: String = "Why?", _ answers: [Reply] = [], id: UUID = UUID(), after parent: UUID? = nil,
    at date: Date = date
  ) -> Exchange {
    var models: [ModelReference] = []
    for model in answers.map(\.model) where !models.contains(model) { models.append(model) }
    return Exchange(
      prompt: Prompt(id: id, parent: parent, turnNumber: turn, text: text, models: models, sentAt: date),
      replies: answers)
  }

  public static func conversation(
    _ exchanges: [Exchange] = [], title: String = "Why?", id: UUID = UUID(), at date: Date = date
  ) -> Conversation {
    Conversation(id: id, title: title, createdAt: date, updatedAt: date, exchanges: exchanges)
  }
}
