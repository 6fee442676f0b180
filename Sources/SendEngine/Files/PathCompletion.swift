import Basics
import FoundationEssentials
import Glibc

/// Completes a file's path while it is typed.
public enum PathCompletion {
  /// The paths that begin with what was typed, in its own form (`~/no` gives `~/notes.txt`): directories first, with a
  /// slash at their end, then files; each group by name. Blocks on the disk; a directory that cannot be read has no
  /// candidates.
  ///
  /// Names that begin with a dot are offered only once the dot is typed. Case counts only if something matches with it.
  public static func complete(
    _ prefix: String, relativeTo directory: String, home: String? = nil, limit: Int = 50
  ) -> [String] {
    if prefix == "~", home != nil { return ["~/"] }
    let typedName = prefix.splitAtLastSlash?.name ?? prefix[...]
    let typedDirectory = prefix[..<typedName.startIndex]
    let place = PathPlace(directory: directory, home: home)
    let searched = typedDirectory.isEmpty ? place.directory : place.absolute(String(typedDirectory))
    // Missing or forbidden: while typing, that is no error but simply nothing to offer.
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: searched) else { return [] }
    let visible = entries.filter { typedName.hasPrefix(".") || !$0.hasPrefix(".") }
    var matching = visible.filter { $0.hasPrefix(typedName) }
    if matching.isEmpty {
      let lowered = typedName.lowercased()
      matching = visible.filter { $0.lowercased().hasPrefix(lowered) }
    }
    var directories: [String] = []
    var files: [String] = []
    for name in matching.sorted(by: { ($0.lowercased(), $0) < ($1.lowercased(), $1) }) {
      guard directories.count < limit else { break }
      var status = stat()
      guard stat("\(searched)/\(name)", &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: directories.append("\(typedDirectory)\(name)/")
      case S_IFREG: files.append("\(typedDirectory)\(name)")
      default: continue
      }
    }
    return Array((directories + files).prefix(limit))
  }
}
