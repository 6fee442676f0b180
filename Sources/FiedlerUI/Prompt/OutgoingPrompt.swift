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

extension ComposeScreen {
  /// Takes what is written out of the editor, for the models that are asked.
  mutating func takeWritten(_ text: String, _ world: inout World) -> OutgoingPrompt {
    let asked = world.recipients
    let written = OutgoingPrompt(
      text: text, system: prompt.system, attachments: prompt.attachments, carried: prompt.carried, models: asked,
      options: prompt.options, successions: world.takeSuccessions(of: asked))
    world.settleRecipients()
    _ = prompt.editor.submit()
    prompt.attachments = []
    prompt.carried = nil
    prompt.completion = nil
    prompt.template = nil
    return written
  }

  /// Takes the prompt out of the editor, to be sent later.
  mutating func queue(_ text: String, _ world: inout World) {
    var waiting = takeWritten(text, &world)
    waiting.conversation = world.conversation?.id
    queued.append(waiting)
    let back = world.keyMap.name(of: .close, in: [.prompt]).map { "; \($0) takes it back" } ?? ""
    world.show("Sent once the answers have ended\(back)")
  }

  /// Sends the first prompt that waits, if its conversation's answers have ended.
  mutating func sendQueued(_ world: inout World) -> [Effect] {
    guard var first = queued.first, pendingSend == nil else { return [] }
    if first.conversation == world.conversation?.id {
      // A branch that is being planned is decided first.
      guard !world.isLive, world.branches.plan == nil else { return [] }
      first.parent = world.conversation?.exchanges.last?.id
    } else if let other = world.others.first(where: { $0.id == first.conversation }) {
      guard !world.isRunning(other) else { return [] }
      first.parent = other.exchanges.last?.id
    } else {
      world.show("A prompt that waited has no conversation any more: it stands in the prompt again", .warning)
      unqueue(&world)
      return []
    }
    queued.removeFirst()
    first.tip = first.parent
    pendingSend = first
    return [.send(first.draft)]
  }

  /// Puts the prompt that was queued last back into the editor, before what has been typed since.
  mutating func takeBackQueued(_ world: inout World) -> [Effect] {
    guard let last = queued.popLast() else { return [] }
    put(back: last, &world)
    return refreshCompletion()
  }

  /// Puts all that waits back into the editor.
  mutating func unqueue(_ world: inout World) { while let last = queued.popLast() { put(back: last, &world) } }

  private mutating func put(back taken: OutgoingPrompt, _ world: inout World) {
    let typed = prompt.editor.text
    prompt.editor.apply(.setText(typed.isEmpty ? taken.text : taken.text + "\n\n" + typed))
    prompt.attachments = taken.attachments + prompt.attachments.filter { !taken.attachments.contains($0) }
    if prompt.carried == nil { prompt.carried = taken.carried }
    world.successions += taken.successions
    stage.focus = .prompt
  }
}
