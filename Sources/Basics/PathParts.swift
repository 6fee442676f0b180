/// A path is taken apart as the system does it, at its bytes. To Swift a slash and a mark that follows it are one
/// character, which equals no slash; to the system a name may begin with a mark like any other.
extension StringProtocol where UTF8View: BidirectionalCollection {
  public var isAbsolutePath: Bool { utf8.first == UInt8(ascii: "/") }

  /// What stands before the last slash and behind it; `nil` where there is none.
  public var splitAtLastSlash: (folder: SubSequence, name: SubSequence)? {
    utf8.lastIndex(of: UInt8(ascii: "/")).map { (self[..<$0], self[utf8.index(after: $0)...]) }
  }

  /// `["a", "b"]` of `/a//b/`; with the empty ones `["", "a", "", "b", ""]`.
  public func pathParts(omittingEmpty: Bool = true) -> [String] {
    utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: omittingEmpty)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// The last part that is not empty; `nil` where there are slashes alone, or nothing.
  public var lastPathPart: String? { pathParts().last }
}
