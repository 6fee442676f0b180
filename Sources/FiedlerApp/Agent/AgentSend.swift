import Basics
import Conversations
import FoundationEssentials
import Interchange
import JSON
import MCP
import SendEngine
import Synchronization

extension AgentTools {
  /// Sends, waits for every answer, and writes them to a folder. Cancelled, it stops the models and keeps what has
  /// come.
  func send(_ arguments: JSON, _ progress: @escaping @Sendable (ToolProgress) -> Void) async throws -> ToolOutcome {
    let chosen = arguments["models"]?.strings ?? []
    var draft = Draft(
      text: arguments["prompt"]?.string ?? "", system: arguments["system"]?.string,
      files: arguments["files"]?.strings ?? [],
      models: chosen.isEmpty && arguments["conversation_id"]?.string == nil ? current.withLock { $0.models } : chosen,
      conversation: arguments["conversation_id"]?.string)
    // Standard input may be the protocol's own.
    draft.readsPipes = false
    for (name, value) in (arguments["options"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) where value != .null {
      try draft.options.set(name, to: value)
    }
    guard !draft.text.allSatisfy(\.isWhitespace) || !draft.files.isEmpty else {
      return ToolOutcome(failure: "The prompt is empty.")
    }
    let synthesis = try arguments["synthesize"]?.string.map { text in
      let request = SynthesisRequest(text, templates: try services.synthesisTemplates())
      _ = try services.registry().resolve(request.judge)
      return request
    }
    let workers = try services.mostWorkers()
    let sending = try await services.prepare(draft)
    let report = await run(sending, atMost: workers, progress)
    var notes = sending.notes
    var read: SynthesisReport?
    if let synthesis {
      do {
        read = try await services.synthesize(report.conversationID, prompt: report.correlationID, synthesis) {
          await run($0, atMost: workers, progress)
        }
      } catch {
        // The answers themselves are there.
        notes.append(ErrorWords.text(for: error))
      }
    }
    let outcome = outcome(of: report, sending, notes, read)
    runs.end(sending.exchange.id, outcome)
    return ToolOutcome(outcome, isError: report.outcome == .failure)
  }

  /// Sends, to so many models at a time, and waits; cancelled, it stops the models and keeps what has come.
  private func run(
    _ sending: Sending, atMost workers: Int?, _ progress: @escaping @Sendable (ToolProgress) -> Void
  ) async -> SendReport {
    runs.begin(
      .init(
        conversation: sending.conversation, prompt: sending.exchange.prompt, replies: sending.exchange.replies))
    var sending = sending
    sending.request.gate = workers.map(SendGate.init)
    let sink = AgentProgress(sending.exchange, tellsOfWaiting: workers != nil, runs: runs, report: progress)
    let handle = services.start(sending, sink: sink) { [services] in services.diagnostics.notStored($0) }
    let report = await withTaskCancellationHandler {
      await services.finish(handle, of: sending, patience: .seconds(10))
    } onCancel: {
      handle.cancelAll()
    }
    runs.end(sending.exchange.id, ["status": .string(report.outcome.rawValue)])
    return report
  }

  private func outcome(
    of report: SendReport, _ sending: Sending, _ notes: [String], _ synthesis: SynthesisReport?
  ) -> JSON {
    let prompt = sending.exchange.prompt
    var notes = notes
    if report.isLost { notes.append("The conversation was purged meanwhile: the answers are not in the history.") }
    var folder: RunFolder?
    do throws(ExportProblem) {
      folder = try services.writeRunFolder(report, of: sending, in: outputDirectory)
    } catch {
      // The answers are in the history and in what is returned here.
      notes.append("\(error)")
    }
    let prices = services.prices
    let good = report.replies.count { $0.state == .success }
    var members: [String: JSON] = [
      "status": .string(report.outcome.rawValue),
      "correlation_id": .string(RunFolder.correlation(prompt.id)),
      "conversation_id": .string(sending.conversation.lowercased),
      "output_dir": JSON(folder?.path),
      "summary_file": JSON(folder?.summary),
      "results": .array(report.replies.map { Self.result($0, file: folder?.files[$0.id], prices($0.model)) }),
      "message": .string("\(good)/\(report.replies.count) models succeeded"),
    ]
    members["synthesis"] = synthesis?.json
    if !notes.isEmpty { members["notes"] = .array(notes.map(JSON.string)) }
    return .object(members)
  }

  private static func result(_ reply: Reply, file: String?, _ price: Price?) -> JSON {
    var members: [String: JSON] = [
      "model": .string(reply.model.name),
      "provider": .string(reply.model.provider),
      "status": .string(reply.state.rawValue),
    ]
    if reply.state != .success { members["error"] = .string(reply.failure?.message ?? "it was stopped") }
    guard reply.state == .success || !reply.text.isEmpty else { return .object(members) }
    members["text"] = .string(reply.text)
    members["output_file"] = JSON(file)
    members["duration"] = JSON(reply.duration.map(\.inSeconds))
    members["tokens"] = ["prompt": JSON(reply.usage.promptTokens), "completion": JSON(reply.usage.completionTokens)]
    if let cost = price?.cost(of: reply.usage) { members["cost"] = .double(cost) }
    return .object(members)
  }

  /// How a send that runs stands, or what one that has ended came to.
  func status(_ correlation: String?) throws -> ToolOutcome {
    let all = runs.all()
    let wanted = all.filter { run in
      correlation.map { RunFolder.correlation(run.prompt.id) == $0.lowercased() } ?? true
    }
    if let correlation, wanted.isEmpty {
      return ToolOutcome(
        failure:
          "No send of this server has the correlation_id \(correlation); fiedler_history_search finds older ones.")
    }
    return ToolOutcome([
      "running": .int(all.count { $0.outcome == nil }),
      "sends": .array(wanted.map(Self.status)),
    ])
  }

  private static func status(_ run: AgentRuns.Run) -> JSON {
    [
      "correlation_id": .string(RunFolder.correlation(run.prompt.id)),
      "conversation_id": .string(run.conversation.lowercased),
      "status": run.outcome?["status"] ?? "running",
      "started_at": .string(Timestamp.text(run.prompt.sentAt, .none)),
      "output_dir": run.outcome?["output_dir"] ?? .null,
      "models": .array(
        run.replies.map { reply in
          [
            "model": .string(reply.model.name), "status": .string(reply.state.rawValue),
            "tokens": .int(reply.completionTokens),
          ]
        }),
    ]
  }
}

extension Services {
  /// Writes a send that has ended to a folder of its own in `directory`. The prompt's text goes along only if
  /// `FIEDLER_SAVE_PROMPT` is 1. Blocks on the disk.
  public func writeRunFolder(
    _ report: SendReport, of sending: Sending, in directory: String
  ) throws(ExportProblem) -> RunFolder {
    try RunFolder.write(
      RunFolder.Contents(
        conversation: sending.conversation, prompt: sending.exchange.prompt, replies: report.replies,
        status: report.outcome.rawValue, savesPrompt: environment.variables["FIEDLER_SAVE_PROMPT"] == "1",
        zone: LocalTime.zone),
      in: directory)
  }
}
