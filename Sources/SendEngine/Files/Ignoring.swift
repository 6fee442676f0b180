import Basics
import ConfigurationReading
import FoundationEssentials
import Glibc

/// The rules that count in a folder: those of its own `.gitignore` and of the folders above it, as far as the work tree
/// reaches.
struct Ignoring: Sendable {
  /// Outermost first: the later ones have the last word. `depth` is how many names of a path, counted from the walked
  /// folder, stand above the rules' own; negative above the walked folder.
  private var files: [(rules: IgnoreRules, depth: Int)] = []
  /// The walked folder's own path below the work tree's top.
  private var above: [ArraySlice<UInt8>] = []

  /// What counts in a folder before its own `.gitignore` is read: the rules of the folders above it up to the one that
  /// has `.git`, and those in `.git/info/exclude`. Blocks on the disk.
  init(above directory: String) {
    var names: [String] = []
    var place = directory
    while !place.isEmpty {
      if access(place + "/.git", F_OK) == 0 {
        above = names.map { Array($0.utf8)[...] }
        add(place + "/.git/info/exclude", depth: -names.count, followsLink: true)
        for count in 0..<names.count {
          let folder = ([place] + names.prefix(count)).joined(separator: "/")
          add(folder + "/.gitignore", depth: count - names.count)
        }
        return
      }
      guard let (folder, name) = place.splitAtLastSlash else { return }
      names.insert(String(name), at: 0)
      place = String(folder)
    }
  }

  /// Bytes of a file of patterns that count: its first lines, as far as they are whole. Every name in the tree is held
  /// against each of them.
  static let maximumBytes = 1 << 18

  /// With the rules of a folder below the walked one, or of that itself.
  func adding(contentsOf folder: String, depth: Int) -> Ignoring {
    var all = self
    all.add(folder + "/.gitignore", depth: depth)
    return all
  }

  /// A `.gitignore` that is a symbolic link is passed over, as Git does it: it may lead anywhere. The repository's own
  /// `info/exclude` is followed.
  private mutating func add(_ file: String, depth: Int, followsLink: Bool = false) {
    // A file that cannot be read rules nothing out; Git warns, a list of names has no place for that.
    guard var bytes = try? RegularFile(path: file, followsLink: followsLink).prefix(Self.maximumBytes + 1) else {
      return
    }
    if bytes.count > Self.maximumBytes {
      bytes.removeSubrange((bytes.lastIndex(of: UInt8(ascii: "\n")) ?? 0)...)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    let rules = IgnoreRules(text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text)
    if !rules.isEmpty { files.append((rules, depth)) }
  }

  /// Whether a name in a folder is left out; `folder` ends with a slash, or is empty for the walked one.
  func ignores(_ name: [UInt8], in folder: [UInt8], isDirectory: Bool) -> Bool {
    guard !files.isEmpty else { return false }
    let names = above + folder.split(separator: UInt8(ascii: "/")) + [name[...]]
    for (rules, depth) in files.reversed() {
      let own = Array(names[(above.count + depth)...])
      if let ignores = rules.ignores(own, isDirectory: isDirectory) { return ignores }
    }
    return false
  }
}
