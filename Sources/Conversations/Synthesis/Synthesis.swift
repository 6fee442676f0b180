import FoundationEssentials

/// Where a prompt comes from that has one model read the answers of others: which ones, in which order, and how it was
/// asked. Kept with the prompt; the answers themselves go along as its files, without their authors' names.
public struct Synthesis: Hashable, Sendable {
  /// An answer as the reader is shown it.
  public struct Source: Hashable, Sendable {
    /// `A`, `B` and so on, dealt out at random so that no author is known by a place.
    public var label: String
    public var reply: UUID
    public var model: ModelReference
    public var attempt: Int

    public init(label: String, reply: UUID, model: ModelReference, attempt: Int) {
      self.label = label
      self.reply = reply
      self.model = model
      self.attempt = attempt
    }
  }

  /// A ``SynthesisWay``'s name, or that of a template in the templates folder.
  public var template: String
  /// In the order of their labels.
  public var sources: [Source]
  /// The models whose answers had not ended, or had no text.
  public var leftOut: [ModelReference]

  public init(template: String, sources: [Source], leftOut: [ModelReference] = []) {
    self.template = template
    self.sources = sources
    self.leftOut = leftOut
  }

  /// The name of the file that an answer goes along as.
  public static func fileName(_ label: String) -> String { "Answer \(label)" }

  /// `A`, …, `Z`, `AA`, …
  public static func label(_ index: Int) -> String {
    let letter = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index % 26)))
    return index < 26 ? letter : label(index / 26 - 1) + letter
  }

  /// Who wrote what: `A gpt-5.1 · B claude-sonnet-4.5`.
  public var legend: String { sources.map { "\($0.label) \($0.model.name)" }.joined(separator: " · ") }

  /// What a reader wrote, with each author's name behind every `Answer A` and in place of the labels in parentheses at
  /// a point's end, such as `(A, C)`. A text that has the names already stays as it is.
  public func named(_ text: String) -> String {
    var named = ""
    var rest = text[...]
    while let start = rest.firstIndex(where: { $0 == "A" || $0 == "(" }) {
      named += rest[..<start]
      rest = rest[start...]
      if let (words, end) = answer(rest) ?? list(rest) {
        named += words
        rest = rest[end...]
      } else {
        named.append(rest.removeFirst())
      }
    }
    return named + rest
  }

  /// `Answer B` at the beginning of the text, with its author's name.
  private func answer(_ text: Substring) -> (words: String, end: Substring.Index)? {
    let prefix = "Answer "
    guard text.hasPrefix(prefix) else { return nil }
    let label = text.dropFirst(prefix.count).prefix { $0.isASCII && $0.isUppercase }
    let next = text[label.endIndex...].first
    guard let model = model(label), next.map({ !$0.isLetter && !$0.isNumber }) ?? true else { return nil }
    guard !text[label.endIndex...].hasPrefix(" (\(model.name))") else { return nil }
    return ("\(prefix)\(label) (\(model.name))", label.endIndex)
  }

  /// `(A, C)` at the beginning of the text, with the authors' names for the labels.
  private func list(_ text: Substring) -> (words: String, end: Substring.Index)? {
    guard text.first == "(", let end = text.firstIndex(of: ")") else { return nil }
    let labels = text[text.index(after: text.startIndex)..<end].split(separator: ",").map { part in
      part.drop(while: \.isWhitespace)
    }
    let models = labels.compactMap(model)
    guard !labels.isEmpty, models.count == labels.count else { return nil }
    return ("(" + models.map(\.name).joined(separator: ", ") + ")", text.index(after: end))
  }

  private func model(_ label: some StringProtocol) -> ModelReference? {
    sources.first { $0.label == label }?.model
  }
}

extension Conversation {
  /// See ``Exchange/nameSources()``.
  public mutating func nameSources() {
    for index in exchanges.indices { exchanges[index].nameSources() }
  }
}

extension Exchange {
  /// Puts the authors' names back into answers that read others, once they have ended.
  public mutating func nameSources() {
    guard let synthesis = prompt.synthesis else { return }
    for index in replies.indices where replies[index].state.isFinal {
      replies[index].text = synthesis.named(replies[index].text)
    }
  }

  /// The answers that can be read by another model, the newest attempt of each model; and the models that have none.
  public var readable: (answers: [Reply], leftOut: [ModelReference]) {
    let newest = ReplayTimeline.newest(of: self)
    let answers = newest.filter { $0.state.isFinal && !$0.text.allSatisfy(\.isWhitespace) }
    return (answers, newest.map(\.model).filter { model in !answers.contains { $0.model == model } })
  }
}
