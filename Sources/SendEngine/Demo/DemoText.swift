import Basics

/// An answer token by token: a part of the tour, or made-up Markdown, which is the same for the same model, prompt and
/// seed and different for any other.
struct DemoText {
  struct Token: Hashable {
    var text: String
    var isReasoning: Bool
  }

  private let model: DemoModel
  private let topic: String
  private var random: SplitMix64
  private var queue: [Token] = []
  private var position = 0
  private var blocksLeft: Int
  private var tokensLeft: Int
  private var section = 0

  init(model: DemoModel, prompt: String, questions: [String], seed: UInt64) {
    self.model = model
    random = SplitMix64(state: Self.hash(model.name + "\u{0}" + prompt) ^ seed)
    topic = Self.topic(of: prompt)
    blocksLeft = model.length == nil ? 8 + random.below(6) : .max
    tokensLeft = model.length ?? .max
    if let voice = model.voice {
      blocksLeft = 0
      let tour = DemoTour(voice: voice, prompts: questions)
      enqueue(tour.reasoning, isReasoning: true)
      enqueue(tour.text + "\n")
      return
    }
    enqueue("Here is how I read it: \(topic)\n\n")
  }

  /// The next token, or `nil` at the end.
  mutating func next() -> Token? {
    guard tokensLeft > 0 else { return nil }
    while position == queue.count {
      guard blocksLeft > 0 else { return nil }
      queue.removeAll(keepingCapacity: true)
      position = 0
      blocksLeft -= 1
      writeBlock()
    }
    defer { position += 1 }
    tokensLeft -= 1
    return queue[position]
  }

  // MARK: Blocks of Markdown

  private mutating func writeBlock() {
    switch random.below(10) {
    case 0, 1:
      section += 1
      enqueue("## \(section). \(random.pick(Self.headings))\n\n")
      enqueue(paragraph() + "\n\n")
    case 2, 3: enqueue(list() + "\n")
    case 4: enqueue("```\(random.pick(Self.code))\n```\n\n")
    case 5: enqueue("> \(random.pick(Self.quotes))\n\n")
    case 6: enqueue("\(random.pick(Self.elsewhere)) \(sentence())\n\n")
    default: enqueue(paragraph() + "\n\n")
    }
  }

  private mutating func list() -> String {
    let isNumbered = random.below(2) == 0
    var out = ""
    for number in 1...(3 + random.below(3)) {
      out += "\(isNumbered ? "\(number)." : "-") **\(random.pick(Self.subjects))**: \(sentence())\n"
    }
    return out
  }

  private mutating func paragraph() -> String {
    var sentences: [String] = []
    for _ in 0..<(2 + random.below(3)) { sentences.append(sentence()) }
    return sentences.joined(separator: " ")
  }

  private mutating func sentence() -> String {
    let words = [
      random.pick(Self.openings), random.pick(Self.subjects), random.pick(Self.verbs), random.pick(Self.objects),
      random.pick(Self.endings),
    ]
    return words.joined(separator: " ") + "."
  }

  // MARK: Tokens

  /// Cuts text as tokenizers roughly do: a word with the blank before it, long words in halves, other scripts
  /// by the character, line ends alone.
  private mutating func enqueue(_ text: String, isReasoning: Bool = false) {
    var token = ""
    func flush(_ queue: inout [Token]) {
      if !token.isEmpty { queue.append(Token(text: token, isReasoning: isReasoning)) }
      token = ""
    }
    for character in text {
      if character.isNewline || !character.isASCII {
        flush(&queue)
        queue.append(Token(text: String(character), isReasoning: isReasoning))
      } else {
        if character == " " || token.utf8.count >= 8 { flush(&queue) }
        token.append(character)
      }
    }
    flush(&queue)
  }

  private static func topic(of prompt: String) -> String {
    let line = PlainWords.line(prompt.split(separator: "user: ").last.map(String.init) ?? prompt, limit: 60)
    return line.isEmpty ? "nothing in particular." : "“\(line)”"
  }

  /// FNV-1a, 64 bits.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private static let headings = ["Findings", "What changes", "Trade-offs", "An example", "Next steps", "In short"]
  private static let openings = [
    "In practice", "First of all,", "Under load,", "As written,", "On a slow link,", "Most of the time",
    "After a restart,", "To be fair,",
  ]
  private static let subjects = [
    "the retry loop", "a shared buffer", "the parser", "every open stream", "the oldest entry", "one small cache",
    "the second reader", "a stale index",
  ]
  private static let verbs = [
    "holds on to", "waits for", "quietly replaces", "should never block", "depends on", "is cheaper than",
    "hands over", "measures",
  ]
  private static let objects = [
    "the first token", "what the caller sees", "`deadline - now`", "its own clock", "a page of results",
    "the last good state", "*bounded* memory", "the next frame",
  ]
  private static let endings = [
    "before anything is drawn", "even when nobody looks", "and that is fine", "unless the clock jumps",
    "so a test can show it", "within one tick", "which is easy to get wrong", "twice a second at most",
  ]
  private static let quotes = [
    "Make it work, make it right, make it fast.", "What is not measured is only hoped for.",
    "A queue without a bound is a leak with manners.",
  ]
  private static let elsewhere = [
    "并发并不等于并行。", "つまり、待たないことが大切です。", "동시에, 그러나 서로를 기다리지 않고.", "Das gilt für Größe und Maß.",
    "Good news 🎉:", "Careful ⚠️ here 👩‍💻:",
  ]
  private static let code = [
    "swift\nfunc backoff(_ attempt: Int) -> Duration {\n  min(.seconds(20), .milliseconds(500) * (1 << attempt))\n}",
    "python\ndef chunks(data, size):\n    for start in range(0, len(data), size):\n        yield data[start:start + size]",
    "sh\ncurl -N https://api.example.com/v1/stream | head -n 20",
  ]
}

extension SplitMix64 {
  fileprivate mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
  fileprivate mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
