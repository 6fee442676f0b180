import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import Interchange
import JSON
import Synchronization

/// What the history screen asks for.
extension EffectRunner {
  /// Questions of which only the newest one's answer is wanted.
  enum Question: Hashable, Sendable { case listing, preview, statistics }

  func loadHistory(_ query: HistoryQuery, after cursor: HistoryCursor?, token: Int) {
    ask(.listing, orElse: { .historyFailed(for: token, $0) }) { services in
      .historyLoaded(for: token, try await services.historyPage(query, after: cursor))
    }
  }

  func preview(_ id: UUID, finding query: HistoryQuery?) {
    ask(.preview, orElse: Message.loadFailed) { services in
      async let hits = services.hits(of: query, in: id)
      return .previewLoaded(try await services.conversation(id), hits: try await hits)
    }
  }

  func open(_ id: UUID) {
    perform(orElse: Message.loadFailed) { services in try await self.watch(services).open(id) }
  }

  func delete(_ id: UUID) {
    perform(orElse: { .toast($0, .error) }) { services in
      try await services.store.delete(id)
      self.inbox.post(.conversationDeleted(id))
    }
  }

  func replay(_ id: UUID, from exchange: UUID?) {
    perform(orElse: { .toast($0, .error) }) { services in
      self.inbox.post(.replay(try await services.conversation(id), exchange: exchange))
    }
  }

  func export(_ id: UUID, as format: ExportFormat) {
    perform(orElse: { .toast($0, .error) }) { services in
      let conversation = try await services.conversation(id)
      self.inbox.post(.toast("Saved in \(try services.save(conversation, as: format))", .success))
    }
  }

  /// Changes what is stored of a conversation, and tells how it stands in the list then.
  func change(_ id: UUID, _ body: @escaping @Sendable (Services) async throws -> Void) {
    perform(orElse: { .toast($0, .error) }) { services in
      try await body(services)
      if let summary = try await services.store.summary(of: id) { self.inbox.post(.conversationChanged(summary)) }
    }
  }

  /// Asks, and gives up what was asked before: a search is over as soon as the next key is typed.
  func ask(
    _ question: Question, orElse failure: @escaping @Sendable (String) -> Message,
    _ answer: @escaping @Sendable (Services) async throws -> Message
  ) {
    let task = perform(orElse: failure) { services in
      let message = try await answer(services)
      if !Task.isCancelled { self.inbox.post(message) }
    }
    questions.withLock { $0.updateValue(task, forKey: question) }?.cancel()
  }
}

extension Services {
  static let historyPageLength = 50

  /// A page of the history for the screens.
  func historyPage(_ query: HistoryQuery, after cursor: HistoryCursor?) async throws(StoreError) -> HistoryPage {
    let found = try await store.history(
      query, after: cursor, limit: Self.historyPageLength, zone: LocalTime.zone)
    return HistoryPage(summaries: found.summaries, after: cursor, next: found.next, total: found.total)
  }

  /// What the first screen offers to go on with.
  func desk(interruptedAnswers: Int) async throws(StoreError) -> Desk {
    let recent = try await store.history(HistoryQuery(), limit: Desk.length).summaries
    guard interruptedAnswers > 0 else { return Desk(recent: recent) }
    let cut = try await store.history(HistoryQuery("status:interrupted"), limit: 1).summaries.first
    return Desk(recent: recent, interrupted: cut, interruptedAnswers: interruptedAnswers)
  }

  func hits(of query: HistoryQuery?, in conversation: UUID) async throws(StoreError) -> [TextHits] {
    guard let query else { return [] }
    return try await store.hits(of: query, in: conversation, zone: LocalTime.zone)
  }
}

extension Services {
  /// Saves a conversation in the working directory and returns the name of what was made. What was saved of the same
  /// conversation before is replaced. A cast has its newest exchange.
  func save(_ conversation: Conversation, as format: ExportFormat) throws -> String {
    let directory = environment.workingDirectory
    func write(_ suffix: String, _ texts: some Sequence<String>) throws -> String {
      let name = "\(ConversationFolder.name(of: conversation)).\(suffix)"
      let file = try ReplacementFile(path: "\(directory)/\(name)")
      for text in texts { try file.write(text) }
      try file.finish()
      return name
    }
    return switch format {
    case .markdown:
      try write("md", CollectionOfOne(ConversationMarkdown.document(conversation, prices: prices)))
    case .json: try write("json", CollectionOfOne(ConversationJSON.json(conversation).text + "\n"))
    case .folder: try ConversationFolder.write(conversation, into: directory, prices: prices)
    case .cast: try write("cast", cast(of: conversation).lazy.map { $0 + "\n" })
    }
  }
}
