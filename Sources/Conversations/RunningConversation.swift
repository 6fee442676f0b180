import FoundationEssentials

/// A conversation whose answers come in another process of this machine: a row of what runs.
public struct RunningConversation: Identifiable, Hashable, Sendable {
  /// An answer that has not ended.
  public struct Answer: Identifiable, Hashable, Sendable {
    public let id: UUID
    public var model: ModelReference
    public var state: ReplyState
    /// Wall-clock time of the send.
    public var startedAt: Date
    /// UTF-8 bytes of answer and reasoning that are stored.
    public var bytes: Int

    public init(id: UUID, model: ModelReference, state: ReplyState, startedAt: Date, bytes: Int) {
      self.id = id
      self.model = model
      self.state = state
      self.startedAt = startedAt
      self.bytes = bytes
    }
  }

  public let id: UUID
  public var title: String
  /// In the order of the prompt's models; never empty.
  public var answers: [Answer]

  public init(id: UUID, title: String, answers: [Answer]) {
    self.id = id
    self.title = title
    self.answers = answers
  }

  /// When the oldest of its answers was sent.
  public var startedAt: Date { answers.map(\.startedAt).min() ?? .distantPast }
}
