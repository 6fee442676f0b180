import FoundationEssentials
import Glibc
import Synchronization

extension UUID {
  /// A version 7 UUID (RFC 9562): ids made later sort later, so that the indexes of a queue and of a server's tables
  /// grow and shrink at their ends. With random ids each record would change index pages of its own.
  public static func timeOrdered(at time: Date = Date()) -> UUID {
    var bytes = RandomBytes.next()
    let milliseconds = UInt64(max(time.microseconds / 1000, 0))
    withUnsafeMutableBytes(of: &bytes) { bytes in
      for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * index)) }
    }
    bytes.6 = bytes.6 & 0x0F | 0x70
    bytes.8 = bytes.8 & 0x3F | 0x80
    return UUID(uuid: bytes)
  }
}

/// Random bytes from the system, which are fetched for many ids at once: asking it costs more than all the rest of an
/// id, and a log server makes one or two for each record.
private enum RandomBytes {
  private static let store = Mutex<[uuid_t]>([])
  /// As many as getentropy(3) gives at once: 256 bytes.
  private static let fetched = 256 / MemoryLayout<uuid_t>.size

  static func next() -> uuid_t {
    store.withLock { store in
      if store.isEmpty { store = fetch() }
      return store.removeLast()
    }
  }

  private static func fetch() -> [uuid_t] {
    let some = [uuid_t](unsafeUninitializedCapacity: fetched) { buffer, count in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      count = bytes.baseAddress.map { getentropy($0, bytes.count) } == 0 ? fetched : 0
    }
    // A kernel without the call: Foundation knows another way.
    return some.isEmpty ? [UUID().uuid] : some
  }
}
