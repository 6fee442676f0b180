import Canvas
import Conversations
import FoundationEssentials

/// A prompt that was sent while answers still streamed: it goes out when they have ended.
struct QueuedPrompt: Sendable {
  var text: String
  var system: String?
  var attachments: [AttachedFile]
  var carried: PromptState.Carried?
  var models: [ModelReference]
  /// `nil` while the prompt before it has yet to begin one.
  var conversation: UUID?
}

extension AppState {
  /// Takes the prompt out of the editor, to be sent later.
  mutating func queue(_ text: String) {
    queued.append(
      QueuedPrompt(
        text: text, system: prompt.system, attachments: prompt.attachments, carried: prompt.carried,
        models: chosenModels, conversation: world.live.conversation?.id))
    _ = prompt.editor.submit()
    prompt.attachments = []
    prompt.carried = nil
    prompt.completion = nil
    prompt.template = nil
    let back = keyMap.name(of: .close, in: [.prompt]).map { "; \($0) takes it back" } ?? ""
    show("Sent once the answers have ended\(back)")
  }

  /// Sends the first prompt that waits, if its conversation's answers have ended.
  mutating func sendQueued() -> [Effect] {
    guard let first = queued.first, pendingSend == nil else { return [] }
    let parent: UUID?
    if first.conversation == world.live.conversation?.id {
      // A branch that is being planned is decided first.
      guard !world.isLive, branches.plan == nil else { return [] }
      parent = world.live.conversation?.exchanges.last?.id
    } else if let other = world.others.first(where: { $0.id == first.conversation }) {
      guard !world.isRunning(other) else { return [] }
      parent = other.exchanges.last?.id
    } else {
      show("A prompt that waited has no conversation any more: it stands in the prompt again", .warning)
      unqueue()
      return []
    }
    queued.removeFirst()
    pendingSend = PendingSend(
      text: first.text, system: first.system, attachments: first.attachments, carried: first.carried,
      conversation: first.conversation, tip: parent, plan: nil)
    return [
      .send(
        SendDraft(
          conversation: first.conversation, parent: parent, text: first.text, system: first.system,
          attachmentPaths: first.attachments.map(\.path), attachmentsFrom: first.carried?.from, models: first.models))
    ]
  }

  /// Puts the prompt that was queued last back into the editor, before what has been typed since.
  mutating func takeBackQueued() -> [Effect] {
    guard let last = queued.popLast() else { return [] }
    put(back: last)
    return refreshCompletion()
  }

  /// Puts all that waits back into the editor.
  mutating func unqueue() { while let last = queued.popLast() { put(back: last) } }

  private mutating func put(back taken: QueuedPrompt) {
    let typed = prompt.editor.text
    prompt.editor.apply(.setText(typed.isEmpty ? taken.text : taken.text + "\n\n" + typed))
    prompt.attachments = taken.attachments + prompt.attachments.filter { !taken.attachments.contains($0) }
    if prompt.carried == nil { prompt.carried = taken.carried }
    world.live.focus = .prompt
  }
}
