import ConversationStore
import Conversations
import Digest
import FoundationEssentials
import GodotLog
import SendEngine

extension Services {
  /// Stores what of a row is to be asked: its prompt with all models, or further attempts of some.
  func prepare(
    _ row: BatchRow, _ left: BatchCells.Left, of batch: Batch, _ models: [ConfiguredModel]
  ) async throws -> Sending {
    let asked = left.asked.map { (model: Self.asked(models[$0.model], of: row, batch), attempt: $0.attempt) }
    var prompt = Prompt(
      id: row.prompt, turnNumber: 0, text: row.text, system: row.system, models: models.map(\.reference), sentAt: Date()
    )
    let replies = asked.map { Self.reply(of: $0.model, attempt: $0.attempt, at: prompt.sentAt) }
    if left.isBegun {
      for reply in replies { try await store.retry(reply, of: row.prompt) }
    } else {
      prompt = try await store.begin(
        Exchange(prompt: prompt, replies: replies), in: row.conversation, title: row.title, createdAt: prompt.sentAt,
        tags: [batch.tag])
    }
    logger.nudge()
    return Sending(
      conversation: row.conversation, exchange: Exchange(prompt: prompt, replies: replies),
      request: SendRequest(
        prompt, targets: zip(replies, asked).map { .init(reply: $0.id, model: $1.model) }))
  }

  /// A model as a row asks it: for what a check's schema wants, where its provider can be asked for that and nothing
  /// else is.
  private static func asked(_ model: ConfiguredModel, of row: BatchRow, _ batch: Batch) -> ConfiguredModel {
    let model = model.heeding(batch.plan.options)
    guard let schema = row.schema, model.options.generation.responseFormat == nil else { return model }
    var options = GenerationOptions()
    options.responseFormat = .schema(schema)
    let shaped = model.heeding(options)
    return shaped.refusedOptions.contains { $0.option == .responseFormat } ? model : shaped
  }

  /// Stores the prompt that has a model judge an answer of a row.
  func prepareJudging(
    _ text: String, of reply: Reply, row: BatchRow, judge: ConfiguredModel
  ) async throws -> Sending {
    let label = Synthesis.label(0)
    var prompt = Prompt(
      id: UUID(), parent: row.prompt, turnNumber: 0, text: text,
      attachments: [
        Attachment(name: Synthesis.fileName(label), sha256: SHA256.text(reply.text), content: reply.text)
      ], models: [judge.reference], sentAt: Date(),
      synthesis: Synthesis(
        template: BatchPlan.judging,
        sources: [.init(label: label, reply: reply.id, model: reply.model, attempt: reply.attempt)]))
    let judgement = Self.reply(of: judge, at: prompt.sentAt)
    prompt = try await store.begin(
      Exchange(prompt: prompt, replies: [judgement]), in: row.conversation, title: row.title, createdAt: prompt.sentAt)
    logger.nudge()
    return Sending(
      conversation: row.conversation, exchange: Exchange(prompt: prompt, replies: [judgement]),
      request: SendRequest(
        prompt, targets: [.init(reply: judgement.id, model: judge)]))
  }
}
