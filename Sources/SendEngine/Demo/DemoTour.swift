/// The tour of Fiedler that the demo models give: which part a prompt is answered with, and in whose voice.
struct DemoTour: Hashable {
  /// A part of the tour; prompts without a word that chooses get one after the other, in this order.
  enum Part: CaseIterable {
    case watching, history, models, comparing
  }

  enum Voice: CaseIterable {
    /// Says it in a few points.
    case quick
    /// Goes through it step by step.
    case steady
    /// Reasons first; knows tables, code and formulas.
    case thinker
    /// Has failed before it answers, and tells what that was.
    case flaky
  }

  let part: Part
  let voice: Voice
  /// The prompt's first words.
  let topic: String

  /// `prompts` are those of the conversation as the models see them, the one to answer last.
  init(voice: Voice, prompts: [String]) {
    self.voice = voice
    // Words in an attached file choose nothing.
    let question = Self.question(prompts.last ?? "")
    part = Self.part(named: question) ?? Part.allCases[max(0, prompts.count - 1) % Part.allCases.count]
    topic = PlainWords.line(question, limit: 60)
  }

  /// What it thinks first; empty for all but the thinker.
  var reasoning: String {
    guard voice == .thinker else { return "" }
    return DemoTourTexts.reasoning(part)
      + "\nI cannot answer that: I am built in and know nothing but Fiedler. So I say "
      + "that, and show it.\n"
  }

  /// The answer, in Markdown.
  var text: String {
    let about = topic.isEmpty ? "that" : "“\(topic)”"
    return Self.opening(voice, about) + "\n\n" + DemoTourTexts.text(part, voice)
  }

  private static func opening(_ voice: Voice, _ about: String) -> String {
    switch voice {
    case .quick: "**A demo model answers**: I cannot speak of \(about), but I can show you around."
    case .steady: "On \(about) a real model would have more to say. I show you around, a step at a time."
    case .thinker: "I thought about \(about) and found that I know only Fiedler itself. This is how it works."
    case .flaky: "Sorry for the wait. Of \(about) I know nothing; of failing I know all."
    }
  }

  private static func question(_ prompt: String) -> String {
    guard let files = prompt.firstRange(of: "\n\n===== BEGIN FILE: ") else { return prompt }
    return String(prompt[..<files.lowerBound])
  }

  /// The part that a word of the question asks for; of several words the first decides.
  private static func part(named question: String) -> Part? {
    let words = question.lowercased().split { !$0.isLetter }
    return words.lazy.compactMap { word in chosenBy.first { $0.words.contains(String(word)) }?.part }.first
  }

  private static let chosenBy: [(part: Part, words: Set<String>)] = [
    (.watching, ["help", "hilfe", "keys", "panes", "pane", "watch", "zoom", "scroll", "tour"]),
    (.history, ["history", "replay", "search", "find", "yesterday", "earlier", "kept", "export", "import"]),
    (.models, ["key", "provider", "providers", "model", "models", "openai", "anthropic", "gemini", "ollama", "price"]),
    (.comparing, ["compare", "comparing", "diff", "differ", "difference", "branch", "branches", "versus"]),
  ]
}
