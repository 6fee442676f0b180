import Canvas

/// What to do about `@names` that were typed and not attached.
enum MentionAnswer: Hashable, Sendable { case attach, sendAsText, back }

extension Editor {
  /// The words that begin with `@` where a completion would have begun, without it. What was pasted long is not looked
  /// at.
  var mentions: [String] {
    var words: [String] = []
    for line in document.lines where line.firstColumn(from: 0, where: { $0 == .character("@") }) != nil {
      for word in line.units(0..<line.count).split(whereSeparator: { $0.isBlank || $0.isChip }) {
        if word.first == .character("@"), word.count > 1 { words.append(word.dropFirst().text) }
      }
    }
    return words
  }
}

extension Mention {
  /// By itself or in a folder.
  fileprivate func isAttached(among files: [AttachedFile]) -> Bool {
    guard let path else { return false }
    return files.contains {
      $0.path == path || $0.path == path + "/" || $0.path.hasSuffix("/") && path.hasPrefix($0.path)
    }
  }
}

extension ComposeScreen {
  /// Asks whether an `@name` of the prompt is a file that was meant to go along; `nil` where there is no such word.
  mutating func checkMentions() -> [Effect]? {
    let words = prompt.editor.mentions
    guard !words.isEmpty else { return nil }
    let changes = prompt.editor.log.changes
    guard prompt.checkedAt != changes else { return [] }
    prompt.checkedAt = changes
    return [.checkMentions(words)]
  }

  mutating func take(_ mentions: [Mention], _ world: inout World) -> [Effect] {
    // What has been typed since is sent by another Enter.
    guard let asked = prompt.checkedAt else { return [] }
    prompt.checkedAt = nil
    guard asked == prompt.editor.log.changes else { return [] }
    let mentions = mentions.filter { !$0.isAttached(among: prompt.attachments) }
    guard !mentions.isEmpty else { return send(checksMentions: false, &world) }
    let files = mentions.compactMap(\.path)
    let names = mentions.map { "@" + $0.word }
    var items: [PickerLayer.Item] = []
    var answers: [MentionAnswer] = []
    func add(_ answer: MentionAnswer, _ title: String, _ note: String = "") {
      items.append(PickerLayer.Item(title: title, note: note, details: [], problem: nil))
      answers.append(answer)
    }
    if !files.isEmpty { add(.attach, "attach and send", files.joined(separator: ", ")) }
    let missing = mentions.filter { $0.path == nil }.map { "@" + $0.word }
    add(.back, "back to the prompt", missing.isEmpty ? "" : "no file is called \(missing.joined(separator: ", "))")
    add(.sendAsText, "send it as text", "no file goes along")
    world.lay(
      PickerLayer(
        kind: .mentions(mentions, answers), title: "not attached: \(names.joined(separator: ", "))", items: items))
    return []
  }

  mutating func answer(_ answer: MentionAnswer, _ mentions: [Mention], _ world: inout World) -> [Effect] {
    switch answer {
    case .back: return []
    case .attach:
      for path in mentions.compactMap(\.path) where !prompt.attachments.contains(where: { $0.path == path }) {
        // It is read when the prompt is sent, as every attached file is.
        prompt.attachments.append(AttachedFile(path: path, name: path, bytes: 0))
      }
      return send(checksMentions: false, &world)
    case .sendAsText: return send(checksMentions: false, &world)
    }
  }
}
