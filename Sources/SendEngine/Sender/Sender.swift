import Conversations
import FoundationEssentials
import Synchronization

/// What to send, and to whom.
public struct SendRequest: Sendable {
  /// One model, with what it is shown of the turns so far.
  public struct Target: Sendable {
    /// The id that the events of this model's reply carry.
    public var reply: UUID
    public var model: ConfiguredModel
    public var history: [ChatMessage]

    public init(reply: UUID, model: ConfiguredModel, history: [ChatMessage] = []) {
      self.reply = reply
      self.model = model
      self.history = history
    }
  }

  /// The send's correlation id.
  public var id: UUID
  public var system: String?
  /// With the attached texts packed in (`Prompt.content`).
  public var prompt: String
  /// Pictures and PDFs that go along.
  public var files: [Attachment]
  public var targets: [Target]
  /// What each reply waits for before it is asked for; `nil` if all are at once.
  public var gate: SendGate?

  public init(
    id: UUID, system: String? = nil, prompt: String, files: [Attachment] = [], targets: [Target]
  ) {
    self.id = id
    self.system = system
    self.prompt = prompt
    self.files = files
    self.targets = targets
  }

  /// A prompt as it is stored.
  public init(_ prompt: Prompt, targets: [Target]) {
    self.init(id: prompt.id, system: prompt.system, prompt: prompt.content, files: prompt.media, targets: targets)
  }
}

/// How a send went, all its models taken together.
public enum SendOutcome: String, Sendable, Codable {
  /// Every model said it was done.
  case success
  /// Some answers came, whole or in part, but not all of them whole.
  case partialSuccess = "partial_success"
  /// No model answered.
  case failure
}

/// Sends one prompt to many models at once. Each reply runs in a task of its own; none waits for another but
/// where a ``SendGate`` bounds them, and none holds a thread while it waits. Usable from any thread.
public final class Sender: Sendable {
  private struct State {
    var handles: [UUID: SendHandle] = [:]
    var isShutDown = false
  }

  private let configuration: SenderConfiguration
  private let keys: @Sendable (ConfiguredModel) async throws(KeyError) -> APIKey?
  private let transport = HTTPTransport()
  private let refused = RefusedParameters()
  private let limiter: SendLimiter
  /// Of all sends.
  private let room: SendGate?
  private let state = Mutex(State())

  /// - `keys`: asked once a reply, for models that need a key; `nil` means there is none, an error why one that
  ///   should be there could not be had. It may take its time (a key command), but a cancelled reply does not wait for
  ///   it.
  public init(
    configuration: SenderConfiguration = SenderConfiguration(),
    keys: @escaping @Sendable (ConfiguredModel) async throws(KeyError) -> APIKey?
  ) {
    self.configuration = configuration
    self.keys = keys
    room = configuration.mostRequests.map(SendGate.init)
    limiter = SendLimiter(clock: configuration.clock, longestWait: configuration.longestRetryAfter)
  }

  /// Starts one reply a target and returns at once. Events go to `sink`, in order for each reply, and end
  /// with a final one for every target, whatever happens.
  @discardableResult
  public func send(_ request: SendRequest, to sink: any SendEventSink) -> SendHandle {
    let timeline = Timeline(startingNowOn: configuration.clock)
    let tasks = request.targets.map { target in
      let run = ReplyRun(
        target: target, messages: Self.messages(request, target), configuration: configuration, keys: keys,
        transport: transport, refused: refused, limiter: limiter, gate: request.gate,
        room: target.model.kind == .demo ? nil : room, timeline: timeline,
        channel: ReplyChannel(reply: target.reply, timeline: timeline, sink: sink))
      return (target.reply, Task { await run.perform() })
    }
    let handle = SendHandle(tasks: tasks)
    // Kept until it is over, so that shutdown can stop it.
    let key = UUID()
    let isShutDown = state.withLock { state in
      state.handles[key] = handle
      return state.isShutDown
    }
    if isShutDown { handle.cancelAll() }
    Task { [weak self] in
      _ = await handle.outcome()
      self?.forget(key)
    }
    return handle
  }

  private func forget(_ key: UUID) {
    state.withLock { _ = $0.handles.removeValue(forKey: key) }
  }

  /// Cancels whatever still streams, waits until every sink has its final events, and closes all connections.
  /// What is sent later is cancelled at once.
  public func shutdown() async {
    let handles = state.withLock { state in
      state.isShutDown = true
      return Array(state.handles.values)
    }
    handles.forEach { $0.cancelAll() }
    for handle in handles { _ = await handle.outcome() }
    await transport.shutdown()
  }

  private static func messages(_ request: SendRequest, _ target: SendRequest.Target) -> [ChatMessage] {
    let system = request.system.flatMap { $0.isEmpty ? nil : ChatMessage(role: .system, content: $0) }
    return [system].compactMap { $0 } + target.history
      + [ChatMessage(role: .user, content: request.prompt, files: request.files)]
  }
}

/// A send under way. Letting go of it stops nothing. Usable from any thread.
public final class SendHandle: Sendable {
  private let tasks: [(reply: UUID, task: Task<ReplyState, Never>)]

  init(tasks: [(UUID, Task<ReplyState, Never>)]) {
    self.tasks = tasks.map { (reply: $0.0, task: $0.1) }
  }

  /// Stops one reply, also while it connects or waits to try again. One that has ended stays as it is.
  public func cancel(_ reply: UUID) {
    for entry in tasks where entry.reply == reply { entry.task.cancel() }
  }

  public func cancelAll() {
    for entry in tasks { entry.task.cancel() }
  }

  /// Waits until every reply has ended; its last event has then been received.
  public func outcome() async -> SendOutcome {
    var states: [ReplyState] = []
    for entry in tasks { states.append(await entry.task.value) }
    if !states.isEmpty, states.allSatisfy({ $0 == .success }) { return .success }
    return states.contains { $0 == .success || $0 == .partial } ? .partialSuccess : .failure
  }
}
