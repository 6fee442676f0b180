import Conversations
import FoundationEssentials
import JSON
@testable import SendEngine

private let model = ConfiguredModel(
  reference: ModelReference(provider: "p", name: "m"), kind: .openai, baseURL: "http://localhost/v1")

private let words = FailureWords(model: model, key: APIKey("sk-secretsecret"))

/// What an answer said, byte by byte: in how many pieces a text came is no matter.
private enum Said: Equatable {
  case text([UInt8])
  case reasoning([UInt8])
  case other(SendEvent)
}

/// An answer cut anywhere means what it means whole, and no more comes out than went in.
@Sendable func fuzzDecoders(_ bytes: [UInt8]) {
  var input = Steered(bytes)
  let kind = input.byte()
  let status = [200, 200, 200, 429, 500, 302][input.byte() % 6]
  let place = input.byte() << 8 | input.byte()
  let data = Array(input.rest)

  func read(_ pieces: [ArraySlice<UInt8>]) -> (said: [Said], size: Int, end: AttemptEnd) {
    let decoder: any StreamDecoder =
      switch kind % 4 {
      case 0: OpenAIDecoder()
      case 1: AnthropicDecoder()
      case 2: GeminiDecoder()
      default: ResponsesDecoder()
      }
    var reader = ResponseReader(words: words, decoder: decoder, maximumEventBytes: 1 << 16)
    reader.receive(ResponseReader.Head(status: status))
    for piece in pieces { Array(piece).withUnsafeBytes { reader.receive($0) } }
    let end = reader.end()
    var said: [Said] = []
    var size = 0
    for event in reader.drain(isFinished: true) {
      switch event {
      case .text(let text):
        size += text.utf8.count
        if case .text(let before) = said.last {
          said[said.count - 1] = .text(before + text.utf8)
        } else {
          said.append(.text(Array(text.utf8)))
        }
      case .reasoning(let text):
        size += text.utf8.count
        if case .reasoning(let before) = said.last {
          said[said.count - 1] = .reasoning(before + text.utf8)
        } else {
          said.append(.reasoning(Array(text.utf8)))
        }
      default: said.append(.other(event))
      }
    }
    return (said, size, end)
  }

  let whole = read([data[...]])
  check(whole.size <= data.count * 3 + 16, "no more comes out than went in")
  // A first blank that comes alone counts in the place that a message about JSON names.
  guard let first = data.first, first > 0x20 else { return }
  let cut = place % (data.count + 1)
  let pieces = read([data[..<cut], data[cut...]])
  check(pieces.said == whole.said && pieces.end == whole.end, "a cut changes nothing")
}

/// What a provider tells besides answers: its list of models, by names that are there and once each, and its limits.
@Sendable func fuzzListings(_ bytes: [UInt8]) {
  if let json = try? JSON(bytes: bytes), let listed = ListedModel.read(json) {
    check(Set(listed.map(\.name)).count == listed.count, "each model is listed once")
    let provider = ConfiguredProvider(name: "p", kind: .openai, baseURL: "http://localhost/v1")
    for model in provider.byInterest(listed) {
      check((model.contextWindow ?? 1) > 0 && (model.price?.input ?? 0) >= 0, "what is told is possible")
      _ = ConfiguredModel(model, of: provider)
    }
  }
  let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
  }
  let limits = RateLimitHeaders(lines, now: Date(timeIntervalSince1970: 1_700_000_000))
  for budget in limits.budgets.values { check(budget.reset >= .zero, "a limit ends later, or has ended") }
}
