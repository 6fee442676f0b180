import JSON

/// The tree and the scanner take the same texts and read the same keys in them; what the tree writes is read as itself.
@Sendable func fuzzJSON(_ bytes: [UInt8]) {
  let tree = try? JSON(bytes: bytes)
  bytes.withUnsafeBytes { raw in
    var scanner = JSONScanner(raw)
    scanner.skipValue()
    let isTaken = scanner.isAtEnd()
    if tree != nil { check(isTaken, "the scanner takes what the tree takes") }
  }
  if let tree {
    let written = tree.bytes
    check((try? JSON(bytes: written))?.bytes == written, "what is written is read as itself")
    check(tree.repaired.repaired.bytes == tree.repaired.bytes, "what is repaired needs no repair")
    if case .object(let members) = tree { checkKeys(bytes, Set(members.keys)) }
  }
  walk(bytes)
}

private func checkKeys(_ bytes: [UInt8], _ wanted: Set<String>) {
  bytes.withUnsafeBytes { raw in
    var scanner = JSONScanner(raw)
    check(scanner.enterObject(), "an object is one to the scanner")
    var keys: Set<String> = []
    while let key = scanner.nextKey() {
      var name: [UInt8] = []
      check(key.append(to: &name), "a key is a text")
      keys.insert(String(decoding: name, as: UTF8.self))
      scanner.skipValue()
    }
    check(!scanner.failed && scanner.isAtEnd() && keys == wanted, "the scanner's keys are the tree's")
  }
}

/// Any steps, as the decoders may take them in a text that is another one than they think.
private func walk(_ bytes: [UInt8]) {
  bytes.withUnsafeBytes { raw in
    var scanner = JSONScanner(raw)
    var text: [UInt8] = []
    for byte in bytes.prefix(64) {
      switch byte & 7 {
      case 0: _ = scanner.enterObject()
      case 1: _ = scanner.enterArray()
      case 2: _ = scanner.nextKey()?.append(to: &text)
      case 3: _ = scanner.nextElement()
      case 4: _ = scanner.string()?.append(to: &text)
      case 5: _ = scanner.takeNull()
      case 6: _ = scanner.rawValue()
      default: scanner.skipValue()
      }
    }
  }
}
