import Glibc

/// The targets by the name that the variable FUZZ gives.
private let targets: [String: @Sendable ([UInt8]) -> Void] = [
  "cells": fuzzCells, "code": fuzzCode, "conversation": fuzzConversation, "decoders": fuzzDecoders,
  "differences": fuzzDifferences, "editor": fuzzEditor, "events": fuzzEvents, "frames": fuzzFrames,
  "ignore": fuzzIgnoreRules, "imports": fuzzImports, "input": fuzzInput, "json": fuzzJSON, "listings": fuzzListings,
  "markdown": fuzzMarkdown, "messages": fuzzMessages, "replay": fuzzReplay, "replies": fuzzReplies,
  "screens": fuzzScreens, "sessions": fuzzSessions, "words": fuzzWords, "yaml": fuzzYAML,
]

private let target: @Sendable ([UInt8]) -> Void = {
  guard let name = getenv("FUZZ").map({ String(cString: $0) }), let target = targets[name] else {
    fatalError("FUZZ names none of \(targets.keys.sorted().joined(separator: ", "))")
  }
  return target
}()

/// libFuzzer's entry (https://llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a library").
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ testOneInput: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The entry of the program, by the name that the package manager gives it.
@_cdecl("Fuzz_main")
public func begin(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
  var (count, arguments) = (count, arguments)
  return runDriver(&count, &arguments) { bytes, count in
    target(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
  }
}

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
