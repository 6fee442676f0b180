import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials

/// Watches what other processes of this machine send: which conversations run, and how far those that are open here
/// have come.
///
/// Looks when something was written to the database, which the system tells (inotify(7)), so that it costs nothing
/// while nothing happens; and once a second while something runs, since a process that is killed writes nothing.
actor RunWatch {
  private let services: Services
  private let post: @Sendable (Message) -> Void
  private var changes: FileWatch?
  private var followed: [UUID: FollowedConversation] = [:]
  private var running: [RunningConversation] = []
  private var isLooking = false
  /// Something was written while it looked.
  private var looksAgain = false
  private var isDueByItself = false
  /// What went wrong at the last look.
  private var failure: StoreError?

  /// `post` gets what is seen, in order, on any thread.
  init(_ services: Services, post: @escaping @Sendable (Message) -> Void) {
    self.services = services
    self.post = post
  }

  /// Begins to watch, until this is released.
  func start() async {
    changes = FileWatch(services.store.path + "-wal", for: .written) { [weak self] in
      await self?.look()
    }
    await look()
  }

  /// Opens a conversation, and tells from then on what comes in it from elsewhere.
  ///
  /// Throws ``StoreError/notFound(path:what:)``.
  func open(_ id: UUID) async throws(StoreError) {
    await look()
    guard let (conversation, follows) = try await services.store.follow(id) else {
      throw services.notFound(id)
    }
    post(.conversationLoaded(conversation))
    // One that is followed already goes on from what has been told of it.
    guard followed[id] == nil else { return }
    if follows.isRunning || running.contains(where: { $0.id == id }) { followed[id] = follows }
  }

  private func look() async {
    guard !isLooking else {
      looksAgain = true
      return
    }
    isLooking = true
    repeat {
      looksAgain = false
      do throws(StoreError) {
        try await lookOnce()
        failure = nil
      } catch {
        if failure != error { post(.toast("What runs elsewhere cannot be seen: \(error)", .warning)) }
        failure = error
      }
    } while looksAgain
    isLooking = false
    if !running.isEmpty || !followed.isEmpty { lookInASecond() }
  }

  private func lookInASecond() {
    guard !isDueByItself else { return }
    isDueByItself = true
    Task { [weak self] in
      // Throws only if its task is cancelled, which nobody can do.
      try? await Task.sleep(for: .seconds(1))
      await self?.lookByItself()
    }
  }

  private func lookByItself() async {
    isDueByItself = false
    await look()
  }

  private func lookOnce() async throws(StoreError) {
    let now = try await services.store.runningElsewhere()
    for id in followed.keys.sorted(by: { $0.uuidString < $1.uuidString }) {
      guard var follows = followed[id] else { continue }
      let news = try await services.store.news(of: &follows)
      for news in news { tell(news, of: id) }
      followed[id] = follows.isRunning || now.contains(where: { $0.id == id }) ? follows : nil
    }
    // Where an answer has no process any more, nobody else may be there to end it.
    let isOrphaned = followed.values.contains { follows in
      follows.isRunning && !now.contains { $0.id == follows.id }
    }
    if isOrphaned, try await services.recover() > 0 { looksAgain = true }
    if now != running {
      running = now
      post(.runningElsewhere(now))
    }
  }

  private func tell(_ news: FollowedNews, of conversation: UUID) {
    switch news {
    case .began(let exchange): post(.beganElsewhere(exchange, in: conversation))
    case .retried(let prompt, let reply): post(.retriedElsewhere(prompt: prompt, reply: reply))
    case .events(let events): post(.events(events))
    }
  }
}
