import Basics
import ConversationStore
import Conversations
import FoundationEssentials
import Interchange
import SendEngine
import Synchronization

/// How far an import has come, and in the end how it went.
public struct ImportReport: Hashable, Sendable {
  /// How many things there are to read; `nil` where only reading would tell.
  public var total: Int?
  /// Conversations that were new, or had something new.
  public var added = 0
  /// Prompts and answers that were new.
  public var turns = 0
  /// Conversations that were here already, wholly.
  public var known = 0
  /// Conversations that were deleted here, and stay so.
  public var deleted = 0
  /// Things that could not be read.
  public var skipped = 0
  /// Parts of conversations that could not be read.
  public var losses = 0
  /// What was left out, by kind: `images`, `tool calls`, files that are nothing to import.
  public var omissions: [String: Int] = [:]
  /// Conversations whose times name no zone.
  public var withoutZone = 0
  /// The zone that was taken for theirs, `UTC`.
  public var zoneName = "UTC"
  /// It was stopped before all was read.
  public var isStopped = false
  /// Why it could not go on, in words that say what to do.
  public var failure: String?

  public init() {}

  /// Things read so far.
  public var done: Int { added + known + deleted + skipped }

  /// 0 if everything is in the history now, 1 if nothing that was to be imported is, 3 otherwise.
  public var exitCode: Int32 {
    let isWhole = skipped == 0 && losses == 0 && !isStopped && failure == nil
    return isWhole ? 0 : added + known + deleted == 0 ? 1 : 3
  }

  /// One line, `12 of 40: 9 added, 2 known, 1 skipped`.
  public var progress: String {
    "\(done)\(total.map { " of \($0)" } ?? ""): \(counts(isTrial: false))"
  }

  /// What is told at the end, and how to go on.
  public func summary(isTrial: Bool) -> String {
    var lines = ["\(Plural.text(done, "conversation")): "]
    lines[0] += counts(isTrial: isTrial) + "."
    if losses > 0 {
      lines.append("\(Plural.text(losses, "part of them was", "parts of them were")) left out, as told above.")
    }
    if !omissions.isEmpty {
      let kinds = omissions.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) (\($0.value))" }
      lines.append("Not imported: " + kinds.joined(separator: ", ") + ".")
    }
    if withoutZone > 0 {
      lines.append(
        "The times of \(Plural.text(withoutZone, "conversation")) name no time zone and were "
          + "taken as \(zoneName)\(zoneName == "UTC" ? "; --timezone says otherwise" : "").")
    }
    if let failure { lines.append(failure) }
    if isStopped || failure != nil, !isTrial { lines.append("The same command goes on where this one ended.") }
    return lines.joined(separator: "\n")
  }

  private func counts(isTrial: Bool) -> String {
    var parts = ["\(added) \(isTrial ? "would be added" : "added")"]
    if turns > 0 { parts[0] += " (\(Plural.text(turns, "turn")))" }
    if known > 0 { parts.append("\(known) known") }
    if deleted > 0 { parts.append("\(deleted) deleted here and left so") }
    if skipped > 0 { parts.append("\(skipped) skipped") }
    return parts.joined(separator: ", ")
  }

  mutating func count(_ outcome: MergeOutcome) {
    switch outcome {
    case .added(let exchanges, let replies, _):
      added += 1
      turns += exchanges + replies
    case .known: known += 1
    case .deletedHere: deleted += 1
    }
  }
}

/// Brings conversations from files into the history. What is there already is not brought twice, so an import that was
/// interrupted is simply done again.
public struct Importer: Sendable {
  /// A transaction takes so many turns or bytes of text, or one conversation that has more: about half a second, as
  /// what others write waits for it. Small ones cost more, for the search index gathers the words of each.
  static let batchTurns = 4000
  static let batchBytes = 4 << 20

  /// What a transaction takes.
  private struct Batch {
    var items: [(name: String, conversation: Conversation)] = []
    var turns = 0
    var bytes = 0

    var isFull: Bool { turns >= batchTurns || bytes >= batchBytes || items.count >= batchTurns }

    mutating func append(_ name: String, _ conversation: Conversation) {
      items.append((name, conversation))
      turns += conversation.exchanges.reduce(0) { $0 + 1 + $1.replies.count }
      bytes += conversation.textSize
    }
  }

  /// What became of a batch.
  private struct Stored {
    var outcomes: [MergeOutcome] = []
    var problems: [ImportProblem] = []
    var isStopped = false
    var failure: String?

    static func + (first: Stored, second: Stored) -> Stored {
      Stored(
        outcomes: first.outcomes + second.outcomes, problems: first.problems + second.problems,
        isStopped: first.isStopped || second.isStopped, failure: first.failure ?? second.failure)
    }
  }

  private let services: Services
  private let sources: [ImportSource]
  private let isTrial: Bool
  private let zone: LocalZone
  private let zoneName: String
  private let onProblem: @Sendable (ImportProblem) -> Void
  private let onProgress: @Sendable (ImportReport) -> Void

  /// Looks at the paths; throws `ImportProblem` for the first that is nothing to import, before anything is read.
  ///
  /// `zone`, which users know as `zoneName`, is taken for the one of times that name none. If `isTrial`, the history is
  /// only compared with what is read. `onProblem` hears of everything that cannot be read, `onProgress` how far it is
  /// after each transaction; both on any thread.
  public init(
    paths: [String], into services: Services, isTrial: Bool, zone: LocalZone = .utc, zoneName: String = "UTC",
    onProblem: @escaping @Sendable (ImportProblem) -> Void, onProgress: @escaping @Sendable (ImportReport) -> Void
  ) throws(ImportProblem) {
    var sources: [ImportSource] = []
    for path in paths { sources.append(try ImportSource.find(at: path)) }
    self.sources = sources
    self.services = services
    self.isTrial = isTrial
    self.zone = zone
    self.zoneName = zoneName
    self.onProblem = onProblem
    self.onProgress = onProgress
  }

  /// Reads and stores, a transaction at a time, the next one being read meanwhile. Once its task is cancelled, it ends
  /// after the one that is being written.
  public func run() async -> ImportReport {
    var report = ImportReport()
    report.zoneName = zoneName
    let names = ConfiguredNames(services)
    let source = sources.count == 1 ? sources[0] : .several(path: "", sources, passedOver: 0)
    do throws(ImportProblem) {
      let reader = try source.reader(models: names.reference, zone: zone)
      report.total = reader.count
      try await read(reader, &report)
      report.omissions.merge(reader.omissions, uniquingKeysWith: +)
    } catch {
      onProblem(error)
      report.skipped += 1
    }
    return report
  }

  private func read(_ reader: any ImportReader, _ report: inout ImportReport) async throws(ImportProblem) {
    var next = Task.isCancelled ? nil : batch(reader, &report)
    if next == nil { onProgress(report) }
    while let batch = next, report.failure == nil, !report.isStopped {
      async let stored = stored(batch.items)
      next = Task.isCancelled ? nil : self.batch(reader, &report)
      let result = await stored
      for problem in result.problems { onProblem(problem) }
      report.skipped += result.problems.count
      for outcome in result.outcomes { report.count(outcome) }
      report.failure = result.failure
      report.isStopped = result.isStopped
      onProgress(report)
    }
    if Task.isCancelled { report.isStopped = true }
  }

  /// Reads what the next transaction takes; `nil` where there is no more.
  private func batch(_ reader: any ImportReader, _ report: inout ImportReport) -> Batch? {
    var batch = Batch()
    while !batch.isFull, !Task.isCancelled, let item = reader.next() {
      for loss in item.losses { onProblem(loss) }
      report.omissions.merge(item.omissions, uniquingKeysWith: +)
      if item.assumesZone { report.withoutZone += 1 }
      switch item.result {
      case .success(let conversation):
        report.losses += item.losses.count
        batch.append(item.name, conversation)
      case .failure(let problem):
        onProblem(problem)
        report.skipped += 1
      }
    }
    return batch.items.isEmpty ? nil : batch
  }

  private func stored(_ items: [(name: String, conversation: Conversation)]) async -> Stored {
    do throws(StoreError) {
      return Stored(outcomes: try await outcomes(items.map(\.conversation)))
    } catch .cancelled {
      return Stored(isStopped: true)
    } catch .failed where items.count > 1 {
      // One of them cannot be stored; the others can.
      var all = Stored()
      for item in items where all.failure == nil && !all.isStopped { all = all + (await stored([item])) }
      return all
    } catch .failed(_, let reason) {
      return Stored(problems: items.map { ImportProblem($0.name, "it cannot be stored: \(reason)") })
    } catch {
      return Stored(failure: "The import stopped: \(error)")
    }
  }

  private func outcomes(_ conversations: [Conversation]) async throws(StoreError) -> [MergeOutcome] {
    guard isTrial else { return try await services.store.merge(conversations) }
    var outcomes: [MergeOutcome] = []
    for conversation in conversations {
      let kept = try await services.store.conversation(conversation.id)
      outcomes.append(conversation.outcome(where: kept))
    }
    return outcomes
  }
}

extension Conversation {
  /// Bytes of the texts it is made of.
  fileprivate var textSize: Int {
    exchanges.reduce(0) { size, exchange in
      size + exchange.prompt.text.utf8.count + exchange.prompt.attachments.reduce(0) { $0 + $1.byteCount }
        + exchange.replies.reduce(0) { $0 + $1.text.utf8.count + $1.reasoning.utf8.count + $1.recording.bytes.count }
    }
  }

  /// What merging it would come to where `kept` is there.
  fileprivate func outcome(where kept: Conversation?) -> MergeOutcome {
    let replies = Dictionary(
      kept?.exchanges.flatMap(\.replies).map { ($0.id, $0) } ?? [], uniquingKeysWith: { first, _ in first })
    let known = Set(kept?.exchanges.map(\.id) ?? [])
    let newExchanges = exchanges.count { !known.contains($0.id) }
    let newReplies = exchanges.reduce(0) { sum, exchange in
      sum + exchange.replies.count { reply in replies[reply.id].map { reply.completes($0) } ?? true }
    }
    if kept != nil, newExchanges + newReplies == 0 { return .known }
    return .added(exchanges: newExchanges, replies: newReplies, renumbered: 0)
  }
}

/// Finds the configured models that other programs' names mean. Each name is looked up once: most are not to be found,
/// and looking for similar ones takes its time.
private final class ConfiguredNames: Sendable {
  private let find: @Sendable (String) -> ModelReference?
  private let found = Mutex<[String: ModelReference?]>([:])

  init(_ services: Services) {
    // Without models.yaml, names stay as they are.
    let registry = try? services.registry()
    find = { name in try? registry?.resolve(name).reference }
  }

  var reference: ModelNames {
    { name in
      if let known = self.found.withLock({ $0[name] }) { return known }
      let reference = self.find(name)
      self.found.withLock { $0[name] = .some(reference) }
      return reference
    }
  }
}
