import Canvas
import Conversations
import Markdown

extension AppState {
  /// The links of the answer in view: those with numbers in its text first, then the others, each once.
  var linksInView: [String] {
    guard let text = replyInView?.text else { return [] }
    let links = MarkdownDocument(text).blocks.flatMap(\.links).filter { !$0.target.isEmpty }
    let numbered = links.filter { !$0.isBare }.map(\.target)
    var known = Set(numbered)
    return numbered + links.map(\.target).filter { known.insert($0).inserted }
  }

  /// What the list of links leads to: the links of the answer, then the pictures and PDFs of its prompt.
  private var targetsInView: [PaneTarget] {
    linksInView.map(PaneTarget.link) + (exchangeInView?.prompt.media ?? []).map(PaneTarget.file)
  }

  /// Links that the list has, and characters that it shows of each: all are looked through at each key.
  private static let mostLinks = 1000
  private static let longestLink = 200

  mutating func openLinks() {
    let links = targetsInView
    guard !links.isEmpty else { return show("No links in this answer") }
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
    layer = PickerLayer(kind: .links(shown), title: title, items: items)
  }

  /// Opens the link under the picker's cursor.
  mutating func openLink() -> [Effect] {
    guard let picker = layer as? PickerLayer, case .links(let links) = picker.kind, let item = picker.selectedItem
    else { return [] }
    layer = nil
    return [links[item].opening]
  }

  /// What taking a target means: a link is copied; of a file there is nothing to copy, so it is opened.
  static func take(_ target: PaneTarget) -> Effect {
    switch target {
    case .link(let link): copy(link: link)
    case .file: target.opening
    }
  }

  static func copy(link: String) -> Effect { .copy(link, words: "the link") }
}

/// Where a line of a pane leads.
enum PaneTarget: Hashable, Sendable {
  case link(String)
  /// A picture or PDF that went along with the prompt.
  case file(Attachment)

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
