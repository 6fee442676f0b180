import Foundation
import Glibc
import TestSupport

/// A file system of a few megabytes in memory. It belongs to the process that mounts it and to its children, and goes
/// with the last of them.
struct SmallDisk {
  /// Where it is mounted.
  let path: String

  /// A command line that mounts it and becomes `command`.
  func holding(_ command: [String]) -> [String] {
    Self.unshare + ["sh", "-c", "mount -t tmpfs -o size=4m tmpfs \"$0\" && exec \"$@\"", path] + command
  }

  /// Only its owner may mount in a namespace of its own; others need one for users too.
  private static let unshare = ["/usr/bin/unshare", geteuid() == 0 ? "-m" : "-rm"]

  static let isPossible: Bool = {
    // Whatever hinders it, it is not possible then.
    guard let directory = try? TemporaryDirectory() else { return false }
    let line = SmallDisk(path: directory.path).holding(["true"])
    guard let trial = try? ChildProcess(line[0], Array(line.dropFirst()), log: directory("../\(UUID()).log")) else {
      return false
    }
    defer { unlink(trial.log) }
    return trial.waitForExit() == 0
  }()

  /// Its filler, as seen from outside through a process that has it.
  private func filler(of process: pid_t) -> String { "/proc/\(process)/root\(path)/filler" }

  struct NotFilled: Error { var errorNumber: Int32 }

  /// Writes until nothing more fits.
  func fill(by process: pid_t) throws {
    let descriptor = open(filler(of: process), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw NotFilled(errorNumber: errno) }
    defer { close(descriptor) }
    for size in [65_536, 4096, 1] {
      let block = [UInt8](repeating: 1, count: size)
      while write(descriptor, block, size) > 0 {}
    }
    guard errno == ENOSPC else { throw NotFilled(errorNumber: errno) }
  }

  func free(by process: pid_t) { unlink(filler(of: process)) }
}
