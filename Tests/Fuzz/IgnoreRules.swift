@testable import SendEngine

/// Rules, a zero byte, and the path that they are asked about.
@Sendable func fuzzIgnoreRules(_ bytes: [UInt8]) {
  let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
  let rules = IgnoreRules(String(decoding: parts[0], as: UTF8.self))
  let path = parts.count > 1 ? Array(parts[1]) : Array("a/b/c".utf8)
  let names = path.split(separator: UInt8(ascii: "/"))
  _ = rules.ignores(names, isDirectory: bytes.count % 2 == 0)
  let pattern = PathPattern(String(decoding: parts[0].prefix(40), as: UTF8.self))
  guard !pattern.isEmpty else { return }
  let name = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
  _ = path.withUnsafeBufferPointer { pattern.score($0, nameAt: name) }
  _ = pattern.places(path, nameAt: name)
}
