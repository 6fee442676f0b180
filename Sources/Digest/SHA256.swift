import CMessageDigest

/// SHA-256 (FIPS 180-4). In a module of its own, so that the log library needs no libmd.
public enum SHA256 {
  /// 32 bytes.
  public static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var context = SHA2_CTX()
    SHA256Init(&context)
    SHA256Update(&context, bytes.baseAddress, bytes.count)
    return [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
      SHA256Final(digest.baseAddress, &context)
      count = digest.count
    }
  }

  public static func digest(_ text: String) -> [UInt8] {
    var text = text
    return text.withUTF8 { digest(UnsafeRawBufferPointer($0)) }
  }

  /// The digest of a text's UTF-8 in lower-case hexadecimal, 64 characters.
  public static func text(_ text: String) -> String { hexadecimal(digest(text)) }

  /// The digest of bytes in lower-case hexadecimal, 64 characters.
  public static func text(of bytes: [UInt8]) -> String { hexadecimal(bytes.withUnsafeBytes(digest)) }

  private static func hexadecimal(_ digest: [UInt8]) -> String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
