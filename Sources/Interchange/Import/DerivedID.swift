import Digest
import FoundationEssentials

/// Ids for what other programs have made: always the same for the same thing, so that it is known when it comes again.
enum DerivedID {
  /// A UUID of version 8 (RFC 9562): the first 128 bits of the SHA-256 of `fiedler:<source>:<id>`, but for the six
  /// that say what it is.
  static func uuid(_ source: String, _ id: String) -> UUID {
    var bytes = SHA256.digest("fiedler:\(source):\(id)")
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
  }
}
