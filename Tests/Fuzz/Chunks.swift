import Conversations
import JSON
@testable import SendEngine

/// A chunk that is decoded without being read as a value means what it means when it is.
@Sendable func fuzzChunks(_ bytes: [UInt8]) {
  bytes.withUnsafeBytes { raw in
    var (quick, thorough) = (OpenAIDecoder(), OpenAIDecoder())
    var (told, understood) = (StreamOutput(), StreamOutput())
    guard quick.decodePlain(raw, into: &told) else { return }
    guard let json = try? JSON(raw) else { return check(false, "what is decoded is JSON") }
    // Of a key that is there twice one counts, and which one is nobody's business.
    var scanner = JSONScanner(raw)
    guard hasPlainKeys(&scanner) else { return }
    thorough.decode(WireChunk(json: json, bytes: raw), into: &understood)
    told.finish()
    understood.finish()
    let (one, other) = (told.drain(isFinished: true), understood.drain(isFinished: true))
    check(texts(one) == texts(other), "the same texts")
    check(one.filter { !$0.isText } == other.filter { !$0.isText }, "the same besides")
    check(
      told.ending == understood.ending && told.toolCalls == understood.toolCalls && told.failure == understood.failure,
      "the same end")
  }
}

/// The answer and the reasoning, byte by byte.
private func texts(_ events: [SendEvent]) -> [[UInt8]] {
  var (text, reasoning): ([UInt8], [UInt8]) = ([], [])
  for event in events {
    if case .text(let piece) = event { text += piece.utf8 }
    if case .reasoning(let piece) = event { reasoning += piece.utf8 }
  }
  return [text, reasoning]
}

extension SendEvent {
  fileprivate var isText: Bool {
    switch self {
    case .text, .reasoning: true
    default: false
    }
  }
}

/// Each key is written without escapes, and once.
private func hasPlainKeys(_ scanner: inout JSONScanner) -> Bool {
  var inside = scanner
  if inside.enterObject() {
    var keys: Set<[UInt8]> = []
    while let key = inside.nextKey() {
      guard let plain = key.plain, keys.insert(Array(plain)).inserted, hasPlainKeys(&inside) else { return false }
    }
    scanner = inside
    return true
  }
  inside = scanner
  if inside.enterArray() {
    while inside.nextElement() {
      guard hasPlainKeys(&inside) else { return false }
    }
    scanner = inside
    return true
  }
  scanner.skipValue()
  return true
}
