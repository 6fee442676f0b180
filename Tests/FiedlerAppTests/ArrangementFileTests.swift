import Conversations
import FiedlerUI
import Foundation
import Settings
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("The arrangement of panes") struct ArrangementFileTests {
  private let home = try! TemporaryDirectory()

  private func file() throws -> ArrangementFile {
    let paths = Paths(environment: ["HOME": home.path])
    try paths.createDirectories()
    return ArrangementFile(paths)
  }

  @Test("It comes back as it was kept, models with slashes in their names too") func roundTrip() throws {
    let file = try file()
    #expect(try file.read() == nil)
    let models = [
      ModelReference(provider: "together", name: "deepseek-ai/DeepSeek-R1"), ModelReference(provider: "x", name: "日本"),
    ]
    for layout in PaneArrangement.Layout.allCases {
      try file.write(PaneArrangement(layout: layout, order: models))
      #expect(try file.read() == PaneArrangement(layout: layout, order: models))
    }
  }

  @Test("A damaged file is named, with the way out", arguments: ["", "{", "[]", #"{"layout":"circle","order":[]}"#])
  func damaged(text: String) throws {
    let file = try file()
    try text.write(toFile: file.path, atomically: true, encoding: .utf8)
    let error = #expect(throws: ArrangementFile.Unreadable.self) { try file.read() }
    #expect(error?.description.contains(file.path) == true)
  }
}
