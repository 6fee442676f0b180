import GRDB
import GRDBSQLite

/// Cuts texts into what the search index holds.
///
/// - Words are SQLite's `unicode61` ones: letters and digits, in lower case, without diacritics.
/// - Each Han, Hiragana, Katakana, Thai, Lao, Khmer or Burmese character is a word of its own, so that any part of a
///   text that has no blanks is found as a phrase; so is each emoji, and each sign such as → or €.
/// - Compatibility forms are what they stand for, ß is ss: see ``TextFolding``.
/// - An identifier such as `retryCount` or `HTTPServer` is indexed as a whole and, at the same place, by its parts.
/// - A text that begins with the byte FF, which no UTF-8 has, is a list of facets: what filters ask for. Each becomes
///   the byte FE, which no other word has, and a byte from 80 to BF for each letter: one character of UTF-8 to FTS5,
///   which so keeps no beginnings of it.
///
/// Offsets are those of the text's bytes.
///
/// Why not SQLite's own: `unicode61` takes a sentence of Chinese for one word, and `trigram` finds nothing that is
/// shorter than three characters (`id`, 検索), while its index is 2.8 times the text, where one of words is 0.46 times
/// (60,000 English-like texts of 559 bytes, without `prefix`).
final class SearchTokenizer: FTS5CustomTokenizer {
  static let name = "fiedler_3"
  static let facets: UInt8 = 0xFF
  private static let facetMark: UInt8 = 0xFE

  private let words: any FTS5Tokenizer
  private let folder = TextFolding.Folder()

  /// Whether the character is always a word of its own.
  static func standsAlone(_ character: Unicode.Scalar) -> Bool { isAlone(character.value) }

  init() throws { words = try WordTokenizers.make() }

  convenience init(db: Database, arguments: [String]) throws { try self.init() }

  func tokenize(
    context: UnsafeMutableRawPointer?, tokenization: FTS5Tokenization, pText: UnsafePointer<CChar>?, nText: CInt,
    tokenCallback: @escaping FTS5TokenCallback
  ) -> CInt {
    guard let pText, nText > 0 else { return SQLITE_OK }
    return UnsafeRawPointer(pText).withMemoryRebound(to: UInt8.self, capacity: Int(nText)) { start in
      let text = UnsafeBufferPointer(start: start, count: Int(nText))
      if text[0] == Self.facets { return Self.tokenizeFacets(text, context, tokenCallback) }
      guard let folding = folder.folding(of: text) else {
        return tokenize(text, nil, context, tokenization, tokenCallback)
      }
      return folding.bytes.withUnsafeBufferPointer { tokenize($0, folding, context, tokenization, tokenCallback) }
    }
  }

  private func tokenize(
    _ text: UnsafeBufferPointer<UInt8>, _ folding: TextFolding?, _ context: UnsafeMutableRawPointer?,
    _ tokenization: FTS5Tokenization, _ callback: @escaping FTS5TokenCallback
  ) -> CInt {
    var relay = Relay(
      context: context, callback: callback, text: text, folding: folding, offset: 0,
      hasParts: tokenization.contains(.document))
    return withUnsafeMutablePointer(to: &relay) { tokenize($0, tokenization) }
  }

  private func tokenize(_ relay: UnsafeMutablePointer<Relay>, _ tokenization: FTS5Tokenization) -> CInt {
    let text = relay.pointee.text
    var start = 0
    var index = 0
    while index < text.count {
      // No such character is below U+00A2.
      guard text[index] >= 0xC2, let (code, length) = TextFolding.Folder.scalar(text, at: index), isAlone(code) else {
        index += 1
        continue
      }
      var result = tokenize(relay, start..<index, tokenization)
      guard result == SQLITE_OK else { return result }
      result = relay.pointee.emit(text, index..<index + length)
      guard result == SQLITE_OK else { return result }
      index += length
      start = index
    }
    return tokenize(relay, start..<text.count, tokenization)
  }

  /// Hands a run without characters that stand alone to `unicode61` in one go.
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
        word.append(facetLetter(text[index]))
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

  /// Facets are small letters with underscores, or numbers.
  private static func facetLetter(_ byte: UInt8) -> UInt8 {
    0x80 | (byte < UInt8(ascii: "A") ? byte & 0x0F : byte & 0x3F)
  }
}

/// Whether a character is a word of its own: it belongs to a script without blanks, or is a sign that people look for.
private func isAlone(_ code: UInt32) -> Bool {
  switch code {
  case 0x3005...0x3007, 0x3041...0x3096, 0x309D...0x309F, 0x30A1...0x30FA, 0x30FC...0x30FF, 0x3105...0x312F,
    0x31A0...0x31BF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFF66...0xFF9F,
    0x20000...0x3FFFF:
    true
  // Thai, Lao, Burmese, Khmer.
  case 0x0E01...0x0E3A, 0x0E40...0x0E4E, 0x0E81...0x0ECE, 0x1000...0x103F, 0x1780...0x17D3: true
  // Money, arrows, mathematics, technical signs, what emoji and dingbats are made of; not lines and boxes.
  case 0xA2...0xA7, 0xA9, 0xAC, 0xAE, 0xB0...0xB1, 0xB6, 0xD7, 0xF7, 0x2020...0x2022, 0x20A0...0x20C0, 0x2190...0x23FF,
    0x25A0...0x27BF, 0x2900...0x297F, 0x2A00...0x2BFF, 0x1F000...0x1FAFF:
    true
  default: false
  }
}

/// Stands between `unicode61` and SQLite while one text is cut.
private struct Relay {
  let context: UnsafeMutableRawPointer?
  let callback: FTS5TokenCallback
  /// Folded where there is a `folding`, which tells the places in the text as it is.
  let text: UnsafeBufferPointer<UInt8>
  let folding: TextFolding?
  /// Where in the text the run begins that is being cut.
  var offset: Int
  /// Identifiers are told by their parts too.
  let hasParts: Bool

  func emit(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> CInt {
    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[range]).withMemoryRebound(to: CChar.self) {
      tell($0.baseAddress, range.count, 0, range)
    }
  }

  /// Hands a word to SQLite, with where it stands in the text as it is.
  private func tell(_ token: UnsafePointer<CChar>?, _ count: Int, _ flags: CInt, _ range: Range<Int>) -> CInt {
    let place = folding?.original(range) ?? range
    return callback(context, flags, token, CInt(count), CInt(place.lowerBound), CInt(place.upperBound))
  }

  func pass(_ token: UnsafePointer<CChar>, _ count: CInt, _ flags: CInt, _ start: CInt, _ end: CInt) -> CInt {
    let range = Int(start) + offset..<Int(end) + offset
    let code = tell(token, Int(count), flags, range)
    guard code == SQLITE_OK, hasParts, range.count > 3, range.count <= 64 else { return code }
    return passParts(range)
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
      return tell(lower.baseAddress, part.count, FTS5_TOKEN_COLOCATED, word)
    }
  }

  private func isUpper(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }
  private func isLower(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }
}

/// The names of the tokenizers that former indexes have, which SQLite must know to remove them.
enum FormerTokenizerNames {
  enum First: FormerTokenizerName { static let name = "fiedler" }
  enum Second: FormerTokenizerName { static let name = "fiedler_2" }
}

protocol FormerTokenizerName {
  static var name: String { get }
}

/// Cuts as ``SearchTokenizer`` does, under a name that an index had before: so that a history that has not been brought
/// up to date yet can be opened.
final class FormerSearchTokenizer<Name: FormerTokenizerName>: FTS5CustomTokenizer {
  static var name: String { Name.name }
  private let current: SearchTokenizer

  init(db: Database, arguments: [String]) throws { current = try SearchTokenizer(db: db, arguments: arguments) }

  func tokenize(
    context: UnsafeMutableRawPointer?, tokenization: FTS5Tokenization, pText: UnsafePointer<CChar>?, nText: CInt,
    tokenCallback: @escaping FTS5TokenCallback
  ) -> CInt {
    current.tokenize(
      context: context, tokenization: tokenization, pText: pText, nText: nText, tokenCallback: tokenCallback)
  }
}
