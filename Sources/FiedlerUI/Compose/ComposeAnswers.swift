import Basics
import Canvas
import Conversations

extension ComposeScreen {
  /// What the shell answers to prompt and panes, and tells of the conversation they show.
  mutating func take(_ message: Message, isShown: Bool, _ world: inout World) -> [Effect] {
    switch message {
    case .conversationLoaded(let conversation): showFromDesk(conversation, &world)
    case .sendStarted(let exchange, let conversation):
      let isNew = world.conversation == nil
      begin(exchange, in: conversation, &world)
      if isNew, let conversation = world.conversation { return [.title(conversation.title)] }
    case .sendFailed(let why):
      restore(because: why, &world)
      // What was to follow it makes no sense without it.
      unqueue(&world)
    case .retryStarted(let prompt, let reply):
      world.sendStarts[reply.id] = world.now
      beginRetry(of: prompt, reply, &world)
    case .beganElsewhere(let exchange, let conversation): began(elsewhere: exchange, in: conversation, &world)
    case .retriedElsewhere(let prompt, let reply): beginRetry(of: prompt, reply, &world)
    case .verdictsChanged(let prompt, let verdicts): judged(prompt, verdicts, &world)
    case .modelsFailed(let why): return modelsBecameKnown(problem: why, &world)
    case .draftFound(let draft): return takeUp(draft, &world)
    case .arrangementLoaded(let arrangement): arrange(arrangement, &world)
    case .attachmentsRead(let files): attached(files, isShown: isShown, &world)
    case .mentionsChecked(let mentions): return take(mentions, &world)
    case .completions(let token, let paths): completed(token, paths)
    case .edited(.success(let text)):
      prompt.editor.apply(.setText(text.last?.isNewline == true ? String(text.dropLast()) : text))
      focus = .prompt
      return refreshCompletion()
    case .editorKeysChosen(let keys): prompt.editor.keys = keys
    case .promptHistory(let earlier): prompt.editor.history = earlier
    default: break
    }
    return []
  }
}
