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

  /// Links that the list has, and characters that it shows of each: all are looked through at each key.
  private static let mostLinks = 1000
  private static let longestLink = 200

  mutating func openLinks() {
    let links = linksInView
    guard !links.isEmpty else { return show("No links in this answer") }
    let shown = Array(links.prefix(Self.mostLinks))
    let items = shown.enumerated().map { number, link in
      PickerLayer.Item(title: "[\(number + 1)] \(link.prefix(Self.longestLink))", note: "", details: [], problem: nil)
    }
    let title = shown.count < links.count ? "links · the first \(shown.count) of \(links.count)" : "links"
    layer = PickerLayer(kind: .links(shown), title: title, items: items)
  }

  /// Opens the link under the picker's cursor.
  mutating func openLink() -> [Effect] {
    guard let picker = layer as? PickerLayer, case .links(let links) = picker.kind, let item = picker.selectedItem
    else { return [] }
    layer = nil
    return [.openLink(links[item])]
  }

  static func copy(link: String) -> Effect { .copy(link, words: "the link") }
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
