import Foundation

/// A text as the search index takes it: compatibility forms replaced (Unicode's NFKC), ß as ss, without what nobody
/// sees. Most texts have none of these and stay as they are.
///
/// Latin letters with diacritics are left to `unicode61`, which takes the diacritics off, composed or not. It knows no
/// composed Greek ones, and leaves ё apart from е: those are folded here.
struct TextFolding {
  /// What stands for a part of the text.
  private struct Place {
    var folded: Range<Int>
    var original: Range<Int>
  }

  private(set) var bytes: [UInt8] = []
  private var places: [Place] = []

  /// The range of the text that bytes of the folded one stand for, whole characters of both.
  func original(_ range: Range<Int>) -> Range<Int> {
    let start = original(range.lowerBound, isEnd: false)
    return start..<max(start, original(range.upperBound, isEnd: true))
  }

  private func original(_ index: Int, isEnd: Bool) -> Int {
    // The last place that begins before `index`, or for a beginning at it.
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      let start = places[middle].folded.lowerBound
      if start < index || start == index && !isEnd { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return index }
    let place = places[low - 1]
    if index >= place.folded.upperBound { return place.original.upperBound + index - place.folded.upperBound }
    return isEnd ? place.original.upperBound : place.original.lowerBound
  }

  private mutating func append(_ replacement: [UInt8], for range: Range<Int>) {
    places.append(Place(folded: bytes.count..<bytes.count + replacement.count, original: range))
    bytes += replacement
  }

  /// Folds texts, and remembers what characters become. Belongs to one thread at a time.
  final class Folder {
    private var known: [String: [UInt8]] = [:]

    /// `nil` where the text stays as it is.
    func folding(of text: UnsafeBufferPointer<UInt8>) -> TextFolding? {
      var folding: TextFolding?
      var (index, copied) = (0, 0)
      while index < text.count {
        // U+00AA is the first that may change.
        guard text[index] >= 0xC2, let (scalar, length) = Self.scalar(text, at: index),
          let end = Self.end(of: scalar, at: index, length, text)
        else {
          index += 1
          continue
        }
        let range = index..<end
        let replacement = fold(String(decoding: UnsafeBufferPointer(rebasing: text[range]), as: UTF8.self))
        if !replacement.elementsEqual(text[range]) {
          if folding == nil {
            folding = TextFolding()
            folding?.bytes.reserveCapacity(text.count)
          }
          folding?.bytes += text[copied..<index]
          folding?.append(replacement, for: range)
          copied = end
        }
        index = end
      }
      folding?.bytes += text[copied...]
      return folding
    }

    private func fold(_ text: String) -> [UInt8] {
      if let known = known[text] { return known }
      let folded: [UInt8] =
        switch text {
        case "ß", "ẞ": Array("ss".utf8)
        case "ς": Array("σ".utf8)
        case "ё": Array("е".utf8)
        case "Ё": Array("Е".utf8)
        case "\u{AD}", "\u{200B}", "\u{2060}", "\u{FEFF}": []
        default:
          if let first = text.unicodeScalars.first, Self.isGreek(first.value) {
            Array(
              String(
                String.UnicodeScalarView(
                  text.decomposedStringWithCompatibilityMapping.unicodeScalars
                    .filter { !(0x300...0x36F).contains($0.value) })
              ).utf8)
          } else {
            // Foundation leaves the marks of half-width kana apart.
            Array(text.precomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping.utf8)
          }
        }
      if known.count < 5000 { known[text] = folded }
      return folded
    }

    /// Where the character ends that may be another one in its compatibility form, what composes with it included;
    /// `nil` for most characters.
    private static func end(
      of scalar: UInt32, at index: Int, _ length: Int, _ text: UnsafeBufferPointer<UInt8>
    ) -> Int? {
      var end = index + length
      func next(in range: ClosedRange<UInt32>) -> Bool {
        guard let (scalar, length) = Self.scalar(text, at: end), range.contains(scalar) else { return false }
        end += length
        return true
      }
      switch scalar {
      // Hangul in its parts, as macOS writes file names.
      case 0x1100...0x1112: return next(in: 0x1161...0x1175) ? (next(in: 0x11A8...0x11C2), end).1 : nil
      // Kana and the marks that make them voiced.
      case 0x3041...0x30FF: return next(in: 0x3099...0x309A) ? end : nil
      case 0xFF66...0xFF9D: return (next(in: 0xFF9E...0xFF9F), end).1
      default: return changes(scalar) ? end : nil
      }
    }

    /// Composed Greek letters, which have accents or breathings.
    private static func isGreek(_ code: UInt32) -> Bool {
      switch code {
      case 0x386, 0x388...0x38A, 0x38C, 0x38E...0x390, 0x3AA...0x3B0, 0x3CA...0x3CE, 0x1F00...0x1FFC: true
      default: false
      }
    }

    /// Blocks with characters that NFKC changes, but for Latin letters with diacritics, and the few folded besides.
    private static func changes(_ code: UInt32) -> Bool {
      switch code {
      case 0xAA, 0xAD, 0xB2...0xB5, 0xB9...0xBA, 0xBC...0xBE, 0xDF, 0x132...0x133, 0x13F...0x140, 0x149, 0x17F,
        0x1C4...0x1CC, 0x1F1...0x1F3, 0x2B0...0x2B8, 0x2E0...0x2E4, 0x3C2, 0x3D0...0x3D6, 0x3F0...0x3F5, 0x587,
        0x675...0x678, 0xE33, 0xEB3, 0xEDC...0xEDD, 0x1D2C...0x1D78, 0x1D9B...0x1DBF, 0x1E9A...0x1E9E, 0x200B,
        0x2060, 0x2070...0x209C, 0x20A8, 0x2100...0x214F, 0x2150...0x2189, 0x2460...0x24EA, 0x2C7C...0x2C7D,
        0x2E9F...0x2FD5, 0x3131...0x318E, 0x3192...0x319F, 0x3200...0x33FF, 0xA69C...0xA69D, 0xAB5C...0xAB5F,
        0xF900...0xFAFF, 0xFB00...0xFDFF, 0xFE30...0xFEFF, 0xFF01...0xFFEE, 0x1D400...0x1D7FF, 0x1EE00...0x1EEFF,
        0x1F100...0x1F1E5, 0x1F200...0x1F2FF, 0x1FBF0...0x1FBF9, 0x2F800...0x2FA1F,
        0x401, 0x451:
        true
      default: isGreek(code)
      }
    }

    /// The character of two bytes or more that begins there; `nil` for what is none.
    static func scalar(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> (code: UInt32, length: Int)? {
      guard index < text.count else { return nil }
      let first = text[index]
      let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0
      guard length > 0, first < 0xF5, index + length <= text.count else { return nil }
      var code = UInt32(first) & (0x7F >> UInt32(length))
      for byte in text[index + 1..<index + length] {
        guard byte & 0xC0 == 0x80 else { return nil }
        code = code << 6 | UInt32(byte & 0x3F)
      }
      return (code, length)
    }
  }
}
