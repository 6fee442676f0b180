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
      PickerState.Item(title: "[\(number + 1)] \(link.prefix(Self.longestLink))", note: "", details: [], problem: nil)
    }
    let title = shown.count < links.count ? "links · the first \(shown.count) of \(links.count)" : "links"
    overlay = .picker(PickerState(kind: .links(shown), title: title, items: items))
  }

  /// A number chooses its link, at once if no other link's number begins so. False if the key is none.
  mutating func typeLinkNumber(_ key: Key) -> [Effect]? {
    guard case .picker(let picker) = overlay, case .links(let links) = picker.kind,
      case .character(let digit) = key.code, key.modifiers.isEmpty, digit.isASCII, digit.isNumber,
      let number = Int(picker.filter + String(digit)), links.indices.contains(number - 1)
    else { return nil }
    changePicker { picker in
      _ = picker.type(key)
      picker.selected = picker.matches.firstIndex { $0.index == number - 1 } ?? 0
    }
    return number * 10 > links.count ? acceptPicker() : []
  }

  /// Opens the link under the picker's cursor.
  mutating func openLink() -> [Effect] {
    guard case .picker(let picker) = overlay, case .links(let links) = picker.kind,
      let item = picker.selectedItem
    else { return [] }
    overlay = nil
    return [.openLink(links[item])]
  }

  static func copy(link: String) -> Effect { .copy(link, words: "the link") }
}
