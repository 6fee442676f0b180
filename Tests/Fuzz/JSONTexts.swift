import JSON

/// The tree and the scanner take the same texts, whichever way the scanner goes, and read the same keys in them; what
/// the tree writes is read as itself.
@Sendable func fuzzJSON(_ bytes: [UInt8]) {
  let result = Result { () throws(JSONError) in try JSON(bytes: bytes) }
  let tree = try? result.get()
  bytes.withUnsafeBytes { raw in
    var scanner = JSONScanner(raw)
    scanner.skipValue()
    check(scanner.isAtEnd() == (tree != nil), "the scanner takes what the tree takes, and nothing else")
    var reader = JSONScanner(raw)
    readByKinds(&reader)
    check(reader.isAtEnd() == (tree != nil), "read by kinds a text is JSON or not, too")
    checkPrefix(raw, result)
  }
  if let tree {
    let written = tree.bytes
    check((try? JSON(bytes: written))?.bytes == written, "what is written is read as itself")
    check(tree.repaired.repaired.bytes == tree.repaired.bytes, "what is repaired needs no repair")
    if case .object(let members) = tree { checkKeys(bytes, Set(members.keys)) }
  }
  walk(bytes)
}

/// Reads a value with every way that the scanner has for its kind.
private func readByKinds(_ scanner: inout JSONScanner) {
  if scanner.takeNull() || scanner.takeEmptyArray() || scanner.takeZero() { return }
  /// Goes on with what `read` left, where it was at a value of its kind.
  func take(_ read: (inout JSONScanner) -> Bool) -> Bool {
    var probe = scanner
    guard read(&probe) else { return false }
    scanner = probe
    return true
  }
  if take({ $0.count() != nil }) { return }
  if take({ $0.string().map { $0.text != nil } ?? false }) { return }
  if take({ $0.enterObject() }) {
    while scanner.nextKey() != nil { readByKinds(&scanner) }
  } else if take({ $0.enterArray() }) {
    while scanner.nextElement() { readByKinds(&scanner) }
  } else {
    scanner.skipValue()
  }
}

/// Read as the beginning of something a text is the same value; what is taken there alone is `NaN`, an infinity or a
/// number beyond a `Double`.
private func checkPrefix(_ bytes: UnsafeRawBufferPointer, _ whole: Result<JSON, JSONError>) {
  let begun = try? JSON.prefix(of: bytes)
  switch whole {
  case .success(let value):
    check(begun?.value == value, "a text is its own beginning")
  case .failure(let error):
    guard let begun, bytes[begun.end...].allSatisfy({ [0x20, 0x0A, 0x0D, 0x09].contains($0) }) else { return }
    let isNone = error.offset < bytes.count && [UInt8(ascii: "N"), UInt8(ascii: "I")].contains(bytes[error.offset])
    check(isNone || error.reason.hasSuffix("is not a number JSON can hold"), "only numbers are taken more kindly")
  }
}

private func checkKeys(_ bytes: [UInt8], _ wanted: Set<String>) {
  bytes.withUnsafeBytes { raw in
    var scanner = JSONScanner(raw)
    check(scanner.enterObject(), "an object is one to the scanner")
    var keys: Set<String> = []
    while let key = scanner.nextKey() {
      let name = key.text
      check(name != nil, "a key is a text")
      if let name { keys.insert(name) }
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
      case 5: _ = byte & 8 == 0 ? scanner.takeNull() : scanner.takeEmptyArray()
      case 6: _ = byte & 8 == 0 ? scanner.rawValue() != nil : scanner.count() != nil
      default: scanner.skipValue()
      }
    }
  }
}
