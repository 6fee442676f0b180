import Glibc

/// The targets by the name that the variable FUZZ gives.
private let targets: [String: @Sendable ([UInt8]) -> Void] = [
  "cells": fuzzCells, "chunks": fuzzChunks, "code": fuzzCode, "conversation": fuzzConversation,
  "decoders": fuzzDecoders, "differences": fuzzDifferences, "editor": fuzzEditor, "events": fuzzEvents,
  "frames": fuzzFrames, "ignore": fuzzIgnoreRules, "imports": fuzzImports, "input": fuzzInput, "json": fuzzJSON,
  "listings": fuzzListings, "markdown": fuzzMarkdown, "messages": fuzzMessages, "replay": fuzzReplay,
  "replies": fuzzReplies, "screens": fuzzScreens, "sessions": fuzzSessions, "words": fuzzWords, "yaml": fuzzYAML,
]

let target: @Sendable ([UInt8]) -> Void = {
  guard let name = getenv("FUZZ").map({ String(cString: $0) }), let target = targets[name] else {
    fatalError("FUZZ names none of \(targets.keys.sorted().joined(separator: ", "))")
  }
  return target
}()

/// Ends the run where a promise is broken, which libFuzzer takes for a crash and keeps the input of.
func check(_ holds: Bool, _ promise: @autoclosure () -> String) {
  guard !holds else { return }
  fatalError("broken: \(promise())")
}

/// An input whose first bytes steer and whose rest is the text.
struct Steered {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func byte() -> Int { Int(rest.popFirst() ?? 0) }
}
