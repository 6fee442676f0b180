import Canvas
import Conversations
import FoundationEssentials

/// What the shell shall do. Every effect that has an answer names the message that brings it.
public enum Effect: Hashable, Sendable {
  /// Store and send. Answer: ``Message/sendStarted(_:in:)`` or ``Message/sendFailed(_:)``, then ``Message/events(_:)``.
  case send(SendDraft)
  /// Ask the model of this ended reply of a conversation again. Answer: ``Message/retryStarted(prompt:reply:)`` or a
  /// toast.
  case retry(reply: UUID, in: Conversation)
  /// Put the answers to a prompt before one more model. Answer: ``Message/sendStarted(_:in:)`` or a toast, then
  /// ``Message/events(_:)``; a council has two such sends.
  case synthesize(prompt: UUID, in: UUID, judge: ModelReference, template: String)
  /// Give a verdict on answers, or take one back. Answer: ``Message/verdictsChanged(_:_:)`` or a toast.
  case judge(VerdictChange)
  /// Count the answers that a search of the history finds. Answer: ``Message/statisticsLoaded(for:_:)`` or
  /// ``Message/statisticsFailed(for:_:)`` with the same token. Only the newest token's answer is used.
  case loadStatistics(String, token: Int)
  /// Stop one reply, whichever process streams it; a `cancelled` event follows.
  case cancel(reply: UUID)
  /// Stop every reply that runs, in whatever conversation.
  case cancelAll
  /// The conversations that match, in the query's order, from the beginning or behind `after`.
  /// Answer: ``Message/historyLoaded(for:_:)`` or ``Message/historyFailed(for:_:)`` with the same token. Only the
  /// newest token's answer is used, so a newer one may cancel this.
  case loadHistory(HistoryQuery, after: HistoryCursor?, token: Int)
  /// Answer: ``Message/batchesLoaded(_:)`` or ``Message/batchesFailed(_:)``.
  case loadBatches
  /// Tell how this batch stands, now and whenever it has changed, instead of one that was watched; `nil`: of none any
  /// more. Answer: ``Message/matrixLoaded(_:)`` or ``Message/batchesFailed(_:)``.
  case watchBatch(UUID?)
  /// Answer: ``Message/conversationLoaded(_:)``, whole.
  case openConversation(UUID)
  /// A conversation and the places in it that match the words of `query`. Answer: ``Message/previewLoaded(_:hits:)``.
  /// Only the newest one's answer is of use, so a newer one may cancel this.
  case previewConversation(UUID, query: HistoryQuery?)
  /// The four changes below have the answer ``Message/conversationChanged(_:)``, or a toast with what went wrong.
  case rename(conversation: UUID, title: String)
  /// Its tags from now on: sorted, each once.
  case tag(conversation: UUID, [String])
  case pin(conversation: UUID, Bool)
  /// Brings a deleted conversation back.
  case restore(conversation: UUID)
  /// Answer: ``Message/conversationDeleted(_:)``, or a toast with what went wrong.
  case delete(conversation: UUID)
  /// Write a conversation to a file or folder. Answer: a toast with the path, or with what went wrong.
  case export(conversation: UUID, ExportFormat)
  /// Look for providers that could be used. Answer: ``Message/providersFound(_:)``.
  case findProviders
  /// Have a provider list its models, with a key that was typed or the one that is there. Answer:
  /// ``Message/providerListed(_:)`` or ``Message/providerRefused(_:why:wantsKey:)``.
  case listModels(of: String, TypedKey?)
  /// Test a key that was typed and keep it. Answer: ``Message/keyKept(of:_:)`` or
  /// ``Message/keyNotKept(of:why:wantsKey:)``.
  case keepKey(of: String, TypedKey)
  /// Write these models of a provider into the configuration, and keep its key. Answer:
  /// ``Message/modelsLoaded(_:defaults:sets:)`` and ``Message/modelsSetUp(_:_:)``, or a toast with what went wrong.
  case setUp(SetupListing, models: [String])
  /// Write a set of models into the configuration. Answer: ``Message/modelsLoaded(_:defaults:sets:)`` and
  /// ``Message/setSaved(_:_:)``, or ``Message/setRefused(_:why:)``.
  case saveSet(ModelSet)
  /// Show a conversation again as it came, from the exchange of this prompt on if given.
  case replay(conversation: UUID, exchange: UUID?)
  /// Answer: ``Message/completions(for:_:)``. Only the newest token's answer is used.
  case completePath(prefix: String, token: Int)
  /// Check that a file can be attached. Answer: ``Message/attachmentsRead(_:)`` or ``Message/attachmentFailed(_:)``.
  case readAttachment(path: String)
  /// Find which of the words behind an `@` were meant as files. Answer: ``Message/mentionsChecked(_:)``.
  case checkMentions([String])
  /// Read an attached file, to be looked at: a picture or PDF on the desktop. Answer:
  /// ``Message/readForReview(_:text:)`` or a toast.
  case readForReview(AttachedFile)
  /// Ask the log server for its records, newest first. Answer: ``Message/recordsLoaded(for:_:horizon:)`` or
  /// ``Message/recordsFailed(for:_:)`` with the same token. Only the newest token's answer is used; while the list is
  /// followed one is asked for every two seconds, each after the last one's answer.
  case loadRecords(LogQuery, token: Int)
  /// Read the records that the log server refuses. Answer: ``Message/parkedLoaded(_:)`` or
  /// ``Message/parkedFailed(_:)``.
  case loadParked
  /// Send these refused records again, by their numbers in the outbox. ``Message/health(_:)`` tells what became of
  /// them; a toast if it cannot be done.
  case resendParked([Int64])
  /// Save these refused records in a file. Answer: a toast with the file's name, or with what went wrong.
  case exportParked([Int64])
  /// Connect to the log server at once instead of waiting for the next attempt. ``Message/health(_:)`` follows.
  case retryGodot
  /// Compare two texts, off the screen's thread: ``Comparison``. Answer: ``Message/compared(for:_:)`` with the same
  /// token. Only the newest token's answer is used.
  case compare(old: String, new: String, token: Int)
  /// Hand the terminal to `$VISUAL` or `$EDITOR`. Answer: ``Message/edited(_:)``.
  case openEditor(String)
  /// Have the panes arranged so at the next start.
  case keepArrangement(PaneArrangement)
  /// The terminal's background is light, or dark: a theme that goes with it, unless the user chose one.
  case followBackground(isLight: Bool)
  /// Have this theme, named as settings name it, at the next start.
  case keepTheme(String)
  /// Have what is written and not sent there at the next start, however this run ends.
  case keepDraft(WrittenPrompt)
  /// Put text on the clipboard.
  case copy(String, words: String)
  /// Open a link in the desktop's programs, if it is one of the web or of mail. A model wrote it. Answer: a toast, or
  /// ``Message/linkRefused(_:why:)``.
  case openLink(String)
  /// Open a picture or PDF that went along with a prompt in the desktop's programs. Answer: a toast.
  case openAttachment(Attachment)
  /// Name the terminal's window.
  case title(String)
  /// Read every theme there is. Answer: ``Message/themesLoaded(_:)``.
  case loadThemes
  /// Read every prompt template there is. Answer: ``Message/templatesLoaded(_:for:)``.
  case loadTemplates(TemplateUse)
  case suspend
  case redraw
  /// Report the mouse to the program, or leave it to the terminal.
  case mouse(Bool)
  /// How long a lone ESC waits before it is the Escape key; `nil`: the terminal's own.
  case escapeTime(Duration?)
  /// Have the terminal tell that a send is done.
  case notify(TerminalNotice)
  /// Run the command of the settings that tells so, with these words.
  case runNotice(String)
  /// Mark links for the terminal, or do not; `nil`: where it is known to take them.
  case markLinks(Bool?)
  /// What was on the screen at the last crash is shown as usual from now on, at the next start too.
  case forgetCrash
  /// Leave. What streams has been put to the user before.
  case quit
}

/// A prompt on its way out.
public struct SendDraft: Hashable, Sendable {
  /// The conversation it continues; `nil` begins one.
  public var conversation: UUID?
  /// The prompt of that conversation that it follows; `nil` begins the conversation, anew if there is one.
  public var parent: UUID?
  public var text: String
  public var system: String?
  public var attachmentPaths: [String]
  /// The prompt of that conversation whose files, as they are stored, go with this one too, before those of the paths.
  public var attachmentsFrom: UUID?
  public var models: [ModelReference]
  /// What the models are asked to heed, beyond what models.yaml says.
  public var options = PromptOptions()
  /// Which of the models take the places of others.
  public var successions: [Succession] = []

  public init(
    conversation: UUID?, parent: UUID? = nil, text: String, system: String? = nil, attachmentPaths: [String] = [],
    attachmentsFrom: UUID? = nil, models: [ModelReference]
  ) {
    self.conversation = conversation
    self.parent = parent
    self.attachmentsFrom = attachmentsFrom
    self.text = text
    self.system = system
    self.attachmentPaths = attachmentPaths
    self.models = models
  }
}
