import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import SendEngine
import Synchronization

/// Sends, retries and syntheses that the screens ask for, from the asking to the last answer.
extension EffectRunner {
  func retry(_ reply: UUID, in conversation: Conversation) {
    launch(orElse: { .toast($0, .error) }) { services in
      let sending = try await services.prepareRetry(of: reply, in: conversation)
      self.begin(
        sending, with: services, .retryStarted(prompt: sending.exchange.id, reply: sending.exchange.replies[0]))
    }
  }

  func send(_ draft: SendDraft, with services: Services) async throws {
    let sending = try await services.prepare(draft)
    begin(sending, with: services, .sendStarted(sending.exchange, in: sending.conversation))
  }

  func synthesize(_ prompt: UUID, in conversation: UUID, _ judge: ModelReference, _ template: String) {
    guard template == SynthesisWay.council.rawValue else {
      return launch(orElse: { .toast($0, .error) }) { services in
        let sending = try await services.prepareSynthesis(
          of: prompt, in: conversation, judge: judge, template: template)
        self.announce(sending, with: services)
      }
    }
    perform(orElse: { .toast($0, .error) }) { services in
      let request = SynthesisRequest(judge: judge.description, template: template)
      _ = try await services.synthesize(conversation, prompt: prompt, request) { sending in
        await self.announce(sending, with: services).value
      }
    }
  }

  @discardableResult
  func announce(_ sending: Sending, with services: Services) -> Task<SendReport, Never> {
    if !sending.notes.isEmpty { inbox.post(.warnings(sending.notes)) }
    return begin(sending, with: services, .sendStarted(sending.exchange, in: sending.conversation))
  }

  @discardableResult
  private func begin(
    _ sending: Sending, with services: Services, _ started: Message
  ) -> Task<SendReport, Never> {
    let replies = sending.exchange.replies.map(\.id)
    // Under the lock, so that whoever has seen the message can cancel; and before any event is posted.
    let handle = running.withLock { running in
      inbox.post(started)
      let handle = services.start(sending, sink: inbox) { [inbox] in inbox.post(.toast($0, .error)) }
      for reply in replies { running[reply] = handle }
      return handle
    }
    return Task {
      let report = await services.finish(handle, of: sending)
      self.running.withLock { running in
        for reply in replies { running[reply] = nil }
      }
      return report
    }
  }

  /// As ``perform(orElse:_:)``; ``stop(within:)`` waits for it.
  func launch(
    orElse failure: @escaping @Sendable (String) -> Message,
    _ work: @escaping @Sendable (Services) async throws -> Void
  ) {
    let key = UUID()
    starting.withLock { starting in
      let task = perform(orElse: failure, work)
      starting[key] = Task {
        await task.value
        self.starting.withLock { $0[key] = nil }
      }
    }
  }
}
