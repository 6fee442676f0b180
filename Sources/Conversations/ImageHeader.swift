/// Reads how large a picture is, from its first bytes.
enum ImageHeader {
  /// The size of a JPEG stands behind what a camera wrote about the picture, thumbnails included.
  static let farthest = 1 << 20

  static func size(_ type: MediaType, _ bytes: [UInt8]) -> PixelSize? {
    let size =
      switch type {
      case .png: png(bytes)
      case .gif: gif(bytes)
      case .jpeg: jpeg(bytes)
      case .webp: webp(bytes)
      case .pdf: nil as PixelSize?
      }
    return size.flatMap { $0.width > 0 && $0.height > 0 ? $0 : nil }
  }

  /// A number of `count` bytes at a place; `nil` behind the end.
  private static func big(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int? {
    guard place + count <= bytes.count else { return nil }
    return bytes[place..<place + count].reduce(0) { $0 << 8 | Int($1) }
  }

  private static func little(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int? {
    guard place + count <= bytes.count else { return nil }
    return bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func holds(_ text: String, _ bytes: [UInt8], at place: Int) -> Bool {
    bytes.dropFirst(place).starts(with: text.utf8)
  }

  /// RFC 2083: the first chunk is IHDR.
  private static func png(_ bytes: [UInt8]) -> PixelSize? {
    guard holds("IHDR", bytes, at: 12), let width = big(bytes, 16, 4), let height = big(bytes, 20, 4) else {
      return nil
    }
    return PixelSize(width: width, height: height)
  }

  private static func gif(_ bytes: [UInt8]) -> PixelSize? {
    guard let width = little(bytes, 6, 2), let height = little(bytes, 8, 2) else { return nil }
    return PixelSize(width: width, height: height)
  }

  /// ISO/IEC 10918-1, annex B: segments, each with its length, up to the frame's header.
  private static func jpeg(_ bytes: [UInt8]) -> PixelSize? {
    var place = 2
    while let marker = big(bytes, place, 2), marker >> 8 == 0xFF {
      let kind = marker & 0xFF
      // Bytes that fill, and markers that stand alone.
      if kind == 0xFF || kind == 0x01 || (0xD0...0xD8).contains(kind) {
        place += kind == 0xFF ? 1 : 2
        continue
      }
      guard let length = big(bytes, place + 2, 2), length >= 2 else { return nil }
      // C4, C8 and CC are tables.
      if (0xC0...0xCF).contains(kind), ![0xC4, 0xC8, 0xCC].contains(kind) {
        guard let height = big(bytes, place + 5, 2), let width = big(bytes, place + 7, 2) else { return nil }
        return PixelSize(width: width, height: height)
      }
      // The picture itself has begun, or ended.
      if kind == 0xDA || kind == 0xD9 { return nil }
      place += 2 + length
    }
    return nil
  }

  /// RFC 9649: one of three kinds of first chunk.
  private static func webp(_ bytes: [UInt8]) -> PixelSize? {
    if holds("VP8X", bytes, at: 12), let width = little(bytes, 24, 3), let height = little(bytes, 27, 3) {
      return PixelSize(width: width + 1, height: height + 1)
    }
    if holds("VP8L", bytes, at: 12), bytes.count > 20, bytes[20] == 0x2F, let bits = little(bytes, 21, 4) {
      return PixelSize(width: bits & 0x3FFF + 1, height: bits >> 14 & 0x3FFF + 1)
    }
    if holds("VP8 ", bytes, at: 12), let width = little(bytes, 26, 2), let height = little(bytes, 28, 2) {
      return PixelSize(width: width & 0x3FFF, height: height & 0x3FFF)
    }
    return nil
  }
}
