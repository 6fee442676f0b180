@testable import Conversations
import FoundationEssentials
import Glibc
@testable import Interchange
import JSON

/// Any recording, text and times: the replay goes on, ends, and ends with the text.
@Sendable func fuzzReplay(_ bytes: [UInt8]) {
  var input = Steered(bytes)
  let state = ReplyState.allCases[input.byte() % ReplyState.allCases.count]
  let times = (input.byte(), input.byte())
  let length = input.byte() % 64
  let text = String(decoding: input.rest.prefix(length), as: UTF8.self)
  guard let recording = try? Recording(bytes: Array(input.rest.dropFirst(length))) else { return }
  func time(_ byte: Int) -> Duration? {
    switch byte {
    case 0..<32: nil
    case 32..<64: .microseconds(Int64.max)
    case 64..<96: .microseconds(Int64.min)
    case 96..<128: .zero
    default: .milliseconds(byte * 20)
    }
  }
  let reply = Reply(
    id: UUID(), model: ModelReference(provider: "p", name: "m"), state: state, text: text,
    startedAt: Date(timeIntervalSince1970: 0), timeToFirstToken: time(times.0), duration: time(times.1),
    recording: recording)
  let timeline = ReplayTimeline([reply])
  var built = Reply(id: reply.id, model: reply.model, startedAt: reply.startedAt)
  var moment: Duration?
  var steps = 0
  while steps < 300, let next = timeline.nextTime(after: moment) {
    check(moment.map { next > $0 } ?? true, "time goes on")
    for event in timeline.events(after: moment, through: next) { built.apply(event.event, at: event.at) }
    _ = (timeline.reply(reply.id, at: next), timeline.arrivals(of: reply.id, at: next))
    moment = next
    steps += 1
  }
  if state.isFinal, steps < 300 { check(built.text == text, "the end of a replay is the answer") }
}

/// What other programs export, changed in any way: read or refused, and what is read can be written and read again.
@Sendable func fuzzImports(_ bytes: [UInt8]) {
  guard let json = try? JSON(bytes: bytes) else { return }
  for element in json.array ?? [json] {
    guard
      let tree = try? ForeignConversation.tree(element, ExportedFiles(beside: "/nowhere/conversations.json")),
      let conversation = tree.conversation(models: { ModelReference(provider: "p", name: $0) })
    else { continue }
    check((try? ConversationJSON.conversation(ConversationJSON.json(conversation))) != nil, "what is written is read")
    _ = ReplayTimeline(conversation.exchanges.flatMap(\.replies)).duration
  }
}

/// A file without a name, which the readers of files open again by its number.
private let nameless: CInt = {
  let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  let path = "\(folder)/fiedler-fuzz.\(getpid())"
  let file = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
  guard file >= 0, unlink(path) == 0 else { fatalError("no file can be made in \(folder)") }
  return file
}()

/// A session of a coding agent, changed in any way: whatever its lines are, what was said is kept and can be written.
@Sendable func fuzzSessions(_ bytes: [UInt8]) {
  guard ftruncate(nameless, 0) == 0, pwrite(nameless, bytes, bytes.count, 0) == bytes.count else {
    fatalError("the file cannot be written")
  }
  let kinds = Set([SessionFile.kind(of: bytes), .claudeCode, .codex].compactMap(\.self))
  for kind in kinds {
    let item = SessionFile.item("/proc/self/fd/\(nameless)", kind) { ModelReference(provider: "p", name: $0) }
    guard case .success(let conversation) = item.result else { continue }
    check(!conversation.exchanges.isEmpty, "somebody says something in a conversation")
    check((try? ConversationJSON.conversation(ConversationJSON.json(conversation))) != nil, "what is written is read")
  }
}
