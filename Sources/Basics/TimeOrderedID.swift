import FoundationEssentials

extension UUID {
  /// A version 7 UUID (RFC 9562): ids made later sort later, so that the indexes of a queue and of a server's tables
  /// grow and shrink at their ends. With random ids each record would change index pages of its own.
  public static func timeOrdered(at time: Date = Date()) -> UUID {
    var bytes = UUID().uuid
    let milliseconds = UInt64(max(time.microseconds / 1000, 0))
    withUnsafeMutableBytes(of: &bytes) { bytes in
      for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * index)) }
    }
    bytes.6 = bytes.6 & 0x0F | 0x70
    return UUID(uuid: bytes)
  }
}
