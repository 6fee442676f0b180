import FoundationEssentials

/// A file put before the models with a prompt: a text, or a picture or PDF.
public struct Attachment: Hashable, Sendable {
  /// The file's name as the models see it: never a path outside what the user named.
  public var name: String
  /// SHA-256 of the content, lower-case hexadecimal.
  public var sha256: String
  /// The text; empty for what is none.
  public var content: String
  /// The picture or PDF; `nil` for a text.
  public var media: Media?

  public init(name: String, sha256: String, content: String) {
    self.name = name
    self.sha256 = sha256
    self.content = content
  }

  public init(name: String, sha256: String, media: Media) {
    self.init(name: name, sha256: sha256, content: "")
    self.media = media
  }

  /// Of the file as it is kept.
  public var byteCount: Int { media?.data.count ?? content.utf8.count }

  /// About as many tokens as it costs.
  public var estimatedTokens: Int {
    media?.estimatedTokens ?? TokenEstimate.tokens(inUTF8Bytes: content.utf8.count)
  }
}

/// What the user sent: one prompt to one or more models.
public struct Prompt: Identifiable, Hashable, Sendable {
  /// The send's correlation id: the same in every log record of this prompt and its replies.
  public let id: UUID
  /// The prompt of the same conversation that it follows; `nil` where it begins one. Several prompts that follow the
  /// same one are branches.
  public var parent: UUID?
  /// Its number among the conversation's turns, from 1, whatever the branch.
  public var turnNumber: Int
  public var text: String
  public var system: String?
  public var attachments: [Attachment]
  public var models: [ModelReference]
  public var sentAt: Date
  /// Where it has models read the answers of others: which, and how.
  public var synthesis: Synthesis?
  /// Which of its models take the places of others.
  public var successions: [Succession] = []

  public init(
    id: UUID, parent: UUID? = nil, turnNumber: Int, text: String, system: String? = nil,
    attachments: [Attachment] = [], models: [ModelReference], sentAt: Date, synthesis: Synthesis? = nil
  ) {
    self.id = id
    self.parent = parent
    self.turnNumber = turnNumber
    self.text = text
    self.system = system
    self.attachments = attachments
    self.models = models
    self.sentAt = sentAt
    self.synthesis = synthesis
  }
}

/// A prompt and what came back.
public struct Exchange: Identifiable, Hashable, Sendable {
  public var prompt: Prompt
  /// In the order of `prompt.models`, retries by the user after the reply they repeat.
  public var replies: [Reply]
  /// What the user thinks of the answers, in the order in which it was said.
  public var verdicts: [Verdict]
  public var id: UUID { prompt.id }

  public init(prompt: Prompt, replies: [Reply], verdicts: [Verdict] = []) {
    self.prompt = prompt
    self.replies = replies
    self.verdicts = verdicts
  }

  /// The answer that has this number; `nil` for one that has not.
  public func reply(ofTurn number: Int) -> Reply? { replies.first { $0.turnNumber == number } }
}

public struct Conversation: Identifiable, Hashable, Sendable {
  public let id: UUID
  public var title: String
  public var createdAt: Date
  public var updatedAt: Date
  /// The user's own words for it, sorted, each once.
  public var tags: [String]
  public var isPinned: Bool
  /// In the order of their turn numbers, those of all branches.
  public var exchanges: [Exchange]

  public init(
    id: UUID, title: String, createdAt: Date, updatedAt: Date, tags: [String] = [], isPinned: Bool = false,
    exchanges: [Exchange] = []
  ) {
    self.id = id
    self.title = title
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.tags = tags
    self.isPinned = isPinned
    self.exchanges = exchanges
  }

  /// The exchange of a turn, a prompt's or an answer's; `nil` if there is no such turn.
  public func exchange(ofTurn number: Int) -> Exchange? {
    exchanges.first { $0.prompt.turnNumber == number || $0.reply(ofTurn: number) != nil }
  }

  /// The highest number that a prompt or an answer has; `nil` if there is none.
  public var lastTurn: Int? {
    exchanges.flatMap { [$0.prompt.turnNumber] + $0.replies.compactMap(\.turnNumber) }.max()
  }
}

/// A row of the history list.
public struct ConversationSummary: Identifiable, Hashable, Sendable {
  public let id: UUID
  public var title: String
  public var createdAt: Date
  public var updatedAt: Date
  public var models: [ModelReference]
  /// What each model's counted answers, all attempts of them, come to: those whose tokens the provider has told.
  public var usage: [ModelReference: Usage]
  public var promptCount: Int
  /// The states of the last exchange's replies, newest attempt of each model.
  public var states: [ReplyState]
  public var tags: [String]
  public var isPinned: Bool
  /// Where a search found it; `nil` where no words were looked for.
  public var hit: HistoryHit?

  public init(
    id: UUID, title: String, createdAt: Date, updatedAt: Date, models: [ModelReference], promptCount: Int,
    states: [ReplyState], usage: [ModelReference: Usage] = [:], tags: [String] = [], isPinned: Bool = false,
    hit: HistoryHit? = nil
  ) {
    self.id = id
    self.title = title
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.models = models
    self.usage = usage
    self.promptCount = promptCount
    self.states = states
    self.tags = tags
    self.isPinned = isPinned
    self.hit = hit
  }
}
