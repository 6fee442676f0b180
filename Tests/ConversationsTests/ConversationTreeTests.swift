import Conversations
import FoundationEssentials
import TestSupport
import Testing

@Suite("The tree of a conversation")
struct ConversationTreeTests {
  /// Exchanges numbered from 1; each follows the one of the number given, 0 for none.
  private func exchanges(_ parents: [Int]) -> [Exchange] {
    parents.enumerated().map { index, parent in
      Sample.exchange(2 * index + 1, "\(index + 1)", id: id(index + 1), after: parent == 0 ? nil : id(parent))
    }
  }

  private func id(_ number: Int) -> UUID {
    Sample.id(number)
  }

  private func numbers(_ exchanges: [Exchange]) -> [Int] { exchanges.compactMap { Int($0.prompt.text) } }

  @Test("A line goes from the first prompt to the one asked for, other branches left out")
  func lines() {
    let tree = ConversationTree(exchanges([0, 1, 2, 2, 4, 1]))
    #expect(numbers(tree.line(to: id(5))) == [1, 2, 4, 5])
    #expect(numbers(tree.line(to: id(3))) == [1, 2, 3])
    #expect(numbers(tree.line(to: id(1))) == [1])
    #expect(tree.line(to: id(99)).isEmpty)
    #expect(numbers(tree.leaves) == [3, 5, 6])
    #expect(numbers(tree.children(of: id(2))) == [3, 4])
    #expect(numbers(tree.children(of: nil)) == [1])
    #expect(numbers(tree.siblings(of: id(6))) == [2, 6])
    #expect(tree.siblings(of: id(99)).isEmpty)
    #expect(tree.parent(of: id(4))?.id == id(2) && tree.parent(of: id(1)) == nil)
  }

  @Test("The newest leaf is that of the newest prompt below, not of the newest fork")
  func newestLeaf() {
    let tree = ConversationTree(exchanges([0, 1, 1, 2, 3, 2]))
    #expect(tree.newestLeaf(below: nil)?.id == id(6))
    #expect(tree.newestLeaf(below: id(1))?.id == id(6))
    #expect(tree.newestLeaf(below: id(3))?.id == id(5))
    #expect(tree.newestLeaf(below: id(5))?.id == id(5))
    #expect(tree.newestLeaf(below: id(99)) == nil)
    #expect(ConversationTree([]).newestLeaf(below: nil) == nil)
  }

  @Test("A model is shown the turns of the line, none of another branch")
  func historyOfALine() {
    let model = ModelReference(provider: "p", name: "a")
    var exchanges = exchanges([0, 1, 1])
    for index in exchanges.indices {
      exchanges[index].replies = [Sample.answer("A\(index + 1)", of: model)]
    }
    let conversation = Sample.conversation(exchanges)
    #expect(conversation.line(to: id(3)).history(for: model).map(\.content) == ["1", "A1", "3", "A3"])
    #expect(conversation.line(to: nil).exchanges.isEmpty)
  }

  @Test("What is shown above an exchange is its line, or all before it where nothing is known of branches")
  func linesThrough() {
    func through(_ number: Int, _ parents: [Int]) -> [Int] {
      numbers(Sample.conversation(exchanges(parents)).line(through: id(number)))
    }
    #expect(through(5, [0, 1, 2, 2, 4, 1]) == [1, 2, 4, 5])
    #expect(through(2, [0, 0, 0]) == [1, 2] && through(3, [0, 0, 0]) == [1, 2, 3])
    // A new beginning among others.
    #expect(through(3, [0, 1, 0]) == [3])
    #expect(through(9, [0, 1]).isEmpty && through(9, [0, 0]).isEmpty && through(1, []).isEmpty)
  }

  @Test("A missing parent, a circle and a prompt stored twice lose no prompt and hang nothing")
  func damage() {
    let lost = ConversationTree(exchanges([0, 77, 2]))
    #expect(numbers(lost.children(of: nil)) == [1, 2])
    #expect(numbers(lost.line(to: id(3))) == [2, 3])

    let circle = ConversationTree(exchanges([4, 1, 2, 3, 3]))
    #expect(numbers(circle.children(of: nil)) == [1])
    #expect(numbers(circle.line(to: id(5))) == [1, 2, 3, 5])

    let own = ConversationTree(exchanges([1, 2]))
    #expect(numbers(own.children(of: nil)) == [1, 2])

    let twice = ConversationTree(exchanges([0, 1]) + exchanges([0, 1]))
    #expect(numbers(twice.children(of: nil)) == [1])
    #expect(numbers(twice.leaves) == [2])
  }

  @Test("Whatever the parents are, every prompt is below a first one exactly once, and lines end")
  func anything() {
    var random = Seeded(7)
    for _ in 0..<300 {
      let count = Int.random(in: 1...12, using: &random)
      let tree = ConversationTree(exchanges((0..<count).map { _ in Int.random(in: 0...count + 1, using: &random) }))
      var reached: [Int] = []
      var open = tree.children(of: nil)
      while let exchange = open.popLast() {
        reached += numbers([exchange])
        open += tree.children(of: exchange.id)
      }
      #expect(reached.sorted() == Array(1...count))
      for exchange in tree.exchanges {
        let line = tree.line(to: exchange.id)
        #expect(line.last?.id == exchange.id)
        let leaf = tree.newestLeaf(below: exchange.id)
        #expect(leaf.map { tree.line(to: $0.id).contains { $0.id == exchange.id } } == true)
      }
    }
  }

  @Test("A line of 10,000 turns is as good as a short one")
  func long() {
    let tree = ConversationTree(exchanges(Array(0..<10_000)))
    #expect(tree.line(to: id(10_000)).count == 10_000)
    #expect(tree.newestLeaf(below: id(1))?.id == id(10_000))
  }
}
