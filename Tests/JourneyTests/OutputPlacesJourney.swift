import Foundation
import TestSupport
import Testing

@Suite("Places that an output may not take", .timeLimit(.minutes(4))) struct OutputPlacesJourney {
  private let fiedler: Fiedler

  init() throws { fiedler = try Fiedler(settings: "godot: {url: off}\n") }

  private let quick = "-q -m demo/rate-1000x5"

  @Test(
    "Where the results of a batch cannot be written, or would replace its rows, nothing is sent",
    arguments: [
      ("$T/rows.csv", "is the file with the rows"), ("$T/link.csv", "is the file with the rows"),
      ("$T/none/out.csv", "cannot write"), ("$T/folder", "it is a directory"),
    ])
  func unwritableResults(output: String, words: String) async throws {
    let rows = "prompt\nOne\n"
    try fiedler.home.write("rows.csv", rows)
    let run = try await fiedler.shell(
      "cd $T; ln -s rows.csv link.csv; mkdir folder; $F batch rows.csv \(quick) --format csv --output \(output)")
    #expect(run.status == 2 && run.errors.contains(words), "\(run.errors)")
    #expect(try String(contentsOfFile: fiedler.home("rows.csv"), encoding: .utf8) == rows)
    #expect(try await fiedler.run("batch", "--list").output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: fiedler.home("out.csv")))
  }

  @Test(
    "Nothing is written over the files that Fiedler lives on, however they are named",
    arguments: [
      "export --all --format json -o $T/data/fiedler/fiedler.db", "export --all --format json -o $T/link",
      "export $ID -o $T/config/fiedler/config.yaml", "replay --cast $T/data/fiedler/../fiedler/fiedler.db $ID",
      "batch $T/rows.csv -q -m demo/rate-1000x5 --format csv --output $T/data/fiedler/fiedler.db",
    ])
  func ownFiles(call: String) async throws {
    try fiedler.home.write("rows.csv", "prompt\nOne\n")
    let kept = try await fiedler.shell("$F send \(quick) Kept; ln -s $T/data/fiedler/fiedler.db $T/link")
    #expect(kept.status == 0, "\(kept.errors)")
    let id = try #require(try await fiedler.conversations().first)
    let run = try await fiedler.shell("$F \(call.replacing("$ID", with: id))")
    #expect(run.status == 2 && run.errors.contains("is a file that Fiedler lives on"), "\(run.errors)")
    #expect(try await fiedler.newestPrompt().prompt == "Kept")
  }

  @Test("What could not be written of a batch that was paid for is kept, and how to have it is said")
  func lostResults() async throws {
    try fiedler.home.write("rows.csv", "prompt\nOne\n")
    let run = try await fiedler.shell("$F batch $T/rows.csv \(quick) --format csv --output /dev/full")
    #expect(run.status == 2 && run.errors.contains("The answers are kept: `fiedler batch --resume "), "\(run.errors)")
    let id = try #require(run.errors.split(separator: "--resume ").last?.prefix(8))
    let again = try await fiedler.shell("$F batch --resume \(id) -q --output $T/out.csv && cat $T/out.csv")
    #expect(again.status == 0 && again.output.contains("rows.csv:2"), "\(again.errors)")
  }
}
