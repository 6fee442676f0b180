import Canvas
import Conversations
import FoundationEssentials

/// A prompt that has left the editor and is not stored yet: it waits for answers to end, or for the shell's word.
struct OutgoingPrompt: Sendable {
  var text: String
  var system: String?
  var attachments: [AttachedFile]
  var carried: PromptState.Carried?
  var models: [ModelReference]
  var options: PromptOptions
  /// Which of the models take the places of others.
  var successions: [Succession]
  /// The conversation it goes to; `nil` begins one, or is not known while the prompt before it has yet to begin one.
  var conversation: UUID?
  /// The prompt it follows; while it waits for answers that is not decided.
  var parent: UUID?
  /// The last exchange of the line on the screen when it was sent.
  var tip: UUID?
  /// How it was to leave the line.
  var plan: BranchPlan?

  /// What the shell is to send.
  var draft: SendDraft {
    var draft = SendDraft(
      conversation: conversation, parent: parent, text: text, system: system,
      attachmentPaths: attachments.map(\.path), attachmentsFrom: carried?.from, models: models)
    draft.options = options
    draft.successions = successions
    return draft
  }
}

extension AppState {
  /// Takes what is written out of the editor, for the models that are asked.
  mutating func takeWritten(_ text: String) -> OutgoingPrompt {
    let asked = recipients
    let written = OutgoingPrompt(
      text: text, system: compose.prompt.system, attachments: compose.prompt.attachments,
      carried: compose.prompt.carried, models: asked,
      options: compose.prompt.options, successions: world.takeSuccessions(of: asked))
    settleRecipients()
    _ = compose.prompt.editor.submit()
    compose.prompt.attachments = []
    compose.prompt.carried = nil
    compose.prompt.completion = nil
    compose.prompt.template = nil
    return written
  }

  /// Takes the prompt out of the editor, to be sent later.
  mutating func queue(_ text: String) {
    var waiting = takeWritten(text)
    waiting.conversation = world.conversation?.id
    compose.queued.append(waiting)
    let back = keyMap.name(of: .close, in: [.prompt]).map { "; \($0) takes it back" } ?? ""
    show("Sent once the answers have ended\(back)")
  }

  /// Sends the first prompt that waits, if its conversation's answers have ended.
  mutating func sendQueued() -> [Effect] {
    guard var first = compose.queued.first, compose.pendingSend == nil else { return [] }
    if first.conversation == world.conversation?.id {
      // A branch that is being planned is decided first.
      guard !world.isLive, branches.plan == nil else { return [] }
      first.parent = world.conversation?.exchanges.last?.id
    } else if let other = world.others.first(where: { $0.id == first.conversation }) {
      guard !world.isRunning(other) else { return [] }
      first.parent = other.exchanges.last?.id
    } else {
      show("A prompt that waited has no conversation any more: it stands in the prompt again", .warning)
      unqueue()
      return []
    }
    compose.queued.removeFirst()
    first.tip = first.parent
    compose.pendingSend = first
    return [.send(first.draft)]
  }

  /// Puts the prompt that was queued last back into the editor, before what has been typed since.
  mutating func takeBackQueued() -> [Effect] {
    guard let last = compose.queued.popLast() else { return [] }
    put(back: last)
    return refreshCompletion()
  }

  /// Puts all that waits back into the editor.
  mutating func unqueue() { while let last = compose.queued.popLast() { put(back: last) } }

  private mutating func put(back taken: OutgoingPrompt) {
    let typed = compose.prompt.editor.text
    compose.prompt.editor.apply(.setText(typed.isEmpty ? taken.text : taken.text + "\n\n" + typed))
    compose.prompt.attachments =
      taken.attachments + compose.prompt.attachments.filter { !taken.attachments.contains($0) }
    if compose.prompt.carried == nil { compose.prompt.carried = taken.carried }
    world.successions += taken.successions
    compose.stage.focus = .prompt
  }
}
