import Conversations
import Digest
import FoundationEssentials

extension Sample {
  /// A PNG of this size as far as its header says; `mark` makes it one of its own.
  public static func png(_ width: Int = 640, _ height: Int = 480, mark: String = "") -> [UInt8] {
    func number(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + number(13) + Array("IHDR".utf8) + number(width)
      + number(height) + [8, 2, 0, 0, 0] + Array(mark.utf8)
  }

  public static let pdf = Array("%PDF-1.7\n1 0 obj\n".utf8) + [0xE2, 0xE3, 0xCF, 0xD3]

  /// A file that is no text, with the hash of its bytes.
  public static func media(_ name: String, _ bytes: [UInt8] = png()) -> Attachment {
    guard let media = Media(bytes) else { fatalError("\(name) is neither a picture nor a PDF") }
    return Attachment(name: name, sha256: SHA256.text(of: bytes), media: media)
  }
}
