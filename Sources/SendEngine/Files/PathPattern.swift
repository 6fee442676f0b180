/// A few letters of a path, and how well a path has them: on bytes, for a hundred thousand paths a key, where the lists
/// on the screen, short as they are, are matched by characters.
struct PathPattern {
  /// The first byte of each typed scalar, and the bytes behind that.
  private let wanted: [UInt8]
  private let tails: [[UInt8]]
  /// Whether a capital was typed.
  private let isExact: Bool
  let letters: UInt64

  var isEmpty: Bool { wanted.isEmpty }

  init(_ typed: String) {
    let bytes = Array(typed.utf8)
    isExact = bytes.contains { Self.lower($0) != $0 }
    wanted = typed.unicodeScalars.map { String($0).utf8.first ?? 0 }
    tails = typed.unicodeScalars.map { Array(String($0).utf8.dropFirst()) }
    letters = Self.letters(of: bytes)
  }

  /// A bit for each letter, digit and usual mark: a path that lacks one of the typed ones need not be looked at.
  static func letters(of bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0) { letters, byte in
      switch lower(byte) {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): letters | 1 << UInt64(lower(byte) - UInt8(ascii: "a"))
      case UInt8(ascii: "0")...UInt8(ascii: "9"): letters | 1 << UInt64(26 + byte - UInt8(ascii: "0"))
      case UInt8(ascii: "/"): letters | 1 << 36
      case UInt8(ascii: "."): letters | 1 << 37
      case UInt8(ascii: "_"): letters | 1 << 38
      case UInt8(ascii: "-"): letters | 1 << 39
      default: letters | 1 << 40
      }
    }
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  /// Whether a typed scalar stands at a place.
  private func matches(_ letter: Int, _ path: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
    guard path[place] == wanted[letter] || (!isExact && Self.lower(path[place]) == wanted[letter]) else { return false }
    return tails[letter].isEmpty || path[(place + 1)...].starts(with: tails[letter])
  }

  /// Higher is better; `nil` if the letters are not all there in their order. `name` is where the last name begins.
  func score(_ path: UnsafeBufferPointer<UInt8>, nameAt name: Int) -> Int? {
    if let found = best(path, from: name) { return found.score + 30 - (path.count - name) / 2 - path.count / 8 }
    return best(path, from: 0).map { $0.score - path.count / 4 }
  }

  /// The letters read best from a beginning of a word, or in the shortest stretch that has them.
  private func best(_ path: UnsafeBufferPointer<UInt8>, from start: Int) -> (score: Int, first: Int)? {
    guard let shortest = shortest(path, from: start), var best = score(path, from: shortest, in: start) else {
      return nil
    }
    for place in start..<path.count
    where place != best.first && matches(0, path, place) && Self.beginsWord(path, place, from: start) {
      guard let found = score(path, from: place, in: start) else { break }
      if found.score > best.score { best = found }
    }
    return best
  }

  private func score(_ path: UnsafeBufferPointer<UInt8>, from first: Int, in start: Int) -> (score: Int, first: Int)? {
    var place = first
    var score = 0
    // Where the one before ended.
    var last = -1
    for letter in wanted.indices {
      while place < path.count, !matches(letter, path, place) { place += 1 }
      guard place < path.count else { return nil }
      let begins = Self.beginsWord(path, place, from: start)
      if begins { score += 8 }
      if place == start { score += 8 }
      if last == place { score += 10 } else if last >= 0 { score -= begins ? 2 : min(8, 2 + place - last) }
      place += 1 + tails[letter].count
      last = place
    }
    return (score, first)
  }

  /// Where the shortest stretch begins that ends where all letters are first found.
  private func shortest(_ path: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    var place = start
    for letter in wanted.indices {
      while place < path.count, !matches(letter, path, place) { place += 1 }
      guard place < path.count else { return nil }
      place += 1 + tails[letter].count
    }
    for letter in wanted.indices.reversed() {
      place -= 1
      while !matches(letter, path, place) { place -= 1 }
    }
    return place
  }

  private static func beginsWord(_ path: UnsafeBufferPointer<UInt8>, _ place: Int, from start: Int) -> Bool {
    guard place > start else { return true }
    let (before, here) = (path[place - 1], path[place])
    switch before {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(here)
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: return false
    default: return true
    }
  }

  /// The matched characters of a path, counted from 0.
  func places(_ path: [UInt8], nameAt name: Int) -> [Int] {
    let found = path.withUnsafeBufferPointer { path -> Set<Int>? in
      for start in [name, 0] {
        guard var place = best(path, from: start)?.first else { continue }
        var places: Set<Int> = []
        for letter in wanted.indices {
          while !matches(letter, path, place) { place += 1 }
          places.insert(place)
          place += 1 + tails[letter].count
        }
        return places
      }
      return nil
    }
    guard let found else { return [] }
    var offset = 0
    var matched: [Int] = []
    for (index, character) in String(decoding: path, as: UTF8.self).enumerated() {
      let length = character.utf8.count
      if found.contains(where: { (offset..<offset + length).contains($0) }) { matched.append(index) }
      offset += length
    }
    return matched
  }
}
