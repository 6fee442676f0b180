import Conversations
import FoundationEssentials

/// A prompt that has not been sent, as it is kept against the end of the program, however that comes.
public struct UnsentDraft: Hashable, Sendable {
  /// Chips expanded.
  public var text: String
  public var system: String?
  /// Paths of the attached files, as they were given.
  public var files: [String]

  public init(text: String, system: String? = nil, files: [String] = []) {
    self.text = text
    self.system = system
    self.files = files
  }

  /// The system prompt alone is not worth keeping.
  public var isEmpty: Bool { text.allSatisfy(\.isWhitespace) && files.isEmpty }
}

/// A prompt as it is being written: a value at no cost, from which the draft can be taken on any thread.
public struct WrittenPrompt: Hashable, Sendable {
  /// Texts that wait for answers to end.
  let queued: [String]
  let editor: Editor
  let system: String?
  let files: [String]

  public func hash(into hasher: inout Hasher) { hasher.combine(editor.utf8Count + queued.count) }

  /// Costs as much as the text is long.
  public var draft: UnsentDraft {
    let texts = queued + (editor.isEmpty ? [] : [editor.text])
    return UnsentDraft(text: texts.joined(separator: "\n\n"), system: system, files: files)
  }
}

extension ComposeScreen {
  /// How long after a change the draft is kept.
  static let draftDelay = Duration.seconds(1)

  /// What is written now.
  var writtenPrompt: WrittenPrompt {
    WrittenPrompt(
      queued: queued.map(\.text), editor: prompt.editor, system: prompt.system,
      files: (queued.flatMap(\.attachments) + prompt.attachments).map(\.path))
  }

  /// Differs whenever the prompt does.
  struct Writing: Hashable {
    var queued: Int
    var changes: Int
    var system: String?
    var files: [AttachedFile]
  }

  var writing: Writing {
    Writing(queued: queued.count, changes: prompt.editor.log.changes, system: prompt.system, files: prompt.attachments)
  }

  /// Something has changed the prompt.
  mutating func touchDraft(_ world: World) { if draftDue == nil { draftDue = world.now + Self.draftDelay } }

  mutating func keepDraft(_ world: World) -> [Effect] {
    guard let due = draftDue, due <= world.now else { return [] }
    draftDue = nil
    return [.keepDraft(writtenPrompt)]
  }

  /// Puts what a Fiedler that has ended had not sent before whatever has been typed since the start.
  mutating func takeUp(_ draft: UnsentDraft, _ world: inout World) -> [Effect] {
    let typed = prompt.editor.text
    prompt.editor.apply(.setText(typed.isEmpty ? draft.text : draft.text + "\n\n" + typed))
    if prompt.system == nil { prompt.system = draft.system }
    world.show("What you had written and not sent is here again")
    return draft.files.map { .readAttachment(path: $0) }
  }
}

extension AppState {
  /// What is written now.
  public var writtenPrompt: WrittenPrompt { compose.writtenPrompt }
}
