import GRDB
import GRDBSQLite

/// Cuts texts into what the search index holds.
///
/// - Words are SQLite's `unicode61` ones: letters and digits, in lower case, without diacritics.
/// - Each Han, Hiragana or Katakana character is a word of its own, so that any part of a text that has no blanks is
///   found as a phrase.
/// - An identifier such as `retryCount` or `HTTPServer` is indexed as a whole and, at the same place, by its parts.
/// - A text that begins with the byte FF, which no UTF-8 has, is a list of facets: what filters ask for. Its words
///   are indexed behind the byte 01, which no other word has.
///
/// Offsets are those of the text's bytes.
///
/// Why not SQLite's own: `unicode61` takes a sentence of Chinese for one word, and `trigram` finds nothing that is
/// shorter than three characters (`id`, 検索), while its index is 2.8 times the text, where one of words is 0.46 times
/// (60,000 English-like texts of 559 bytes, without `prefix`).
final class SearchTokenizer: FTS5CustomTokenizer {
  static let name = "fiedler"
  static let facets: UInt8 = 0xFF
  private static let facetMark: UInt8 = 0x01

  private let words: any FTS5Tokenizer

  /// Whether the character is always a word of its own.
  static func isIdeograph(_ character: Unicode.Scalar) -> Bool { isIdeographic(character.value) }

  init(db: Database, arguments: [String]) throws {
    words = try db.makeTokenizer(.unicode61(diacritics: .remove))
  }

  func tokenize(
    context: UnsafeMutableRawPointer?, tokenization: FTS5Tokenization, pText: UnsafePointer<CChar>?, nText: CInt,
    tokenCallback: @escaping FTS5TokenCallback
  ) -> CInt {
    guard let pText, nText > 0 else { return SQLITE_OK }
    return UnsafeRawPointer(pText).withMemoryRebound(to: UInt8.self, capacity: Int(nText)) { start in
      let text = UnsafeBufferPointer(start: start, count: Int(nText))
      if text[0] == Self.facets { return Self.tokenizeFacets(text, context, tokenCallback) }
      var relay = Relay(
        context: context, callback: tokenCallback, text: text, offset: 0,
        hasParts: tokenization.contains(.document))
      return withUnsafeMutablePointer(to: &relay) { tokenize($0, tokenization) }
    }
  }

  private func tokenize(_ relay: UnsafeMutablePointer<Relay>, _ tokenization: FTS5Tokenization) -> CInt {
    let text = relay.pointee.text
    var start = 0
    var index = 0
    while index < text.count {
      // The first byte of every such character is E3 or more.
      guard text[index] >= 0xE3, let length = ideographLength(text, at: index) else {
        index += 1
        continue
      }
      var code = tokenize(relay, start..<index, tokenization)
      guard code == SQLITE_OK else { return code }
      code = relay.pointee.emit(text, index..<index + length)
      guard code == SQLITE_OK else { return code }
      index += length
      start = index
    }
    return tokenize(relay, start..<text.count, tokenization)
  }

  /// Hands a run without ideographs to `unicode61` in one go.
  private func tokenize(
    _ relay: UnsafeMutablePointer<Relay>, _ run: Range<Int>, _ tokenization: FTS5Tokenization
  ) -> CInt {
    guard !run.isEmpty, let base = relay.pointee.text.baseAddress else { return SQLITE_OK }
    relay.pointee.offset = run.lowerBound
    return words.tokenize(
      context: relay, tokenization: tokenization,
      pText: UnsafeRawPointer(base + run.lowerBound).assumingMemoryBound(to: CChar.self), nText: CInt(run.count)
    ) { relay, flags, token, count, start, end in
      guard let relay, let token else { return SQLITE_ERROR }
      return relay.assumingMemoryBound(to: Relay.self).pointee.pass(token, count, flags, start, end)
    }
  }

  private static func tokenizeFacets(
    _ text: UnsafeBufferPointer<UInt8>, _ context: UnsafeMutableRawPointer?, _ callback: FTS5TokenCallback
  ) -> CInt {
    var word: [UInt8] = [facetMark]
    for index in 1...text.count {
      let isEnd = index == text.count || text[index] == UInt8(ascii: " ")
      guard isEnd else {
        word.append(text[index])
        continue
      }
      guard word.count > 1 else { continue }
      let code = word.withUnsafeBytes { bytes in
        callback(
          context, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(bytes.count),
          CInt(index - bytes.count + 1), CInt(index))
      }
      guard code == SQLITE_OK else { return code }
      word.removeLast(word.count - 1)
    }
    return SQLITE_OK
  }
}

/// The bytes of the Han, Hiragana, Katakana or Bopomofo character that begins there, or `nil`.
private func ideographLength(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int? {
  let first = text[index]
  if first == 0xF0 {
    // U+20000 through U+3FFFF.
    return index + 4 <= text.count && text[index + 1] >= 0xA0 ? 4 : nil
  }
  guard first <= 0xEF, index + 3 <= text.count else { return nil }
  let code = UInt32(first & 0x0F) << 12 | UInt32(text[index + 1] & 0x3F) << 6 | UInt32(text[index + 2] & 0x3F)
  return isIdeographic(code) ? 3 : nil
}

private func isIdeographic(_ code: UInt32) -> Bool {
  switch code {
  case 0x3005...0x3007, 0x3041...0x3096, 0x309D...0x309F, 0x30A1...0x30FA, 0x30FC...0x30FF, 0x3105...0x312F,
    0x31A0...0x31BF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFF66...0xFF9F,
    0x20000...0x3FFFF:
    true
  default: false
  }
}

/// Stands between `unicode61` and SQLite while one text is cut.
private struct Relay {
  let context: UnsafeMutableRawPointer?
  let callback: FTS5TokenCallback
  let text: UnsafeBufferPointer<UInt8>
  /// Where in the text the run begins that is being cut.
  var offset: Int
  /// Identifiers are told by their parts too.
  let hasParts: Bool

  func emit(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> CInt {
    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[range]).withMemoryRebound(to: CChar.self) {
      callback(context, 0, $0.baseAddress, CInt($0.count), CInt(range.lowerBound), CInt(range.upperBound))
    }
  }

  func pass(_ token: UnsafePointer<CChar>, _ count: CInt, _ flags: CInt, _ start: CInt, _ end: CInt) -> CInt {
    let (start, end) = (start + CInt(offset), end + CInt(offset))
    let code = callback(context, flags, token, count, start, end)
    guard code == SQLITE_OK, hasParts, end - start > 3, end - start <= 64 else { return code }
    return passParts(Int(start)..<Int(end))
  }

  /// `retryCount` by `retry` and `count`, `HTTPServer` by `http` and `server`.
  private func passParts(_ word: Range<Int>) -> CInt {
    var start = word.lowerBound
    var index = start + 1
    while index < word.upperBound {
      guard isUpper(text[index]) else {
        if text[index] >= 0x80 { return SQLITE_OK }
        index += 1
        continue
      }
      let isFollowedByLower = index + 1 < word.upperBound && isLower(text[index + 1])
      if !isUpper(text[index - 1]) || isFollowedByLower {
        let code = passPart(start..<index, word)
        guard code == SQLITE_OK else { return code }
        start = index
      }
      index += 1
    }
    return start == word.lowerBound ? SQLITE_OK : passPart(start..<word.upperBound, word)
  }

  private func passPart(_ part: Range<Int>, _ word: Range<Int>) -> CInt {
    guard part.count > 1, part.count < word.count else { return SQLITE_OK }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: part.count) { lower in
      for (place, index) in part.enumerated() {
        lower[place] = CChar(bitPattern: isUpper(text[index]) ? text[index] | 0x20 : text[index])
      }
      return callback(
        context, FTS5_TOKEN_COLOCATED, lower.baseAddress, CInt(part.count), CInt(word.lowerBound),
        CInt(word.upperBound))
    }
  }

  private func isUpper(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }
  private func isLower(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }
}
