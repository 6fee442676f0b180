import Basics
import Canvas
import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import GodotLog
import SendEngine
import Settings
import Synchronization

/// Does what the screens ask for, off the loop's thread, and posts what comes of it.
final class EffectRunner: Sendable {
  let inbox: Inbox
  let environment: LaunchEnvironment
  let usesThemes: Bool
  private let reachesClipboard: Bool
  private let opening = Mutex<Task<Services, any Error>?>(nil)
  private let opened = Mutex<Services?>(nil)
  /// Sends and retries asked for, until they are under way.
  let starting = Mutex<[UUID: Task<Void, Never>]>([:])
  private let arrangementToKeep = Mutex<PaneArrangement?>(nil)
  private let keepingArrangement = Mutex(())
  private let drafts = Mutex<DraftKeeper?>(nil)
  private let promptToKeep = Mutex<WrittenPrompt?>(nil)
  private let keepingPrompt = Mutex(())
  /// What is known of the terminal's background.
  let isOnLight = Atomic<Bool>(false)
  private let completer: FileCompleter
  let settingsWatch = Mutex<FileWatch?>(nil)
  let modelsWatch = Mutex<FileWatch?>(nil)
  let settingsAreBroken = Atomic<Bool>(false)
  /// What the provider that is being set up lists.
  let setupListed = Mutex<[ListedModel]>([])
  /// The newest of each question asked of the history.
  let questions = Mutex<[Question: Task<Void, Never>]>([:])
  /// The sends under way, by the replies they bring.
  let running = Mutex<[UUID: SendHandle]>([:])
  /// What is to be watched as soon as everything is open: a conversation's id, or `nil` in it for whatever runs.
  private let watchesAtFirst = Mutex<String??>(nil)
  /// The batch whose matrix is on the screen.
  let batchWatch = Mutex<BatchWatch?>(nil)
  /// What other processes send.
  private let runWatch = Mutex<RunWatch?>(nil)

  init(_ environment: LaunchEnvironment, inbox: Inbox, usesThemes: Bool, reachesClipboard: Bool) {
    self.environment = environment
    completer = FileCompleter(environment)
    self.inbox = inbox
    self.usesThemes = usesThemes
    self.reachesClipboard = reachesClipboard
  }

  /// Keeps how the screen looks for the next start's first frame.
  func keep(look theme: Theme) {
    guard usesThemes else { return }
    perform(orElse: { .toast($0, .warning) }) { [self] services in
      try LastLook(
        theme: theme, isOnLight: isOnLight.load(ordering: .relaxed), terminal: LastLook.terminal(environment.variables)
      ).write(services.paths)
    }
  }

  /// Begins to open the settings, the models, the database and the logger.
  func start() {
    opening.withLock { opening in
      opening = Task.detached(priority: .userInitiated) { [self] in
        do {
          let services = try Services.open(
            environment, onHealth: { [inbox] in inbox.post(.health($0)) },
            onIndexing: { [inbox] done, total in
              if done == 0 {
                inbox.post(.toast("The search index is brought up to date, once: \(total) conversations", .info))
              }
              if done == total { inbox.post(.toast("The search index is up to date", .success)) }
            })
          opened.withLock { $0 = services }
          announce(services)
          return services
        } catch {
          inbox.fail("\(error)")
          throw error
        }
      }
    }
  }

  func announceModels(_ services: Services) {
    do {
      let registry = try services.registry()
      inbox.post(
        .modelsLoaded(
          try services.modelChoices, defaults: registry.defaults.map(\.reference), sets: registry.sets))
    } catch { inbox.post(.modelsFailed("\(error)")) }
  }

  private func announce(_ services: Services) {
    announceModels(services)
    do {
      if let arrangement = try ArrangementFile(services.paths).read() { inbox.post(.arrangementLoaded(arrangement)) }
    } catch { inbox.post(.toast("\(error)", .warning)) }
    if let shown = PastCrash.shown(services.paths) { inbox.post(.crashed(over: shown)) }
    takeUpDraft(services)
    inbox.post(.health(services.logger.health))
    services.diagnostics.began(models: services.modelCount, warnings: services.warnings)
    if !services.warnings.isEmpty { inbox.post(.warnings(services.warnings)) }
    let settings = services.settings
    announce(settings, settings.keyMap(), services)
    watchSettings(services)
    watchModels(services)
    Task { await self.settle(services) }
  }

  private func takeUpDraft(_ services: Services) {
    do {
      let keeper = try DraftKeeper(services.paths)
      drafts.withLock { $0 = keeper }
      if let draft = try keeper.takeUp() { inbox.post(.draftFound(draft)) }
    } catch { inbox.post(.toast("\(error)", .warning)) }
  }

  /// What is written is kept in the order of the calls, each the newest; the last one before the end included.
  func keep(_ prompt: WrittenPrompt) -> Task<Void, Never> {
    promptToKeep.withLock { $0 = prompt }
    return Task.detached { [self] in
      do {
        try keepingPrompt.withLock { _ in
          guard let keeper = drafts.withLock(\.self), let newest = promptToKeep.withLock(\.self) else { return }
          try keeper.keep(newest.draft)
        }
      } catch { inbox.post(.toast("What you write cannot be kept for the next start: \(error)", .warning)) }
    }
  }

  /// What can wait until the screen is up: prompts to recall, and answers a killed Fiedler left unfinished.
  private func settle(_ services: Services) async {
    do {
      let recovered = try await services.recover()
      if recovered > 0 {
        let answers = Plural.text(recovered, "answer was", "answers were")
        inbox.post(.toast("\(answers) interrupted when Fiedler last ended; the history shows what had come.", .warning))
      }
      let desk = try await services.desk(interruptedAnswers: recovered)
      inbox.post(.deskLoaded(desk))
      offerImport(desk)
      inbox.post(.promptHistory(try await services.store.recentPrompts(limit: 500)))
    } catch { inbox.post(.toast("\(error)", .error)) }
    await watch(services).start()
    showWatched()
    await modernize(services)
  }

  func watch(_ services: Services) -> RunWatch {
    runWatch.withLock { watch in
      let made = watch ?? RunWatch(services) { [inbox] in inbox.post($0) }
      watch = made
      return made
    }
  }

  /// Shows a conversation or what runs, once the services are open.
  func watchAtFirst(_ prefix: String?) { watchesAtFirst.withLock { $0 = .some(prefix) } }

  private func showWatched() {
    guard let prefix = watchesAtFirst.withLock(\.self) else { return }
    perform(orElse: { .toast($0, .error) }) { services in
      let running = try await services.store.runningElsewhere()
      if let prefix {
        let wanted = try await services.conversation(matching: prefix).id
        self.inbox.post(.showRunning(opening: wanted))
      } else {
        self.inbox.post(.showRunning(opening: running.count == 1 ? running[0].id : nil))
      }
    }
  }

  /// Stops an answer of this process, or asks the one that streams it to do so.
  private func cancel(_ reply: UUID) {
    if let handle = running.withLock({ $0[reply] }) { return handle.cancel(reply) }
    perform(orElse: { .toast($0, .error) }) { services in try await services.store.requestStop(of: reply) }
  }

  /// Does what is not the terminal loop's own. One switch over all effects, here and in ``TerminalApp``, so that the
  /// compiler asks where a new one belongs.
  func run(_ effect: Effect) {
    switch effect {
    case .cancel(let reply): cancel(reply)
    case .cancelAll:
      for handle in running.withLock({ Array($0.values) }) { handle.cancelAll() }
    case .send(let draft):
      launch(orElse: Message.sendFailed) { try await self.send(draft, with: $0) }
    case .synthesize(let prompt, let conversation, let judge, let template):
      synthesize(prompt, in: conversation, judge, template)
    case .judge(let change):
      perform(orElse: { .toast($0, .error) }) { services in
        let (prompt, verdicts) = try await services.store.change(change)
        self.inbox.post(.verdictsChanged(prompt, verdicts))
      }
    case .loadStatistics(let query, let token): loadStatistics(query, token: token)
    case .retry(let reply, let conversation): retry(reply, in: conversation)
    case .loadHistory(let query, let cursor, let token): loadHistory(query, after: cursor, token: token)
    case .previewConversation(let id, let query): preview(id, finding: query)
    case .loadBatches: loadBatches()
    case .watchBatch(let id): watch(batch: id)
    case .openConversation(let id): open(id)
    case .rename(let id, let title): change(id) { try await $0.store.rename(id, to: title) }
    case .tag(let id, let tags): change(id) { try await $0.store.setTags(tags, of: id) }
    case .pin(let id, let isPinned): change(id) { try await $0.store.setPinned(isPinned, of: id) }
    case .restore(let id): change(id) { try await $0.store.restore(id) }
    case .delete(let id): delete(id)
    case .replay(let id, let exchange): replay(id, from: exchange)
    case .export(let id, let format): export(id, as: format)
    case .completePath(let prefix, let token):
      completer.complete(prefix, token: token) { [inbox] in inbox.post(.completions(for: token, $0)) }
    case .compare(let old, let new, let token):
      Task.detached { [inbox] in inbox.post(.compared(for: token, await Comparison.of(old, new))) }
    case .forgetCrash:
      perform(orElse: { .toast($0, .error) }) { services in PastCrash.forgetShown(services.paths) }
    case .loadThemes:
      perform(orElse: { .toast($0, .error) }) { services in self.inbox.post(.themesLoaded(services.themes())) }
    case .loadTemplates(let use):
      perform(orElse: { .toast($0, .error) }) { services in
        self.inbox.post(.templatesLoaded(try services.templates.read(), for: use))
      }
    case .findProviders: findProviders()
    case .listModels(let provider, let key): listModels(of: provider, key)
    case .keepKey(let provider, let key): keepKey(of: provider, key)
    case .setUp(let listing, let models): setUp(listing, models)
    case .saveSet(let set): save(set)
    case .readAttachment(let path):
      perform(orElse: Message.attachmentFailed) { services in
        let read = try services.attachments([path])
        self.inbox.post(.attachmentsRead([AttachedFile(read, at: path)].compactMap(\.self)))
        if let words = read.leftOutWords { self.inbox.post(.warnings([words])) }
      }
    case .checkMentions(let words):
      perform(orElse: { _ in .mentionsChecked([]) }) { services in
        let found = FileMention.found(
          in: words, relativeTo: services.environment.workingDirectory, home: services.paths.home)
        self.inbox.post(.mentionsChecked(found.map { Mention(word: $0.word, path: $0.path) }))
      }
    case .readForReview(let file):
      perform(orElse: { .toast($0, .error) }) { services in
        let read = try services.attachments([file.path]).attachments.first { $0.name == file.name }
        guard let read else { return }
        if read.media == nil { self.inbox.post(.readForReview(file, text: read.content)) } else { self.open(read) }
      }
    case .loadRecords(let query, let token): loadRecords(query, token: token)
    case .loadParked: loadParked()
    case .resendParked(let ids): resendParked(ids)
    case .exportParked(let ids): exportParked(ids)
    case .retryGodot: retryGodot()
    case .keepArrangement(let arrangement):
      arrangementToKeep.withLock { $0 = arrangement }
      perform(orElse: { .toast($0, .error) }) { services in
        // One after another, each the newest: tasks do not come in the order they were begun in.
        try self.keepingArrangement.withLock { _ in
          guard let newest = self.arrangementToKeep.withLock(\.self) else { return }
          try ArrangementFile(services.paths).write(newest)
        }
      }
    case .keepDraft(let prompt): _ = keep(prompt)
    case .keepTheme(let slug):
      perform(orElse: { .toast($0, .error) }) { services in
        self.inbox.post(.toast(try services.keep(theme: slug), .success))
      }
    case .followBackground(let isLight):
      guard usesThemes else { break }
      isOnLight.store(isLight, ordering: .relaxed)
      perform(orElse: { .toast($0, .error) }) { services in
        if let theme = try services.theme(onLight: isLight) { self.inbox.post(.themeLoaded(theme)) }
      }
    case .copy(let text, let words):
      Task.detached { [inbox, environment, reachesClipboard] in
        let clipboard = Clipboard(environment: environment.variables, reachesTerminal: reachesClipboard)
        let outcome = await clipboard.copy(text, words: words)
        inbox.post(.toast(outcome.words, outcome.isDone ? .success : .warning))
      }
    case .openLink(let link):
      do throws(LinkOpener.Refusal) {
        try LinkOpener(environment: environment.variables).open(link) { [inbox] status in
          if status != 0 {
            inbox.post(.linkRefused(link, why: "xdg-open could not open it (status \(status))"))
          }
        }
        inbox.post(.toast("xdg-open opens \(link)", .success))
      } catch { inbox.post(.linkRefused(link, why: error.reason)) }
    case .openAttachment(let file): open(file)
    case .runNotice(let words): notify(words)
    case .quit, .suspend, .redraw, .mouse, .escapeTime, .notify, .markLinks, .title, .openEditor:
      // The loop's own: see ``TerminalApp``.
      break
    }
  }

  /// Runs `work` once the services are open; an error becomes the message that `failure` makes of its words.
  @discardableResult
  func perform(
    orElse failure: @escaping @Sendable (String) -> Message,
    _ work: @escaping @Sendable (Services) async throws -> Void
  ) -> Task<Void, Never> {
    let opening = opening.withLock { $0 }
    return Task.detached { [inbox] in
      do {
        guard let opening else { return }
        let services = try await opening.value
        defer { services.upkeep.workEnded() }
        try await work(services)
      } catch {
        // Nobody waits for what was given up.
        if !Task.isCancelled { inbox.post(failure("\(error)")) }
      }
    }
  }

  /// Stops what streams and waits until it is stored, for about `limit`. What was asked for before is begun first, so
  /// that a prompt is kept even if the user leaves at once.
  func stop(within limit: Duration, keeping prompt: WrittenPrompt) async -> String? {
    settingsWatch.withLock { $0 = nil }
    modelsWatch.withLock { $0 = nil }
    runWatch.withLock { $0 = nil }
    batchWatch.withLock { $0 = nil }
    let starting = starting.withLock { Array($0.values) }
    await wait(atMost: limit) { [opening = opening.withLock { $0 }] in
      // Why it could not be opened has been shown when it happened.
      _ = await opening?.result
      for task in starting { await task.value }
      await self.keep(prompt).value
      // The next start may have it.
      self.drafts.withLock { $0 = nil }
    }
    run(.cancelAll)
    return await opened.withLock { $0 }?.close(within: limit)
  }
}
