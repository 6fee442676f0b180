import Conversations

/// What a file is that is no text, by its first bytes (https://www.iana.org/assignments/media-types and the formats'
/// own descriptions), and what to do instead of attaching it.
public enum FileKind: Hashable, Sendable, CustomStringConvertible {
  /// Its format's name.
  case image(String)
  case recording(String)
  case pdf
  /// A ZIP file, as office documents are.
  case zip
  case compressed(String)
  case program
  case database
  /// No U+0000 in it: likely text in another encoding.
  case otherEncoding
  case unknown

  init(_ bytes: [UInt8]) {
    let found = Self.signatures.first { $0.isIn(bytes) }
    self = found?.kind ?? (bytes.contains(0) ? .unknown : .otherEncoding)
  }

  /// Bytes that stand at certain places; `.` in a text stands for any byte.
  private struct Signature: Sendable {
    let kind: FileKind
    let bytes: [UInt8?]
    let offset: Int

    init(_ kind: FileKind, _ text: String, at offset: Int = 0) {
      self.kind = kind
      bytes = text.utf8.map { $0 == UInt8(ascii: ".") ? nil : $0 }
      self.offset = offset
    }

    init(_ kind: FileKind, _ bytes: UInt8...) {
      self.kind = kind
      self.bytes = bytes
      offset = 0
    }

    func isIn(_ file: [UInt8]) -> Bool {
      file.count >= offset + bytes.count
        && Swift.zip(bytes, file[offset...]).allSatisfy { wanted, found in wanted == nil || wanted == found }
    }
  }

  /// The longer one first where one begins like another.
  private static let signatures: [Signature] = [
    Signature(.image("PNG"), 0x89, 0x50, 0x4E, 0x47), Signature(.image("JPEG"), 0xFF, 0xD8, 0xFF),
    Signature(.image("GIF"), "GIF8"), Signature(.image("WebP"), "RIFF....WEBP"),
    Signature(.image("TIFF"), "II*\0"), Signature(.image("TIFF"), "MM\0*"),
    Signature(.image("HEIC"), "ftyphei", at: 4), Signature(.image("HEIC"), "ftypmif1", at: 4),
    Signature(.image("AVIF"), "ftypavif", at: 4), Signature(.recording("WAV"), "RIFF....WAVE"),
    Signature(.recording("MP4"), "ftyp", at: 4), Signature(.recording("Ogg"), "OggS"),
    Signature(.recording("MP3"), "ID3"), Signature(.recording("FLAC"), "fLaC"),
    Signature(.recording("Matroska"), 0x1A, 0x45, 0xDF, 0xA3), Signature(.pdf, "%PDF-"),
    Signature(.zip, "PK\u{3}\u{4}"), Signature(.zip, "PK\u{5}\u{6}"), Signature(.compressed("gzip"), 0x1F, 0x8B),
    Signature(.compressed("bzip2"), "BZh"), Signature(.compressed("xz"), 0xFD, 0x37, 0x7A, 0x58, 0x5A),
    Signature(.compressed("zstd"), 0x28, 0xB5, 0x2F, 0xFD), Signature(.compressed("7z"), 0x37, 0x7A, 0xBC, 0xAF),
    Signature(.compressed("tar"), "ustar", at: 257), Signature(.program, "\u{7F}ELF"), Signature(.program, "\0asm"),
    Signature(.program, 0xCF, 0xFA, 0xED, 0xFE), Signature(.database, "SQLite format 3\0"),
  ]

  /// Whether models can be shown it.
  var isShown: Bool {
    switch self {
    case .image(let format): Self.shown.contains(format)
    case .pdf: true
    default: false
    }
  }

  private static let shown = MediaType.allCases.map(\.name)

  public var description: String {
    switch self {
    case .image(let format):
      isShown
        ? "is an image (\(format)), not text; attach it by its own name"
        : "is an image (\(format)); models are shown PNG, JPEG, GIF and WebP, so convert it"
    case .recording(let format): "is sound or film (\(format)); models are shown text, pictures and PDFs"
    case .pdf: "is a PDF, not text; attach it by its own name"
    case .zip: "is a ZIP archive or an office document; attach the text that is in it"
    case .compressed(let format): "is packed (\(format)); unpack it and attach the text files in it"
    case .program: "is a program; attach its source"
    case .database: "is an SQLite database; attach a dump of it (sqlite3 FILE .dump)"
    case .otherEncoding: "is not UTF-8; if it is text in another encoding, convert it (iconv -f latin1 -t utf-8)"
    case .unknown: "is not text"
    }
  }
}
