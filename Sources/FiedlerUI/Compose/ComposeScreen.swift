import Canvas
import Conversations
import FoundationEssentials

/// The first screen, beneath all others: the panes of the live conversation, the prompt, and what is on its way.
struct ComposeScreen: Sendable {
  /// The panes of the ``World/conversation``.
  var stage = Stage()
  var prompt = PromptState()
  /// What was sent and not yet confirmed.
  var pendingSend: OutgoingPrompt?
  /// What is to be sent once the answers before it have ended, in order.
  var queued: [OutgoingPrompt] = []
  /// Whether it is known which models there are; Enter waits for that.
  var modelsAreKnown = false
  /// Enter was pressed before that.
  var sendsOnceModelsAreKnown = false
  /// Why there are no models.
  var modelsProblem: String?
  /// When the prompt is next to be kept, if it may have changed.
  var draftDue: Duration?
  /// What the panes are to be scrolled to once they are laid out.
  var reveal: ConversationPlace?
  /// What the conversation being opened was found by, to be marked in the pane that shows it.
  var revealedWord: String?

  /// What stands in its place while it is asked.
  static let away = Self()
}
