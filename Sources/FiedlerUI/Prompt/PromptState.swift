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
  var completion: Completion?
  /// What the user closed the list for; it stays closed until something else is typed.
  var dismissed: Editor.CompletionContext?
  /// Numbers the requests for paths; answers to older ones are dropped.
  var completionToken = 0

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
      files = prompt.attachments.map { AttachedFile(path: "", name: $0.name, bytes: $0.content.utf8.count) }
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
    }

    var kind: Kind
    var prefix: String
    var items: [Item]
    var selected = 0
  }

  /// Tokens that the prompt and its files will take, roughly.
  var estimatedTokens: Int {
    let files = files.reduce(0) { $0 + $1.bytes + 2 * $1.name.utf8.count + 48 }
    return TokenEstimate.tokens(inUTF8Bytes: editor.utf8Count + files + (system?.utf8.count ?? 0))
  }
}

extension AppState {
  /// Tokens that a send would put before a model, its earlier turns included.
  func estimatedTokens(for model: ModelReference) -> Int {
    let turns = promptedConversation?.history(for: model).reduce(0) { $0 + $1.content.utf8.count } ?? 0
    return prompt.estimatedTokens + TokenEstimate.tokens(inUTF8Bytes: turns)
  }

  /// What is said under the prompt where it, with the turns before, is too long for a chosen model.
  var windowWarning: String? {
    let tooSmall = chosenModels.filter { model in
      choice(model)?.contextWindow.map { estimatedTokens(for: model) > $0 } ?? false
    }
    guard let first = tooSmall.first else { return nil }
    guard tooSmall.count == 1, let window = choice(first)?.contextWindow else {
      return "⚠ too long for \(tooSmall.map(label).joined(separator: ", "))"
    }
    let needed = Figures.count(estimatedTokens(for: first))
    return "⚠ \(label(first)) holds \(Figures.window(window)) tok, this is ~\(needed)"
  }

  /// What the models with a price take for reading the prompt; `nil` if none has one.
  var estimatedCost: Double? {
    let costs = chosenModels.compactMap { model in
      choice(model)?.price.map { Double(estimatedTokens(for: model)) * $0.input / 1_000_000 }
    }
    return costs.isEmpty ? nil : costs.reduce(0, +)
  }
}
