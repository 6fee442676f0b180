import CTestSupport
import Glibc

/// A file system of a few megabytes in memory, which is easy to fill. It goes when this goes away.
public final class SmallDisk {
  private let directory: TemporaryDirectory
  public var path: String { directory.path }

  /// Whether this process may mount one; needs root's rights.
  public static let isPermitted: Bool = (try? SmallDisk(megabytes: 1)) != nil  // why not does not matter

  public struct NotPermitted: Error {}

  public init(megabytes: Int) throws {
    directory = try TemporaryDirectory()
    guard Self.run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", directory.path) else {
      throw NotPermitted()
    }
  }

  // Also when the mount has failed, and then to no effect: the directory is not a mount point.
  deinit { _ = Self.run("/usr/bin/umount", "-l", directory.path) }

  private static func run(_ command: String...) -> Bool {
    let output = ct_memory_file()
    defer { close(output) }
    return withCStrings(command) { arguments in
      withCStrings(["PATH=/usr/bin:/bin"]) { ct_run(arguments, $0, output) }
    } == 0
  }
}
