import Foundation
import TestSupport
import Testing

@Suite("Rows and conversations that come through pipes", .timeLimit(.minutes(4))) struct PipedRowsJourney {
  private let fiedler: Fiedler

  init() throws { fiedler = try Fiedler(settings: "godot: {url: off}\n") }

  private let quick = "-q -m demo/rate-1000x5"

  @Test(
    "Rows of a batch come from standard input, a shell's pipe or a FIFO as well, as JSONL or as a table",
    arguments: [
      "echo '{\"prompt\": \"One\"}' | $F batch CALL -", "$F batch CALL /dev/stdin < <(printf 'prompt\\nOne\\n')",
      "printf 'prompt\\nOne\\n' > $T/rows; $F batch CALL - < $T/rows", "$F batch CALL <(printf 'n;prompt\\n1;One\\n')",
      "mkfifo $T/rows; (echo '{\"prompt\": \"One\"}' > $T/rows & $F batch CALL $T/rows)",
      "echo '[{\"prompt\": \"One\"}]' | $F batch CALL -",
    ])
  func pipedRows(script: String) async throws {
    let run = try await fiedler.shell(script.replacingOccurrences(of: "CALL", with: "-q -y -m demo/rate-1000x5"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(try await fiedler.newestPrompt().prompt == "One")
  }

  @Test("What is wrong with rows that came through a pipe is named, and none of it is sent") func pipedNonsense()
    async throws
  {
    let run = try await fiedler.shell("echo '{\"prompt\": 1}' | $F batch \(quick) -")
    #expect(run.status == 2)
    #expect(run.errors == "fiedler: stdin:1: prompt: it must be a text\n")
  }

  @Test(
    "Conversations are imported from standard input, a shell's pipe or a FIFO, packed or not",
    arguments: [
      "$F import - < $T/out.json", "$F import <(cat $T/out.json)", "$F import <(gzip -c $T/out.json)",
      "mkfifo $T/pipe; (cat $T/out.json > $T/pipe & $F import $T/pipe)",
    ])
  func pipedImport(script: String) async throws {
    let kept = try await fiedler.shell(
      "$F send \(quick) Kept && $F export --all --format json -o $T/out.json && rm -r $T/data/fiedler")
    #expect(kept.status == 0, "\(kept.errors)")
    let run = try await fiedler.shell(script)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    #expect(try await fiedler.newestPrompt().prompt == "Kept")
    let again = try await fiedler.shell("$F import <(echo nothing of the kind)")
    #expect(again.status == 2 && again.errors.contains("/dev/fd/"), "\(again.errors)")
    #expect(!again.errors.contains("/input"), "\(again.errors)")
  }

  @Test("An import that is ended while it still reads a pipe leaves nothing of it") func endedImport() async throws {
    let run = try await fiedler.shell(
      """
      mkdir $T/tmp; mkfifo $T/pipe; exec 9<>$T/pipe; echo '[' >&9
      TMPDIR=$T/tmp $F import $T/pipe & p=$!
      until grep -q . $T/tmp/*/input 2>/dev/null; do sleep 0.05; done
      kill -INT $p; wait $p; s=$?; ls -A $T/tmp; exit $s
      """)
    #expect(run.status == 130 && run.output == "", "\(run.output)\(run.errors)")
  }
}
