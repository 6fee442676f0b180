// A Fiedler reduced to its use of the history, for tests that need a second process or one to kill.
//
//   StoreProbe stream <directory> <conversation> <replies>   streams "0 1 2 3 ..." into each reply until it is killed
//   StoreProbe turns <directory> <conversation> <sends>      sends and answers so many prompts one after another
//   StoreProbe handover <directory> <conversation> <replies> streams into each reply and ends one after another, 20 ms
//                                                            apart; prints how many nanoseconds each hand-over took
//                                                            its caller, as {"text": [...], "ends": [...], "records":
//                                                            [...]}; the last are ordinary log records

import ConversationStore
import Conversations
import FoundationEssentials
import Glibc
import GodotLog

let arguments = CommandLine.arguments
guard arguments.count == 5, let conversation = UUID(uuidString: arguments[3]), let count = Int(arguments[4]) else {
  print("usage: StoreProbe stream|turns|handover <directory> <conversation> <count>")
  exit(2)
}

let store = try ConversationStore(directory: arguments[2])

func begin(replies: Int) async throws -> [Reply] {
  let models = (0..<replies).map { ModelReference(provider: "probe", name: "model-\($0)") }
  let replies = models.map { Reply(id: UUID(), model: $0, startedAt: Date()) }
  let prompt = Prompt(id: UUID(), turnNumber: 0, text: "count", models: models, sentAt: Date())
  try await store.begin(
    Exchange(prompt: prompt, replies: replies), in: conversation, title: "count", createdAt: Date())
  return replies
}

switch arguments[1] {
case "stream":
  let replies = try await begin(replies: count)
  let recorder = ReplyRecorder(replies, in: store) { print("failed: \($0)") }
  let clock = ContinuousClock()
  let start = clock.now
  for number in 0... {
    recorder.receive(replies.map { ReplyEvent(reply: $0.id, at: clock.now - start, event: .text("\(number) ")) })
    try await clock.sleep(for: .milliseconds(1))
  }
case "handover":
  let replies = try await begin(replies: count)
  let recorder = ReplyRecorder(replies, in: store) { print("failed: \($0)") }
  let sink = GodotLogSink(database: store.database, onCommit: {})
  let clock = ContinuousClock()
  let start = clock.now
  func time(_ body: (ContinuousClock.Instant) -> Void) -> String {
    let begin = clock.now
    body(begin)
    return String((begin.duration(to: clock.now) / .nanoseconds(1)).rounded())
  }
  func handOver(_ event: SendEvent, to reply: Reply) -> String {
    time { now in recorder.receive([ReplyEvent(reply: reply.id, at: now - start, event: event)]) }
  }
  var (text, ends, records): ([String], [String], [String]) = ([], [], [])
  for ended in replies {
    for reply in replies {
      text.append(handOver(.text("word "), to: reply))
      records.append(
        time { _ in
          sink.log(LogRecord(component: "probe", level: .info, message: "handed over", traceID: ended.id))
        })
    }
    ends.append(handOver(.finished(.stop), to: ended))
    try await clock.sleep(for: .milliseconds(20))
  }
  // What is not stored yet is none of this probe's business.
  let lists = [("text", text), ("ends", ends), ("records", records)]
  print("{\(lists.map { "\"\($0)\": [\($1.joined(separator: ","))]" }.joined(separator: ", "))}")
  fflush(nil)
  _exit(0)
default:
  for number in 0..<count {
    var reply = try await begin(replies: 1)[0]
    reply.apply(.text("answer \(number)"), at: .milliseconds(1))
    reply.apply(.finished(.stop), at: .milliseconds(2))
    _ = try await store.finish(reply)
  }
}
