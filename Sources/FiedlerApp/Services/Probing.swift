import Conversations
import FoundationEssentials
import SendEngine
import Synchronization

/// How a model answered a tiny prompt.
public struct ModelProbe: Sendable {
  public var isGood: Bool
  /// Model, how it went, and how fast.
  public var line: String

  init(_ reply: Reply) {
    isGood = reply.state == .success
    let name = reply.model.description
    guard isGood else {
      let words = reply.failure?.message ?? reply.state.rawValue
      line = words.hasPrefix(name) ? words : "\(name): \(words)"
      return
    }
    let first = reply.timeToFirstToken.map { "first token after \($0.shown), " } ?? ""
    line = "\(name): \(first)done after \((reply.duration ?? .zero).shown), \(reply.completionTokens) tokens"
  }
}

extension Services {
  /// Sends one tiny prompt to each configured model, and keeps nothing of it. Returns how each answered, in their
  /// order; nothing where models.yaml cannot be read.
  public func probe() async -> [ModelProbe] {
    // What is wrong with the models is told by who asks for them.
    let models = (try? registry().models) ?? []
    let real = models.filter { $0.kind != .demo }
    let asked = (real.isEmpty ? models : real).map { model in
      var model = model
      model.timeout = min(model.timeout, .seconds(120))
      model.retryAttempts = 1
      return model
    }
    let replies = asked.map { Reply(id: UUID(), model: $0.reference, startedAt: Date()) }
    let sink = ProbeSink(replies)
    let targets = zip(replies, asked).map { SendRequest.Target(reply: $0.id, model: $1) }
    let request = SendRequest(id: UUID(), prompt: "Answer with the one word: ready", targets: targets)
    _ = await sender.send(request, to: sink).outcome()
    return sink.replies.map(ModelProbe.init)
  }
}

/// Takes the events of replies that are kept nowhere.
private final class ProbeSink: SendEventSink {
  private let state: Mutex<[Reply]>

  init(_ replies: [Reply]) { state = Mutex(replies) }

  var replies: [Reply] { state.withLock(\.self) }

  func receive(_ events: [ReplyEvent]) {
    state.withLock { replies in
      for event in events {
        guard let index = replies.firstIndex(where: { $0.id == event.reply }) else { continue }
        replies[index].apply(event.event, at: event.at)
      }
    }
  }
}
