import Foundation
import Glibc
import TestSupport
import Testing

@testable import Basics

@Suite("Folders") struct FoldersTests {
  @Test("What is missing of a path is made for its owner alone; what is there stays as it is")
  func made() throws {
    let directory = try TemporaryDirectory()
    try directory.directory("there")
    chmod(directory("there"), 0o755)
    try Folders.make(directory("there/outer/inner/"))
    try Folders.make(directory("there/outer/inner"))
    #expect(mode(directory("there")) == 0o755)
    #expect(mode(directory("there/outer")) == 0o700)
    #expect(mode(directory("there/outer/inner")) == 0o700)
  }

  @Test("A file in the way is told of as such, wherever on the path it stands")
  func inTheWay() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("file", "")
    #expect(throws: Folders.Failure(path: file, error: SystemError(EEXIST))) { try Folders.make(file) }
    let inner = file + "/inner"
    #expect(throws: Folders.Failure(path: inner, error: SystemError(ENOTDIR))) { try Folders.make(inner) }
  }

  @Test("A link to nowhere in a folder's place, or on its way, is named with what it leads to")
  func linkInTheWay() throws {
    let directory = try TemporaryDirectory()
    #expect(symlink("/nowhere/x", directory("link")) == 0)
    let failure = try #require(throws: Folders.Failure.self) { try Folders.make(directory("link/inner")) }
    #expect(failure.reason == "\(directory("link")) is a symbolic link to /nowhere/x, which is not there")
  }

  @Test("A link leads to the end of its links, whether or not a file is there; a circle of them ends somewhere")
  func links() throws {
    let directory = try TemporaryDirectory()
    try directory.directory("inner")
    for (name, target) in [
      ("one", "inner/two"), ("inner/two", "../three"), ("far", "/nowhere/x"), ("circle", "circle"),
    ] {
      #expect(symlink(target, directory(name)) == 0)
    }
    #expect(SymbolicLinks.end(of: directory("one")) == directory("inner/../three"))
    #expect(SymbolicLinks.end(of: directory("far")) == "/nowhere/x")
    #expect(SymbolicLinks.end(of: directory("none")) == directory("none"))
    #expect(SymbolicLinks.end(of: directory("circle")) == directory("circle"))
  }

  @Test("However a path is written, the same file is the same, and another one is another")
  func identity() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("file", "")
    #expect(symlink("file", directory("link")) == 0 && link(file, directory("other-name")) == 0)
    let identity = try #require(FileIdentity(at: file))
    for name in ["link", "./file", "other-name"] { #expect(FileIdentity(at: directory(name)) == identity) }
    #expect(FileIdentity(at: try directory.write("another", "")) != identity)
    #expect(FileIdentity(at: directory("missing")) == nil && FileIdentity(descriptor: -1) == nil)
  }

  @Test("What stands in a file's place is told by its kind; a file, or nothing, is no obstacle")
  func obstacles() throws {
    let directory = try TemporaryDirectory()
    #expect(mkfifo(directory("fifo"), 0o600) == 0)
    #expect(symlink("fifo", directory("to-fifo")) == 0 && symlink("nothing", directory("to-nothing")) == 0)
    #expect(FileObstacle(at: try directory.write("file", "")) == nil)
    #expect(FileObstacle(at: directory("missing/file")) == nil)
    #expect(FileObstacle(at: directory.path) == .directory)
    #expect(FileObstacle(at: directory("to-fifo")) == .other("FIFO"))
    #expect(FileObstacle(at: "/dev/null") == .other("device"))
    #expect(
      FileObstacle(at: directory("to-nothing/file"))
        == .dangling(link: directory("to-nothing"), target: "nothing"))
  }

  private func mode(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
  }
}
