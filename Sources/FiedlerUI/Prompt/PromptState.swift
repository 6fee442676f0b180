import Canvas
import Conversations
import FoundationEssentials

/// The prompt being written, with what goes along.
struct PromptState: Sendable {
  var editor: Editor
  var attachments: [AttachedFile] = []
  /// The files of a prompt that is edited, as they are stored; they go along before the attachments.
  var carried: Carried?
  /// The system prompt of the sends to come.
  var system: String?
  /// What the models are asked to heed in the sends to come.
  var options = PromptOptions()
  var completion: Completion?
  /// What the user closed the list for; it stays closed until something else is typed.
  var dismissed: Editor.CompletionContext?
  /// Numbers the requests for paths; answers to older ones are dropped.
  var completionToken = 0
  /// The template that the text was taken from.
  var template: TakenTemplate?
  /// The templates there are, while `/` commands are completed.
  var knownTemplates: [TemplateFile]?
  /// While the shell looks which `@names` are files: the editor's changes when it was asked.
  var checkedAt: Int?
  /// Where the mouse button went down last.
  var press: Press?
  /// What the earlier turns take.
  var turnSizes = TurnSizes()

  init() {
    editor = Editor()
    editor.placeholder = "Ask them all …"
  }

  struct Carried: Sendable {
    var from: UUID
    var files: [AttachedFile]

    /// `nil` for a prompt without files.
    init?(_ prompt: Prompt) {
      guard !prompt.attachments.isEmpty else { return nil }
      from = prompt.id
      files = prompt.attachments.map { AttachedFile(path: "", $0) }
    }
  }

  /// All that go with the prompt.
  var files: [AttachedFile] { (carried?.files ?? []) + attachments }

  /// A list of what the word at the cursor could become.
  struct Completion: Sendable {
    enum Kind: Hashable, Sendable { case command, file }

    struct Item: Hashable, Sendable {
      var text: String
      var detail: String
      /// The action of a command.
      var action: ActionID?
      /// What the command is completed with.
      var argument: String?
      /// The characters of the text that were typed.
      var matched: [Int] = []
    }

    var kind: Kind
    var prefix: String
    var items: [Item]
    var selected = 0
  }
}
