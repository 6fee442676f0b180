import ConversationStore
import Conversations
import FoundationEssentials
import TestSupport
import Testing

@Suite("Writes that come at once") struct CommonCommitTests {
  @Test("Each is stored whole, and one that cannot be is alone in that") func together() async throws {
    let directory = try TemporaryDirectory()
    let store = try ConversationStore(directory: directory.path)
    let outcomes = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
      for number in 0..<100 {
        group.addTask {
          var prompt = Prompt(
            id: Sample.id(1000 + number), turnNumber: 0, text: "Number \(number)", models: [Sample.model("a")],
            sentAt: Sample.date)
          // Every tenth follows a prompt that there is not.
          if number % 10 == 0 { prompt.parent = Sample.id(1) }
          let reply = Reply(id: Sample.id(2000 + number), model: Sample.model("a"), startedAt: Sample.date)
          do throws(StoreError) {
            let stored = try await store.begin(
              Exchange(prompt: prompt, replies: [reply]), in: Sample.id(3000 + number), title: "\(number)",
              createdAt: Sample.date)
            return (number, stored.turnNumber == 1)
          } catch {
            guard case .notFound = error else { throw error }
            return (number, false)
          }
        }
      }
      return try await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
    }
    #expect(outcomes.filter { !$0.value }.keys.sorted() == Array(stride(from: 0, to: 100, by: 10)))
    for number in 0..<100 {
      let kept = try await store.conversation(Sample.id(3000 + number))
      #expect((kept != nil) == (number % 10 != 0))
      #expect(kept?.exchanges.map(\.prompt.text) ?? ["Number \(number)"] == ["Number \(number)"])
    }
  }
}
