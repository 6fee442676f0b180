import Conversations
import FoundationEssentials

/// What a send would take of one model, roughly.
struct Estimate: Hashable, Sendable {
  /// The earlier turns included.
  var tokens: Int
  /// In tokens, if known.
  var window: Int?
  /// For reading the prompt, if the model has a price.
  var cost: Double?

  var isTooLong: Bool { window.map { tokens > $0 } ?? false }

  /// Whether an answer may not fit any more.
  var isNearlyTooLong: Bool { window.map { tokens * 10 > $0 * 9 } ?? false }

  /// `12 % of 128k`, from a tenth on; with a warning where hardly anything is left.
  var tellingShare: String? {
    guard let window, tokens * 10 >= window else { return nil }
    return (isNearlyTooLong ? "⚠ " : "") + "\(share ?? "") of \(Figures.window(window))"
  }

  private var share: String? {
    window.map { window in
      let percent = Int((Double(tokens) * 100 / Double(max(1, window))).rounded())
      return percent < 1 ? "<1 %" : "\(Figures.count(percent)) %"
    }
  }
}

/// What the models are shown of earlier turns: counted once for all turns but the last, whose answers may still come.
struct TurnSizes: Sendable {
  /// The turns that are counted.
  private var counted = 0
  private var last: UUID?
  /// Of each model that was asked in them.
  private var bytes: [ModelReference: Int] = [:]

  /// Counts `turns`, unless they are counted: a turn that another follows does not change any more.
  mutating func count(_ turns: ArraySlice<Exchange>) {
    guard turns.count != counted || turns.last?.id != last else { return }
    if counted == 0 || counted >= turns.count || turns[turns.startIndex + counted - 1].id != last {
      counted = 0
      bytes = [:]
    }
    for turn in turns.dropFirst(counted) {
      for (model, size) in Self.sizes(of: turn) { bytes[model, default: 0] += size }
    }
    counted = turns.count
    last = turns.last?.id
  }

  /// UTF-8 bytes of what a model will be shown of the counted turns and of the one after them; `nil` if it was never
  /// asked.
  func bytes(for model: ModelReference, and turn: Exchange?) -> Int? {
    var newest: Int?
    for reply in turn?.replies ?? [] where reply.model == model {
      newest = reply.text.isEmpty ? newest ?? 0 : reply.text.utf8.count + (turn?.prompt.estimatedUTF8Count ?? 0)
    }
    return bytes[model] == nil && newest == nil ? nil : (bytes[model] ?? 0) + (newest ?? 0)
  }

  /// As ``Conversation/history(for:by:)`` has it for a model that has taken others' places.
  static func bytes(of turns: ArraySlice<Exchange>, for model: ModelReference, by successions: [Succession]) -> Int {
    var authors = [model]
    authors.inherit(successions)
    return turns.reversed().reduce(0) { sum, turn in
      let answer = turn.answer(of: authors)
      authors.inherit(turn.prompt.successions)
      return sum + (answer.map { $0.text.utf8.count + turn.prompt.estimatedUTF8Count } ?? 0)
    }
  }

  /// As ``Conversation/history(for:by:)`` has it, for each model that was asked.
  private static func sizes(of turn: Exchange) -> [ModelReference: Int] {
    var sizes: [ModelReference: Int] = [:]
    var prompt: Int?
    for reply in turn.replies {
      guard !reply.text.isEmpty else {
        sizes[reply.model] = sizes[reply.model] ?? 0
        continue
      }
      let size = prompt ?? turn.prompt.estimatedUTF8Count
      prompt = size
      sizes[reply.model] = size + reply.text.utf8.count
    }
    return sizes
  }
}

extension PromptState {
  /// Tokens that the prompt and its files will take, roughly.
  var estimatedTokens: Int {
    let files = files.reduce(0) { $0 + $1.estimatedBytes + 2 * $1.name.utf8.count + 48 }
    return TokenEstimate.tokens(inUTF8Bytes: editor.utf8Count + files + (system?.utf8.count ?? 0))
  }
}

extension ComposeScreen {
  /// Keeps ``PromptState/turnSizes`` those of the turns that the next prompt follows.
  mutating func settleTurnSizes(_ world: World) { prompt.turnSizes.count(world.promptedTurns.dropLast()) }

  /// Tokens that a send would put before a model, its earlier turns included.
  func estimatedTokens(for model: ModelReference, _ world: World) -> Int {
    let turns = turnBytes(for: model, world) ?? 0
    return prompt.estimatedTokens + TokenEstimate.tokens(inUTF8Bytes: turns)
  }

  /// Whether a model was never asked on this line: it will be shown the new prompt alone, as it has no answers of its
  /// own.
  func isNewHere(_ model: ModelReference, _ world: World) -> Bool {
    !world.promptedTurns.isEmpty && turnBytes(for: model, world) == nil
  }

  /// UTF-8 bytes of what a model will be shown of the turns before; `nil` if it neither was asked nor takes the place
  /// of one that was.
  private func turnBytes(for model: ModelReference, _ world: World) -> Int? {
    var authors = [model]
    authors.inherit(world.successions)
    for turn in world.promptedTurns.reversed() { authors.inherit(turn.prompt.successions) }
    guard authors.count > 1 else { return prompt.turnSizes.bytes(for: model, and: world.promptedTurns.last) }
    return TurnSizes.bytes(of: world.promptedTurns, for: model, by: world.successions)
  }

  func estimate(for model: ModelReference, _ world: World) -> Estimate {
    let tokens = estimatedTokens(for: model, world)
    let choice = world.choice(model)
    return Estimate(
      tokens: tokens, window: choice?.contextWindow,
      cost: choice?.price.map { Double(tokens) * $0.input / 1_000_000 })
  }

  /// Whether there is something to estimate.
  var showsEstimates: Bool { !prompt.editor.isEmpty || !prompt.files.isEmpty }

  /// What is said under the prompt where it, with the turns before, is too long for a chosen model.
  func windowWarning(_ world: World) -> String? {
    let tooSmall = world.recipients.map { ($0, estimate(for: $0, world)) }.filter(\.1.isTooLong)
    guard let (first, estimate) = tooSmall.first else { return nil }
    guard tooSmall.count == 1, let window = estimate.window else {
      return "⚠ too long for \(tooSmall.map { world.label($0.0) }.joined(separator: ", "))"
    }
    return "⚠ \(world.label(first)) holds \(Figures.window(window)) tok, this is ~\(Figures.count(estimate.tokens))"
  }

  /// What the models with a price take for reading the prompt; `nil` if none has one.
  func estimatedCost(_ world: World) -> Double? {
    let costs = world.recipients.compactMap { estimate(for: $0, world).cost }
    return costs.isEmpty ? nil : costs.reduce(0, +)
  }
}
