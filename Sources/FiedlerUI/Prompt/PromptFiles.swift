import Canvas
import Conversations

/// The files that go along with the prompt: listed, looked at before sending, taken off.
extension AppState {
  /// Alt+O: the paste at the cursor becomes text; where there is none, the files are what there is to open.
  mutating func openChip() -> [Effect] {
    let before = compose.prompt.editor.log.changes
    let effects = edit(.expandChip)
    guard compose.prompt.editor.log.changes == before else { return effects }
    openFiles()
    return effects
  }

  mutating func openFiles() {
    let files = compose.prompt.files
    guard !files.isEmpty else { return show("No file is attached: @ or /attach takes one along") }
    openList(of: files, title: "files that go along")
  }

  private mutating func openList(of files: [AttachedFile], title: String) {
    let items = files.map { file in
      let note = file.path.isEmpty ? "of the edited prompt" : file.path == file.name || isMember(file) ? "" : file.path
      let count = file.members.isEmpty ? [] : [Figures.plural(file.count, "file")]
      let size = [file.media?.size?.description].compactMap(\.self)
      return PickerLayer.Item(
        title: file.name, note: note, details: count + size + [Figures.bytes(file.bytes)], problem: nil)
    }
    layer = PickerLayer(kind: .files(files), title: title, items: items)
  }

  private func isMember(_ file: AttachedFile) -> Bool { file.members.isEmpty && file.path.hasSuffix("/") }

  /// Asks for the text of a file, as the models will see it.
  mutating func review(_ file: AttachedFile) -> [Effect] {
    if !file.members.isEmpty {
      openList(of: file.members, title: "files of \(file.name)")
      return []
    }
    if !file.path.isEmpty { return [.readForReview(file)] }
    // One of an edited prompt is in the conversation already.
    let carried = conversation?.exchanges.first { $0.id == compose.prompt.carried?.from }?.prompt.attachments
    guard let kept = carried?.first(where: { $0.name == file.name }) else { return [] }
    if kept.media != nil { return [.openAttachment(kept)] }
    openReview(name: file.name, text: kept.content)
    return []
  }

  /// Takes the file under the picker's cursor off the prompt.
  mutating func dropFile() {
    guard let picker = layer as? PickerLayer, case .files(let files) = picker.kind, let item = picker.selectedItem
    else { return }
    guard !files[item].path.isEmpty else {
      return show("The files of the edited prompt go together; /detach alone takes them off", .warning)
    }
    if isMember(files[item]) {
      return show("It goes with its folder: close this list and take \(files[item].path) off", .warning)
    }
    compose.prompt.attachments.removeAll { $0 == files[item] }
    if compose.prompt.files.isEmpty { layer = nil } else { openFiles() }
    show("\(files[item].name) taken off")
  }

  mutating func openReview(name: String, text: String) {
    var review = ReviewLayer(name: name, text: text)
    review.fit(size)
    layer = review
  }
}
