import Glibc

/// Where symbolic links lead. All functions block on the disk and may be called from any thread.
public enum SymbolicLinks {
  /// As many as the kernel follows.
  private static let most = 40

  /// What the link at a path says, as it stands in it; `nil` where no link is, or where it says no text in UTF-8.
  public static func target(of path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    guard count > 0, count < buffer.count else { return nil }
    return String(validating: buffer[..<count], as: UTF8.self)
  }

  /// The path of a file that may be a link: its own, or the one at the end of the links, be a file there or not.
  public static func end(of path: String) -> String {
    var path = path
    for _ in 0..<most {
      guard let target = target(of: path) else { break }
      let folder = path.splitAtLastSlash.map { $0.folder + "/" } ?? ""
      path = target.isAbsolutePath ? target : folder + target
    }
    return path
  }
}
