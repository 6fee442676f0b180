import CZlib
import FoundationEssentials
import Glibc
import Synchronization

/// Inflates gzip or raw deflate, a piece at a time (zlib).
///
/// zlib wants its state to stay at one place in memory.
final class Inflater {
  private let stream: UnsafeMutablePointer<z_stream>
  private(set) var isOver = false

  /// - `isRaw`: Without a header, as in a ZIP file; else gzip or zlib.
  init(isRaw: Bool) throws(ImportProblem) {
    // Window bits: negative for raw deflate, 32 more to find out whether it is gzip or zlib.
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let code = inflateInit2_(stream, isRaw ? -15 : 47, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw ImportProblem("", "zlib cannot begin (\(code))") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Hands what `input` unpacks to, in pieces. Returns how many bytes of `input` belong to what has ended.
  func take(
    _ input: [UInt8], _ body: (UnsafeRawBufferPointer) throws(ImportProblem) -> Void
  ) throws(ImportProblem) -> Int {
    var problem: ImportProblem?
    var input = input
    let size = 1 << 17
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    let used = input.withUnsafeMutableBufferPointer { bytes -> Int in
      stream.pointee.next_in = bytes.baseAddress
      stream.pointee.avail_in = UInt32(bytes.count)
      repeat {
        stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(size)
        let code = inflate(stream, Z_NO_FLUSH)
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
          problem = ImportProblem("", "it is damaged: what is packed cannot be unpacked")
          break
        }
        isOver = code == Z_STREAM_END
        let count = size - Int(stream.pointee.avail_out)
        do throws(ImportProblem) { try body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) } catch {
          problem = error
          break
        }
        if code == Z_BUF_ERROR, count == 0 { break }
      } while !isOver && (stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0)
      return bytes.count - Int(stream.pointee.avail_in)
    }
    if let problem { throw problem }
    return used
  }

  /// Begins with the next of several that stand one behind another.
  func again() {
    inflateReset(stream)
    isOver = false
  }
}

/// How much may come of something packed, so that a small file cannot fill a disk.
struct UnpackingLimit {
  static let mostBytes = 32 << 30
  /// Texts become 10 times as large, repetitive logs some 100 times; what grows 1000 times is made to harm.
  static let mostTimes = 300
  private static let freeBytes = 64 << 20

  private(set) var bytes = 0
  let packed: Int

  init(packed: Int) { self.packed = packed }

  mutating func count(_ more: Int) throws(ImportProblem) {
    bytes += more
    if bytes > Self.mostBytes { throw ImportProblem("", "it unpacks to more than \(Self.mostBytes >> 30) GB") }
    if bytes > Self.freeBytes, bytes / Self.mostTimes > packed {
      throw ImportProblem(
        "", "it unpacks to more than \(Self.mostTimes) times its size, as files do that are made to harm")
    }
  }
}

/// A folder for what an import unpacks; gone when the last that uses it is.
public final class UnpackedFolder: Sendable {
  let path: String
  /// Those there are in this process, for whoever has to end it at once.
  private static let all = Mutex<Set<String>>([])

  init() throws(ImportProblem) {
    let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(place)/fiedler-import-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) != nil }  // it is never empty
    guard made else { throw ImportProblem(place, "nothing can be unpacked there: \(SystemWords.text(errno))") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    Self.all.withLock { _ = $0.insert(path) }
  }

  deinit { Self.remove(path) }

  /// Removes what this process has unpacked, whoever still reads it: before an end that releases nothing.
  public static func removeAll() { for path in all.withLock(\.self) { remove(path) } }

  private static func remove(_ path: String) {
    // What cannot be removed stays for the system to tidy.
    try? FileManager.default.removeItem(atPath: path)
    all.withLock { _ = $0.remove(path) }
  }
}

/// A new file that is written in pieces, readable by its owner alone. Closed when it goes.
final class UnpackedFile {
  private let descriptor: Int32
  private let path: String

  init(_ path: String) throws(ImportProblem) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw ImportProblem(path, SystemWords.text(errno)) }
    self.path = path
  }

  deinit { close(descriptor) }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ImportProblem) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw ImportProblem(path, SystemWords.text(errno)) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }
}
