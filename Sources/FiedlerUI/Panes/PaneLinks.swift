import Canvas
import Conversations
import Markdown

extension Stage {
  /// The links of the answer in view: those with numbers in its text first, then the others, each once.
  func linksInView(_ world: World) -> [String] {
    guard let text = replyInView(world)?.text else { return [] }
    let links = MarkdownDocument(text).blocks.flatMap(\.links).filter { !$0.target.isEmpty }
    let numbered = links.filter { !$0.isBare }.map(\.target)
    var known = Set(numbered)
    return numbered + links.map(\.target).filter { known.insert($0).inserted }
  }

  /// What the list of links leads to: the links of the answer, then the pictures and PDFs of its prompt.
  private func targetsInView(_ world: World) -> [PaneTarget] {
    linksInView(world).map(PaneTarget.link) + (exchangeInView(world)?.prompt.media ?? []).map(PaneTarget.file)
  }

  /// Links that the list has, and characters that it shows of each: all are looked through at each key.
  private static let mostLinks = 1000
  private static let longestLink = 200

  mutating func openLinks(_ world: inout World) {
    let links = targetsInView(world)
    guard !links.isEmpty else { return world.show("No links in this answer") }
    let shown = Array(links.prefix(Self.mostLinks))
    let items = shown.enumerated().map { number, target in
      let title =
        switch target {
        case .link(let link): String(link.prefix(Self.longestLink))
        case .file(let file): file.line
        }
      return PickerLayer.Item(title: "[\(number + 1)] \(title)", note: "", details: [], problem: nil)
    }
    let title = shown.count < links.count ? "links · the first \(shown.count) of \(links.count)" : "links"
    world.lay(PickerLayer(kind: .links(shown), title: title, items: items))
  }

}

/// Where a line of a pane leads.
enum PaneTarget: Hashable, Sendable {
  case link(String)
  /// A picture or PDF that went along with the prompt.
  case file(Attachment)

  /// What taking it means: a link is copied; of a file there is nothing to copy, so it is opened.
  var taking: Effect {
    switch self {
    case .link(let link): .copy(link, words: "the link")
    case .file: opening
    }
  }

  /// Opens it on the desktop.
  var opening: Effect {
    switch self {
    case .link(let link): .openLink(link)
    case .file(let file): .openAttachment(file)
    }
  }
}

extension Attachment {
  /// `shot.png 640×480 12 kB`.
  var line: String {
    [name, media?.size?.description, Figures.bytes(byteCount)].compactMap(\.self).joined(separator: " ")
  }
}

extension PickerLayer {
  /// Opens the link under the cursor on the desktop.
  func openLink(_ world: inout World) -> [Effect] {
    guard case .links(let links) = kind, let item = selectedItem else { return [] }
    world.closeLayer()
    return [links[item].opening]
  }

  /// A number chooses its link, at once if no other link's number begins so. `nil` if the key is none.
  mutating func typeLinkNumber(_ key: Key, _ world: inout World) -> [Effect]? {
    guard case .links(let links) = kind, case .character(let digit) = key.code, key.modifiers.isEmpty, digit.isASCII,
      digit.isNumber, let number = Int(filter + String(digit)), links.indices.contains(number - 1)
    else { return nil }
    _ = type(key)
    selected = matches.firstIndex { $0.index == number - 1 } ?? 0
    return number * 10 > links.count ? accept(&world) : []
  }
}
