import Basics
import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import GodotLog
import SendEngine
import Settings
import Synchronization

/// What the user wants sent, in the user's own words.
public struct Draft: Sendable {
  public var text: String
  /// `nil` for that of the conversation's last prompt, if it continues one.
  public var system: String?
  /// Paths as typed, relative to the working directory.
  public var files: [String]
  /// What was read from standard input to go along as a file; `nil` for nothing.
  public var input: [UInt8]?
  /// Names or aliases; empty for those of the conversation's last prompt, or the defaults.
  public var models: [String]
  /// The start of a conversation's id, to continue it.
  public var conversation: String?
  /// The turn of that conversation that it follows, a prompt's or an answer's number; `nil` for the newest.
  public var turn: Int?
  /// What the models are asked to heed, beyond what models.yaml says.
  public var options = GenerationOptions()
  /// Whether pipes and standard input may be named as files.
  public var readsPipes = true

  public init(
    text: String, system: String? = nil, files: [String] = [], input: [UInt8]? = nil, models: [String] = [],
    conversation: String? = nil, turn: Int? = nil
  ) {
    self.text = text
    self.system = system
    self.files = files
    self.input = input
    self.models = models
    self.conversation = conversation
    self.turn = turn
  }
}

/// A prompt that is stored and ready to go out.
public struct Sending: Sendable {
  /// Tells it apart from other attempts at the same prompt.
  let key = UUID()
  public var conversation: UUID
  public var exchange: Exchange
  var request: SendRequest
  /// What the user may want to know of the files, a line each.
  public var notes: [String] = []
}

/// There is no model to send to.
public struct NoModels: Error, CustomStringConvertible {
  public var description: String {
    "No model is chosen. Name one with -m, or set defaults.models in models.yaml; `fiedler models` lists them."
  }
}

extension Services {
  /// Checks and stores a prompt. Nothing has been sent when this throws; every error says what to do.
  public func prepare(_ draft: Draft) async throws -> Sending {
    let registry = try registry()
    let earlier: Conversation? =
      if let prefix = draft.conversation { try await conversation(matching: prefix) } else { nil }
    let last = try earlier.flatMap { try Self.exchange(draft.turn, of: $0) }?.prompt
    let models =
      if !draft.models.isEmpty {
        try registry.resolve(draft.models).models
      } else if let last {
        try Self.models(last.models, in: registry)
      } else { registry.defaults }
    let asked = try Self.models(models) { _ in draft.options }
    let files = try attachments(draft.files, readsPipes: draft.readsPipes, input: draft.input)
    return try await prepare(
      Self.prompt(draft.text, system: draft.system ?? last?.system, files.attachments, after: last?.id), asked,
      in: earlier, leftOut: files.leftOutWords)
  }

  func prepare(_ draft: SendDraft) async throws -> Sending {
    let registry = try registry()
    let earlier: Conversation? = if let id = draft.conversation { try await conversation(id) } else { nil }
    let kept = earlier?.exchanges.first { $0.id == draft.attachmentsFrom }?.prompt.attachments ?? []
    let models = try Self.models(Self.models(draft.models, in: registry), heeding: draft.options.asked)
    let files = try attachments(draft.attachmentPaths)
    var prompt = Self.prompt(draft.text, system: draft.system, kept + files.attachments, after: draft.parent)
    prompt.successions = draft.successions
    return try await prepare(prompt, models, in: earlier, leftOut: files.leftOutWords)
  }

  /// The exchange that has a turn; without one, the newest.
  public static func exchange(_ turn: Int?, of conversation: Conversation) throws(NoSuchTurn) -> Exchange? {
    guard let turn else { return conversation.exchanges.last }
    guard let found = conversation.exchange(ofTurn: turn) else {
      throw NoSuchTurn(turn: turn, conversation: conversation)
    }
    return found
  }

  /// Models chosen before, as they are configured now. Throws where one is not to be had any more.
  private static func models(
    _ references: [ModelReference], in registry: ModelRegistry
  ) throws(ModelResolutionError) -> [ConfiguredModel] {
    try references.map { (reference) throws(ModelResolutionError) in
      if let model = registry.model(reference) { return model }
      return try registry.resolve(reference.description)
    }
  }

  /// Models that are asked to heed options beyond those of models.yaml. Throws ``RefusedOptions`` for what one of them,
  /// or its provider, has no such option for.
  private static func models(
    _ models: [ConfiguredModel], heeding options: (ModelReference) -> GenerationOptions
  ) throws(RefusedOptions) -> [ConfiguredModel] {
    let models = models.map { $0.heeding(options($0.reference)) }
    let refusals = models.flatMap(\.refusedOptions)
    guard refusals.isEmpty else { throw RefusedOptions(refusals) }
    return models
  }

  /// A reply about to be asked for.
  static func reply(of model: ConfiguredModel, attempt: Int = 1, at time: Date) -> Reply {
    var reply = Reply(id: UUID(), model: model.reference, attempt: attempt, startedAt: time)
    reply.options = model.options.generation
    return reply
  }

  /// A prompt of now. The store numbers it.
  private static func prompt(
    _ text: String, system: String?, _ attachments: [Attachment], after parent: UUID?
  ) -> Prompt {
    Prompt(
      id: UUID(), parent: parent, turnNumber: 0, text: text, system: system, attachments: attachments, models: [],
      sentAt: Date())
  }

  /// Stores a prompt, whose parent is an exchange of `earlier`; each model is shown its own answers on the way there.
  private func prepare(
    _ prompt: Prompt, _ models: [ConfiguredModel], in earlier: Conversation?, leftOut: String?
  ) async throws -> Sending {
    guard !models.isEmpty else { throw NoModels() }
    var prompt = prompt
    prompt.models = models.map(\.reference)
    let replies = models.map { Self.reply(of: $0, at: prompt.sentAt) }
    let conversation = earlier?.id ?? UUID()
    let line = earlier?.line(to: prompt.parent)
    let targets = zip(replies, models).map { reply, model in
      SendRequest.Target(
        reply: reply.id, model: model,
        history: line?.history(for: model.reference, by: prompt.successions) ?? [])
    }
    try Self.check(targets, canBeShown: prompt)
    let stored = try await store.begin(
      Exchange(prompt: prompt, replies: replies), in: conversation, title: Prompt.title(for: prompt.text),
      createdAt: prompt.sentAt)
    logger.nudge()
    return Sending(
      conversation: conversation, exchange: Exchange(prompt: stored, replies: replies),
      request: SendRequest(stored, targets: targets),
      notes: [leftOut, shortOfFiles(models)].compactMap(\.self))
  }

  /// That not all models are asked at once, and how they would be; `nil` if they are.
  private func shortOfFiles(_ models: [ConfiguredModel]) -> String? {
    let asked = models.count { $0.kind != .demo }
    guard let most = environment.mostRequests, asked > most else { return nil }
    return "only \(most) of the \(asked) models are asked at a time, since few files may be open here. "
      + "Allow more in the shell that starts fiedler (ulimit -n 4096)"
  }

  /// Throws ``RefusedFiles`` for pictures and PDFs that one of the models cannot be shown, those of earlier turns
  /// included.
  private static func check(
    _ targets: [SendRequest.Target], canBeShown prompt: Prompt
  ) throws(RefusedFiles) {
    let message = prompt.message
    let refused = targets.flatMap { $0.model.refusedFiles(of: $0.history + [message]) }
    guard refused.isEmpty else { throw RefusedFiles(refused) }
  }

  /// Checks and stores another attempt at a reply that has ended.
  func prepareRetry(of reply: UUID, in conversation: Conversation) async throws -> Sending {
    let registry = try registry()
    guard
      let index = conversation.exchanges.firstIndex(where: { $0.replies.contains { $0.id == reply } }),
      let old = conversation.exchanges[index].replies.first(where: { $0.id == reply })
    else { throw StoreError.notFound(path: store.path, what: "reply \(reply.lowercased)") }
    let model = try Self.models(Self.models([old.model], in: registry), heeding: { _ in old.options })[0]
    let prompt = conversation.exchanges[index].prompt
    let attempts = conversation.exchanges[index].replies.filter { $0.model == old.model }.map(\.attempt)
    let attempt = Bounds.ordinals.nearest((attempts.max() ?? 0) + 1)
    let new = Self.reply(of: model, attempt: attempt, at: Date())
    let before = conversation.line(to: prompt.parent)
    // Who reads answers unlabelled is not shown which is its own.
    let target = SendRequest.Target(
      reply: new.id, model: model,
      history: prompt.synthesis == nil ? before.history(for: old.model, by: prompt.successions) : [])
    try Self.check([target], canBeShown: prompt)
    try await store.retry(new, of: prompt.id)
    return Sending(
      conversation: conversation.id, exchange: Exchange(prompt: prompt, replies: [new]),
      request: SendRequest(prompt, targets: [target]))
  }

  /// Sends. Every event is kept, then reaches `sink`. `onFailure` hears in plain words when it cannot be kept;
  /// it is then tried again for as long as the process lives.
  public func start(
    _ sending: Sending, sink: any SendEventSink, onFailure: @escaping @Sendable (String) -> Void
  ) -> SendHandle {
    let recorder = ReplyRecorder(
      sending.exchange.replies, in: store, forwardingTo: sink,
      onCommitted: { [logger] _ in logger.nudge() },
      onFailure: { [diagnostics] in
        diagnostics.notStored("\($0)")
        onFailure("\($0)")
      })
    recording.withLock { $0[sending.key] = recorder }
    let handle = sender.send(sending.request, to: recorder)
    stopOnRequest(handle, recorder)
    return handle
  }

  /// Stops the answers that other processes ask to be stopped, as long as any streams.
  private func stopOnRequest(_ handle: SendHandle, _ recorder: ReplyRecorder) {
    Task { [store] in
      while true {
        let open = recorder.replies.filter { !$0.state.isFinal }.map(\.id)
        if open.isEmpty { return }
        for reply in store.takeStopRequests(among: open) { handle.cancel(reply) }
        // Throws only if its task is cancelled, which nobody can do.
        try? await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  /// Waits until every reply has ended and is stored; where storing fails, for at most `patience` longer (for ever if
  /// `nil`). What is not stored by then ``close(within:)`` tells of.
  public func finish(_ handle: SendHandle, of sending: Sending, patience: Duration? = nil) async -> SendReport {
    let outcome = await handle.outcome()
    let recorder = recording.withLock { $0[sending.key] }
    if let patience {
      await wait(atMost: patience) { await recorder?.settled() }
    } else {
      await recorder?.settled()
    }
    let isLost = recorder?.failure == .purgedMeanwhile
    // What is lost has been told, and cannot be waited for.
    if isLost || recorder?.failure == nil { recording.withLock { $0[sending.key] = nil } }
    let replies = recorder?.replies ?? []
    upkeep.workEnded()
    return SendReport(
      outcome: outcome, correlationID: sending.exchange.id, conversationID: sending.conversation, replies: replies,
      isLost: isLost)
  }

  /// Files as the models will see them. Throws `AttachmentError`, which names every file that cannot be taken, or
  /// ``EnvironmentProblem``.
  ///
  /// With `readsPipes`, pipes and standard input may be named, and waited for; `input` is what was read of the latter.
  func attachments(
    _ paths: [String], readsPipes: Bool = false, input: [UInt8]? = nil
  ) throws -> AttachedFiles {
    let limits = try attachmentLimits()
    return try AttachmentReader.read(
      paths: paths, relativeTo: environment.workingDirectory,
      limits: FileLimits(limits), allowedRoots: limits.allowedRoots, home: self.paths.home, readsPipes: readsPipes,
      input: input)
  }
}

extension FileLimits {
  /// As config.yaml has them.
  public init(_ settings: Settings.Attachments) {
    self.init(files: settings.maximumFiles, bytes: settings.maximumBytes, lines: settings.maximumLines)
  }
}
