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

  private func mode(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
  }
}
