import Basics
import Glibc

/// An `@name` in a prompt that may have been meant as a file.
public struct FileMention: Hashable, Sendable {
  /// The word behind the `@`.
  public var word: String
  /// The file or folder that it names, as the word has it; `nil` if there is none.
  public var path: String?

  public init(word: String, path: String?) {
    self.word = word
    self.path = path
  }

  /// Those of the words that name a file or a folder, or look as if they should: `folder/`, `Sources/Typo.swift` where
  /// there is `Sources`, `notes.txt`. Not `param`, `angular/core` or `someone`, where nothing is called so.
  ///
  /// Blocks on the disk. Relative paths count from `directory`, and `~` is `home`.
  public static func found(in words: [String], relativeTo directory: String, home: String?) -> [FileMention] {
    let place = PathPlace(directory: directory, home: home)
    func exists(_ path: String) -> Bool { access(place.absolute(path), F_OK) == 0 }
    return words.compactMap { word in
      // A sentence's sign behind a name is not part of it, unless a file has it.
      let end = word.lastIndex { !",.;:!?)]}'\"".contains($0) }
      let bare = end.map { String(word[...$0]) } ?? word
      guard !bare.isEmpty else { return nil }
      for path in [word, bare] where exists(path) { return FileMention(word: word, path: path) }
      return looksLikePath(bare, exists) ? FileMention(word: word, path: nil) : nil
    }
  }

  private static func looksLikePath(_ word: String, _ exists: (String) -> Bool) -> Bool {
    if word.hasSuffix("/") { return word.count > 1 }
    let names = word.pathParts(omittingEmpty: false)
    if names.count > 1 { return names[0].isEmpty || names[0] == "~" || exists(names[0]) }
    guard let dot = word.lastIndex(of: "."), dot > word.startIndex else { return false }
    let suffix = word[word.index(after: dot)...]
    return (1...5).contains(suffix.count) && suffix.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }
}
