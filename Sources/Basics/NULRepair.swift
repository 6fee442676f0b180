import Glibc

extension String {
  /// With U+FFFD for every U+0000, which PostgreSQL cannot hold and at which other programs stop to read.
  public var withoutNUL: String {
    guard holdsNUL else { return self }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 })
    return String(scalars)
  }

  public var holdsNUL: Bool {
    let holds = utf8.withContiguousStorageIfAvailable { bytes in
      bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
    }
    return holds ?? utf8.contains(0)
  }
}
