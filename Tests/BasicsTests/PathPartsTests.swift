import Testing

@testable import Basics

/// A combining acute accent: with what stands before it, one character to Swift.
private let mark = "\u{301}"

@Suite("Parts of a path") struct PathPartsTests {
  @Test("A path is taken apart at each of its slashes, though a name begins with a mark")
  func marks() throws {
    let path = "/a/../\(mark)b/c"
    #expect(path.pathParts() == ["a", "..", "\(mark)b", "c"])
    #expect("/\(mark)a".isAbsolutePath && !"\(mark)/a".isAbsolutePath)
    let (folder, name) = try #require("a/\(mark)b".splitAtLastSlash)
    #expect(folder == "a" && name == "\(mark)b")
  }

  @Test("Ends, doubled slashes and names alone")
  func ends() throws {
    #expect("//a//".pathParts() == ["a"] && "//a/".pathParts(omittingEmpty: false) == ["", "", "a", ""])
    #expect("/".lastPathPart == nil && "".lastPathPart == nil && "a/".lastPathPart == "a" && "b".lastPathPart == "b")
    #expect("b".splitAtLastSlash == nil)
    let (folder, name) = try #require("/".splitAtLastSlash)
    #expect(folder.isEmpty && name.isEmpty)
    #expect("a/b"[...].splitAtLastSlash?.name == "b")
  }

  @Test("Text is replaced wherever its scalars stand, though a mark follows")
  func replacing() {
    #expect("a\"\(mark)b\"".replacingScalars("\"", with: "\"\"") == "a\"\"\(mark)b\"\"")
    #expect("abab".replacingScalars("ab", with: "") == "" && "abc".replacingScalars("x", with: "y") == "abc")
    #expect("abc".replacingScalars("", with: "y") == "abc" && "aab".replacingScalars("ab", with: "c") == "ac")
  }

  @Test("A text is parted at the first sign, though a mark follows")
  func parting() throws {
    for (before, after) in [("a", "b=c"), ("", ""), ("a", mark)] {
      let parts = try #require("\(before)=\(after)".split(atFirst: "="))
      #expect(parts.before == before && parts.after.unicodeScalars.elementsEqual(after.unicodeScalars))
    }
    #expect("a".split(atFirst: "=") == nil)
  }

  @Test("Bytes are found where they stand first, from a place on, and an empty word nowhere")
  func firstOffset() {
    let text = Array("aaab aab".utf8)
    func find(_ word: String, from start: Int = 0) -> Int? {
      text.withUnsafeBytes { $0.firstOffset(of: Array(word.utf8), from: start) }
    }
    #expect(find("aab") == 1 && find("aab", from: 2) == 5 && find("aab", from: 6) == nil)
    #expect(find("b", from: 7) == 7 && find("b", from: 8) == nil && find("b", from: 9) == nil)
    #expect(find("") == nil && find("aaab aab") == 0 && find("aaab aabc") == nil)
    #expect(UnsafeRawBufferPointer(start: nil, count: 0).firstOffset(of: [1]) == nil)
  }
}
