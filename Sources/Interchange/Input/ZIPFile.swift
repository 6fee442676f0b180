import Glibc

/// Reads what a ZIP file holds, Zip64 included
/// (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16).
///
/// Only the directory at the end of the file is trusted to say where entries are, and only as far as the file reaches.
final class ZIPFile {
  struct Entry {
    /// As it stands in the file: any path, not one to write to.
    var name: String
    var isEncrypted: Bool
    var method: Int
    var packed: Int
    fileprivate var header: Int
  }

  static let signature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
  private static let mostEntries = 1_000_000
  private static let mostDirectoryBytes = 256 << 20

  private let file: InputFile

  init(_ path: String) throws(ImportProblem) { file = try InputFile(path) }

  func entries() throws(ImportProblem) -> [Entry] {
    let (count, size, offset) = try directory()
    guard count <= Self.mostEntries, size <= Self.mostDirectoryBytes, offset >= 0, size >= 0 else {
      throw ImportProblem(file.path, "the ZIP file's directory is damaged or too large")
    }
    let bytes = Fields(try file.bytes(at: offset, count: size))
    var entries: [Entry] = []
    var place = 0
    for _ in 0..<count {
      guard bytes.number(place, 4) == 0x0201_4B50, let flags = bytes.number(place + 8, 2),
        let method = bytes.number(place + 10, 2), var packed = bytes.number(place + 20, 4),
        let whole = bytes.number(place + 24, 4), let nameLength = bytes.number(place + 28, 2),
        let extraLength = bytes.number(place + 30, 2), let noteLength = bytes.number(place + 32, 2),
        var header = bytes.number(place + 42, 4), let name = bytes.slice(place + 46, nameLength)
      else { throw ImportProblem(file.path, "the ZIP file's directory ends at its entry \(entries.count + 1)") }
      // What does not fit into four bytes stands in the extra field 1, in this order, only as far as it is needed.
      var extra = place + 46 + nameLength
      let end = extra + extraLength
      while extra + 4 <= end, let id = bytes.number(extra, 2), let length = bytes.number(extra + 2, 2) {
        if id == 1 {
          var field = extra + 4
          func take(_ isNeeded: Bool) -> Int? {
            guard isNeeded, field + 8 <= extra + 4 + length else { return nil }
            defer { field += 8 }
            return bytes.number(field, 8)
          }
          _ = take(whole == 0xFFFF_FFFF)
          packed = take(packed == 0xFFFF_FFFF) ?? packed
          header = take(header == 0xFFFF_FFFF) ?? header
        }
        extra += 4 + length
      }
      entries.append(
        Entry(
          name: String(decoding: name, as: UTF8.self), isEncrypted: flags & 1 != 0, method: method, packed: packed,
          header: header))
      place = end + noteLength
    }
    return entries
  }

  /// How many entries there are, and where their directory lies.
  private func directory() throws(ImportProblem) -> (count: Int, size: Int, offset: Int) {
    let tail = min(file.size, 22 + 65_535)
    let start = file.size - tail
    let bytes = Fields(try file.bytes(at: start, count: tail))
    var place = tail - 22
    while place >= 0, bytes.number(place, 4) != 0x0605_4B50 { place -= 1 }
    guard place >= 0, let count = bytes.number(place + 10, 2), let size = bytes.number(place + 12, 4),
      let offset = bytes.number(place + 16, 4)
    else { throw ImportProblem(file.path, "the ZIP file is cut off: it has no directory at its end. Fetch it anew") }
    guard count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF else { return (count, size, offset) }
    guard place >= 20, bytes.number(place - 20, 4) == 0x0706_4B50, let end = bytes.number(place - 12, 8) else {
      return (count, size, offset)
    }
    let record = Fields(try file.bytes(at: end, count: 56))
    guard record.number(0, 4) == 0x0606_4B50, let count = record.number(32, 8), let size = record.number(40, 8),
      let offset = record.number(48, 8)
    else { throw ImportProblem(file.path, "the ZIP file's directory cannot be found") }
    return (count, size, offset)
  }

  /// Hands an entry's content, in pieces.
  func unpack(
    _ entry: Entry, _ limit: inout UnpackingLimit, _ body: (UnsafeRawBufferPointer) throws(ImportProblem) -> Void
  ) throws(ImportProblem) {
    guard !entry.isEncrypted else { throw ImportProblem("", "it is encrypted") }
    guard entry.method == 0 || entry.method == 8 else {
      throw ImportProblem(
        "", "it is packed in a way (\(entry.method)) that cannot be read; pack it anew as ordinary ZIP")
    }
    let header = Fields(try file.bytes(at: entry.header, count: 30))
    guard header.number(0, 4) == 0x0403_4B50, let name = header.number(26, 2), let extra = header.number(28, 2) else {
      throw ImportProblem("", "it is not where the ZIP file's directory says")
    }
    var place = entry.header + 30 + name + extra
    var left = entry.packed
    let inflater = try Inflater(isRaw: true)
    while left > 0 {
      let bytes = try file.bytes(at: place, count: min(left, 1 << 17))
      place += bytes.count
      left -= bytes.count
      if entry.method == 0 {
        try limit.count(bytes.count)
        try Self.hand(bytes, body)
      } else {
        _ = try inflater.take(bytes) { (piece) throws(ImportProblem) in
          try limit.count(piece.count)
          try body(piece)
        }
        if inflater.isOver { return }
      }
    }
    if entry.method == 8, !inflater.isOver { throw ImportProblem("", "it is cut off") }
  }

  private static func hand(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(ImportProblem) -> Void
  ) throws(ImportProblem) {
    var problem: ImportProblem?
    bytes.withUnsafeBytes { bytes in
      do throws(ImportProblem) { try body(bytes) } catch { problem = error }
    }
    if let problem { throw problem }
  }
}

/// Numbers in bytes, the least significant first; `nil` beyond the end.
private struct Fields {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func number(_ place: Int, _ count: Int) -> Int? {
    guard place >= 0, place <= bytes.count - count else { return nil }
    let value = (0..<count).reduce(UInt64(0)) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    return Int(exactly: value)
  }

  func slice(_ place: Int, _ count: Int) -> ArraySlice<UInt8>? {
    place >= 0 && place <= bytes.count - count ? bytes[place..<place + count] : nil
  }
}
