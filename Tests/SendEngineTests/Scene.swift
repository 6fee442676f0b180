import Conversations
import FoundationEssentials
import TestSupport

@testable import SendEngine

/// A sender on a manual clock, and a scripted server.
struct Scene {
  let clock = ManualClock()
  let sink = EventRecorder()
  let id = UUID()
  let server: ScriptedProviderServer
  let sender: Sender

  init(
    _ scripts: [Script], otherwise: Script? = nil, configure: (inout SenderConfiguration) -> Void = { _ in }
  ) async throws {
    server = try await ScriptedProviderServer(otherwise: otherwise)
    for script in scripts { server.enqueue(script) }
    var configuration = SenderConfiguration.testing(clock: clock, jitter: 0.5)
    configure(&configuration)
    sender = Sender(configuration: configuration) { _ in APIKey("sk-test-0123456789") }
  }

  func model(
    timeout: Duration = .seconds(300), retryAttempts: Int = 3, baseURL: String? = nil,
    kind: ConfiguredModel.Kind = .openai, name: String = "scripted-1", maxCompletionTokens: Int? = nil,
    options: RequestOptions = RequestOptions()
  ) -> ConfiguredModel {
    .scripted(
      name, kind: kind, baseURL: baseURL ?? server.baseURL, apiKeyVariable: "ACME_API_KEY",
      maxCompletionTokens: maxCompletionTokens, timeout: timeout, retryAttempts: retryAttempts, options: options)
  }

  func send(_ model: ConfiguredModel? = nil) -> SendHandle {
    sender.send(.to([(id, model ?? self.model())]), to: sink)
  }

  var reply: Reply { sink.reply(id) }
  var events: [SendEvent] { sink.events(of: id).map(\.event) }

  /// The waits announced so far.
  var delays: [Duration] {
    events.compactMap { if case .retrying(_, _, let delay, _) = $0 { delay } else { nil } }
  }

  /// Why each attempt that was tried again had failed. The reply forgets it when the next attempt begins.
  var retriedFailures: [SendFailure] {
    events.compactMap { if case .retrying(_, _, _, let failure) = $0 { failure } else { nil } }
  }

  func waitForRetry(_ count: Int = 1) async throws {
    try await eventually("\(count) retries announced; the events: \(events)") { delays.count == count }
    try await clock.waitForSleepers(1)
  }

  func end() async throws {
    await sender.shutdown()
    try await server.shutdown()
  }
}

func withScene(
  _ scripts: Script..., otherwise: Script? = nil, configure: (inout SenderConfiguration) -> Void = { _ in },
  _ body: (Scene) async throws -> Void
) async throws {
  let scene = try await Scene(scripts, otherwise: otherwise, configure: configure)
  let result: Result<Void, any Error>
  do {
    try await body(scene)
    result = .success(())
  } catch {
    result = .failure(error)
  }
  try await scene.end()
  try result.get()
}
