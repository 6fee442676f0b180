import FiedlerUI
import Testing

@testable import SendEngine

@Suite("The demo models' tour") struct DemoTourTests {
  /// What stands between backticks in all parts and voices, blocks of code left out.
  private static let named: Set<String> = {
    var names: Set<String> = []
    for part in DemoTour.Part.allCases {
      for voice in DemoTour.Voice.allCases {
        let pieces = DemoTourTexts.text(part, voice).components("```")
        for text in stride(from: 0, to: pieces.count, by: 2).map({ pieces[$0] }) {
          let spans = text.components("`")
          names.formUnion(stride(from: 1, to: spans.count, by: 2).map { spans[$0] })
        }
      }
    }
    return names
  }()

  @Test("Every key that the tour names is in the table of keys")
  func keys() {
    let keyMap = KeyMap()
    let known = Set(Actions.all.flatMap { keyMap.keys(of: $0.id) })
    #expect(Self.named.count > 20)
    for name in Self.named {
      let key = KeySyntax.key(name.replacing("Ctrl+", with: "ctrl-").replacing("Alt+", with: "alt-"))
      #expect(key.map(known.contains) == true, "no action has the key \(name)")
    }
  }

  @Test("No two voices say the same, and each opens with what was asked")
  func voices() {
    var texts: Set<String> = []
    for question in ["Help", "Find it", "Which provider?", "Compare"] {
      for voice in DemoTour.Voice.allCases {
        let tour = DemoTour(voice: voice, prompts: [question])
        #expect(tour.text.contains("“\(question)”"))
        #expect(tour.reasoning.isEmpty == (voice != .thinker))
        texts.insert(tour.text)
      }
    }
    #expect(texts.count == 16)
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [String] {
    split(separator: separator, omittingEmptySubsequences: false).map(String.init)
  }
}
