import Canvas
import Conversations
import FoundationEssentials

/// Whatever can happen to the program. The shell makes these; ``update(_:_:)`` takes them.
public enum Message: Sendable {
  /// What the user did. A resize is an input; the first one tells the first size.
  case input(Input)
  /// Time since the program began, on a clock that never goes back. Give it before every other message of a frame,
  /// and whenever ``AppState/nextChange`` has come.
  case tick(now: Duration)
  /// What came in for any replies since the last frame, in order for each reply.
  case events([ReplyEvent])

  /// ``Effect/send(_:)`` was stored and is on its way: the prompt as numbered in its conversation, and a queued reply
  /// for each of its models, in that order. Give it before any event of its replies.
  case sendStarted(Exchange, in: UUID)
  /// ``Effect/send(_:)`` could not be stored or begun; the text returns to the editor. Plain words.
  case sendFailed(String)
  /// What other processes send just now, the newest first. Give it before the events of its answers.
  case runningElsewhere([RunningConversation])
  /// Another process has sent a prompt in a conversation that was opened here.
  case beganElsewhere(Exchange, in: UUID)
  /// Another process asks a model again, in a conversation that was opened here.
  case retriedElsewhere(prompt: UUID, reply: Reply)
  /// Show what still runs; with a conversation, that one's panes at once.
  case showRunning(opening: UUID? = nil)
  /// ``Effect/retry(reply:in:)`` was stored and is on its way: a new reply to the same prompt.
  case retryStarted(prompt: UUID, reply: Reply)

  /// Answers ``Effect/judge(_:)``: the prompt whose answers were judged, and all verdicts on these as they are now.
  case verdictsChanged(UUID, [Verdict])
  /// Answers ``Effect/loadStatistics(_:token:)`` with the same token.
  case statisticsLoaded(for: Int, StatisticsReport)
  /// They could not be counted, or something is wrong with the query: plain words that name it.
  case statisticsFailed(for: Int, String)
  /// Answers ``Effect/loadHistory(_:after:token:)`` with the same token.
  case historyLoaded(for: Int, HistoryPage)
  /// The history could not be loaded, or something is wrong with the query: plain words that name it.
  case historyFailed(for: Int, String)
  /// What lies ready before the first prompt; once, after the start.
  case deskLoaded(Desk)
  /// Answers ``Effect/loadBatches``: every batch, the newest first.
  case batchesLoaded([BatchSummary])
  /// How the batch that is watched stands now: see ``Effect/watchBatch(_:)``.
  case matrixLoaded(BatchMatrix)
  /// One of the two could not be read; plain words.
  case batchesFailed(String)
  /// Answers ``Effect/openConversation(_:)``.
  case conversationLoaded(Conversation)
  /// Answers ``Effect/previewConversation(_:query:)``; without words to look for there are no hits.
  case previewLoaded(Conversation, hits: [TextHits])
  /// One of the two above failed. Plain words.
  case loadFailed(String)
  /// A conversation has another title, other tags, another pin, or is back.
  case conversationChanged(ConversationSummary)
  case conversationDeleted(UUID)

  /// The models there are, and those chosen at first.
  case modelsLoaded([ModelChoice], defaults: [ModelReference], sets: [ModelSet] = [])
  /// There are no models; plain words that name the file and the way out. They stay on the screen.
  case modelsFailed(String)
  /// What is odd but not wrong (an unknown key in a file); shown for a while.
  case warnings([String])
  /// Answers ``Effect/readAttachment(path:)``.
  case attachmentsRead([AttachedFile])
  /// Answers ``Effect/checkMentions(_:)`` with those that should not go out as mere text unasked.
  case mentionsChecked([Mention])
  /// Answers ``Effect/readForReview(_:)`` with its text.
  case readForReview(AttachedFile, text: String)
  /// The file cannot be attached; plain words that name it.
  case attachmentFailed(String)
  /// Answers ``Effect/completePath(prefix:token:)`` with the same token: the paths that may be meant, best first.
  case completions(for: Int, [FoundPath])
  /// The user came back from ``Effect/openEditor(_:)``.
  case edited(Result<String, EditorFailure>)
  /// Answers ``Effect/loadRecords(_:token:)`` with the same token. Older records than `horizon` may be missing: the
  /// server cannot be asked for them.
  case recordsLoaded(for: Int, [LoggedRecord], horizon: Date? = nil)
  /// The records could not be loaded; plain words with what to do.
  case recordsFailed(for: Int, String)
  /// Answers ``Effect/loadParked``: all that the log server refuses, and what waits for it, oldest first.
  case parkedLoaded([ParkedRecord], waiting: [WaitingRecord] = [])
  /// The refused records could not be read; plain words.
  case parkedFailed(String)
  /// Answers ``Effect/compare(old:new:token:)`` with the same token.
  case compared(for: Int, Comparison)
  /// How logging to Godot stands now.
  case health(LogHealth)
  case themeLoaded(Theme)
  /// A Fiedler crashed while this conversation was on the screen. Give it before any conversation.
  case crashed(over: UUID)
  /// What a Fiedler that has ended had not sent.
  case draftFound(UnsentDraft)
  /// How the panes were arranged when a Fiedler was last used.
  case arrangementLoaded(PaneArrangement)
  /// Answers ``Effect/loadThemes``: every theme that can be read, with the name settings call it by.
  case themesLoaded([ThemeChoice])
  /// Answers ``Effect/loadTemplates(_:)``: all there are, by name, broken ones too.
  case templatesLoaded([TemplateFile], for: TemplateUse)
  /// Answers ``Effect/findProviders``: what is there first.
  case providersFound([SetupChoice])
  /// Answers ``Effect/listModels(of:_:)``.
  case providerListed(SetupListing)
  /// Answers it, too; `wantsKey`: with another key it may go.
  case providerRefused(String, why: String, wantsKey: Bool)
  /// Answers ``Effect/keepKey(of:_:)``; the words say where it is.
  case keyKept(of: String, String)
  /// Answers it, too; `wantsKey`: with another key it may go.
  case keyNotKept(of: String, why: String, wantsKey: Bool)
  /// Answers ``Effect/setUp(_:models:)``; the words say what was written.
  case modelsSetUp([ModelReference], String)
  /// Answers ``Effect/saveSet(_:)``; the words say what was written.
  case setSaved(ModelSet, String)
  /// Answers it, too: nothing was written, for this reason.
  case setRefused(ModelSet, why: String)
  /// The keys as the user's settings have them.
  case keysLoaded(KeyMap)
  /// The prompt editor's keys as the user's settings have them.
  case editorKeysChosen(Editor.Keys)
  /// Whether the mouse is the program's or the terminal's own.
  case mouseChosen(Bool)
  /// How long a lone ESC waits before it is the Escape key; `nil`: the terminal's own.
  case escapeTimeChosen(Duration?)
  /// How it is told that a send is done while the user looks elsewhere.
  case noticesChosen(NoticeChoice)
  /// Whether clocks and figures go on by themselves.
  case animationChosen(Bool)
  /// Whether answers stay at their beginnings while they grow.
  case readingChosen(fromTop: Bool)
  /// Whether links are marked for the terminal; `nil`: where it is known to take them.
  case linksChosen(Bool?)
  /// Replay an exchange of a conversation, the last one for `nil`.
  case replay(Conversation, exchange: UUID?)
  /// ``Effect/openLink(_:)`` was not done; plain words.
  case linkRefused(String, why: String)
  case toast(String, Toast.Kind)
  /// Earlier prompts, newest last, for recall in the editor.
  case promptHistory([String])
}

/// A theme the user can choose.
public struct ThemeChoice: Hashable, Sendable {
  /// As settings name it.
  public var slug: String
  public var theme: Theme

  public init(slug: String, theme: Theme) {
    self.slug = slug
    self.theme = theme
  }
}

/// A part of the history list, in the order that was asked for.
public struct HistoryPage: Sendable {
  public var summaries: [ConversationSummary]
  /// What was asked for: `nil` for the first page.
  public var after: HistoryCursor?
  /// Where the next page begins; `nil` if this is the last.
  public var next: HistoryCursor?
  /// All conversations there are, whatever page this is, where nothing was looked for.
  public var total: Int?

  public init(
    summaries: [ConversationSummary], after: HistoryCursor? = nil, next: HistoryCursor? = nil, total: Int? = nil
  ) {
    self.summaries = summaries
    self.after = after
    self.next = next
    self.total = total
  }
}

/// A model the user can choose.
public struct ModelChoice: Hashable, Sendable, Identifiable {
  public var reference: ModelReference
  public var aliases: [String]
  /// What panes and lists call it; short.
  public var label: String
  /// In tokens.
  public var contextWindow: Int?
  public var price: Price?
  /// Why it cannot be used just now ("no key"), if that is known.
  public var problem: String?
  /// As `models.yaml` has them: `vision`, `tools`.
  public var capabilities: [String]
  public var id: ModelReference { reference }

  public init(
    reference: ModelReference, aliases: [String] = [], label: String? = nil, contextWindow: Int? = nil,
    price: Price? = nil, problem: String? = nil, capabilities: [String] = []
  ) {
    self.reference = reference
    self.aliases = aliases
    self.label = label ?? Self.shortName(reference)
    self.contextWindow = contextWindow
    self.price = price
    self.problem = problem
    self.capabilities = capabilities
  }

  /// `DeepSeek-R1` for `deepseek-ai/DeepSeek-R1`.
  static func shortName(_ reference: ModelReference) -> String {
    reference.name.split(separator: "/").last.map(String.init) ?? reference.name
  }
}

/// A file that will go with the next prompt.
public struct AttachedFile: Hashable, Sendable {
  /// As the shell must be given it again to read it.
  public var path: String
  /// As the models see it.
  public var name: String
  public var bytes: Int
  /// The picture or PDF that it is; `nil` for a text.
  public var media: ShownMedia?
  /// The files of a folder, which goes along as a whole; empty for a file.
  public var members: [AttachedFile]

  public init(path: String, name: String, bytes: Int, members: [AttachedFile] = []) {
    self.path = path
    self.name = name
    self.bytes = bytes
    self.members = members
  }

  /// What an attachment is.
  public init(path: String, _ file: Attachment) {
    self.init(path: path, name: file.name, bytes: file.byteCount)
    media = file.media.map { ShownMedia(type: $0.type, size: $0.size, tokens: $0.estimatedTokens) }
  }

  /// About as many bytes of text as would cost as many tokens.
  var estimatedBytes: Int {
    members.isEmpty ? media.map { 4 * $0.tokens } ?? bytes : members.reduce(0) { $0 + $1.estimatedBytes }
  }

  /// How many files it is.
  var count: Int { max(1, members.count) }

  /// `a.swift (1.2 kB)`, `shot.png (640×480, 12 kB)`, `Sources/ (12 files, 34 kB)`.
  var label: String {
    let size = ([media?.size?.description].compactMap(\.self) + [Figures.bytes(bytes)]).joined(separator: ", ")
    return members.isEmpty ? "\(name) (\(size))" : "\(name) (\(Figures.plural(members.count, "file")), \(size))"
  }
}

/// What is told of a picture or PDF that will go along.
public struct ShownMedia: Hashable, Sendable {
  public var type: MediaType
  public var size: PixelSize?
  /// About what it costs.
  public var tokens: Int

  public init(type: MediaType, size: PixelSize?, tokens: Int) {
    self.type = type
    self.size = size
    self.tokens = tokens
  }
}

/// An `@name` in a prompt that names a file, or looks as if it should.
public struct Mention: Hashable, Sendable {
  /// The word behind the `@`.
  public var word: String
  /// The file or folder there is; `nil` if there is none.
  public var path: String?

  public init(word: String, path: String?) {
    self.word = word
    self.path = path
  }
}

/// A path that what is typed may mean.
public struct FoundPath: Hashable, Sendable {
  /// As the user would write it; folders with `/` at the end.
  public var path: String
  /// The characters of it that were typed, counted from 0.
  public var matched: [Int]

  public init(_ path: String, matched: [Int] = []) {
    self.path = path
    self.matched = matched
  }
}
