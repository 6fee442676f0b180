import FoundationEssentials

/// What kind of picture or document models can be shown as it is.
public enum MediaType: String, Hashable, Sendable, CaseIterable {
  case png = "image/png"
  case jpeg = "image/jpeg"
  case gif = "image/gif"
  case webp = "image/webp"
  case pdf = "application/pdf"

  public var isImage: Bool { self != .pdf }

  /// As people call it.
  public var name: String {
    switch self {
    case .png: "PNG"
    case .jpeg: "JPEG"
    case .gif: "GIF"
    case .webp: "WebP"
    case .pdf: "PDF"
    }
  }

  /// What the names of such files end in, without the dot.
  public var fileExtension: String { self == .jpeg ? "jpg" : name.lowercased() }

  /// By the first bytes; `nil` for what is none of these. Sources: RFC 2083, ISO/IEC 10918-1, the GIF89a and WebP
  /// specifications, ISO 32000-1.
  public init?(_ bytes: some RandomAccessCollection<UInt8>) {
    func has(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if has("GIF87a") || has("GIF89a") {
      self = .gif
    } else if has("RIFF"), has("WEBP", at: 8) {
      self = .webp
    } else if has("%PDF-") {
      self = .pdf
    } else {
      return nil
    }
  }
}

/// Width and height in pixels.
public struct PixelSize: Hashable, Sendable, CustomStringConvertible {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  public var description: String { "\(width)×\(height)" }
}

/// A picture or a PDF, byte for byte as its file has it: it is never scaled or converted.
public struct Media: Hashable, Sendable {
  public let type: MediaType
  public let data: Data
  /// Of a picture, as its header says; `nil` where that cannot be read, and for a PDF.
  public let size: PixelSize?

  public init(type: MediaType, data: Data) {
    self.type = type
    self.data = data
    size = ImageHeader.size(type, [UInt8](data.prefix(ImageHeader.farthest)))
  }

  /// What the bytes say they are; `nil` for what models cannot be shown.
  public init?(_ bytes: [UInt8]) {
    guard let type = MediaType(bytes) else { return nil }
    self.init(type: type, data: Data(bytes))
  }

  /// About as many tokens as it costs. Anthropic's guide "Vision" has a token for 750 pixels and scales down what would
  /// be more than 1600. The pages of a PDF cannot be counted from outside: a third of what as much text would cost.
  public var estimatedTokens: Int {
    guard type.isImage else { return TokenEstimate.tokens(inUTF8Bytes: data.count) / 3 }
    guard let size else { return Self.mostImageTokens }
    let (pixels, isHuge) = size.width.multipliedReportingOverflow(by: size.height)
    return isHuge ? Self.mostImageTokens : min(Self.mostImageTokens, (pixels + 749) / 750)
  }

  private static let mostImageTokens = 1600

  /// `PNG 640×480`.
  public var description: String { [type.name, size?.description].compactMap(\.self).joined(separator: " ") }

  /// `image/png, 640×480, 12000 bytes`.
  public var details: String {
    ([type.rawValue] + [size?.description].compactMap(\.self) + ["\(data.count) bytes"]).joined(separator: ", ")
  }
}
