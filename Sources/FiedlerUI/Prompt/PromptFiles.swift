import Canvas
import Conversations

/// The files that go along with the prompt: listed, looked at before sending, taken off.
extension ComposeScreen {
  /// Alt+O: the paste at the cursor becomes text; where there is none, the files are what there is to open.
  mutating func openChip(_ world: inout World) -> [Effect] {
    let before = prompt.editor.log.changes
    let effects = edit(.expandChip, &world)
    guard prompt.editor.log.changes == before else { return effects }
    openFiles(&world)
    return effects
  }

  func openFiles(_ world: inout World) {
    let files = prompt.files
    guard !files.isEmpty else { return world.show("No file is attached: @ or /attach takes one along") }
    openList(of: files, title: "files that go along", &world)
  }

  private func openList(of files: [AttachedFile], title: String, _ world: inout World) {
    let items = files.map { file in
      let note = file.path.isEmpty ? "of the edited prompt" : file.path == file.name || isMember(file) ? "" : file.path
      let count = file.members.isEmpty ? [] : [Figures.plural(file.count, "file")]
      let size = [file.media?.size?.description].compactMap(\.self)
      return PickerLayer.Item(
        title: file.name, note: note, details: count + size + [Figures.bytes(file.bytes)], problem: nil)
    }
    world.lay(PickerLayer(kind: .files(files), title: title, items: items))
  }

  private func isMember(_ file: AttachedFile) -> Bool { file.members.isEmpty && file.path.hasSuffix("/") }

  /// Asks for the text of a file, as the models will see it.
  func review(_ file: AttachedFile, _ world: inout World) -> [Effect] {
    if !file.members.isEmpty {
      openList(of: file.members, title: "files of \(file.name)", &world)
      return []
    }
    if !file.path.isEmpty { return [.readForReview(file)] }
    // One of an edited prompt is in the conversation already.
    let carried = world.conversation?.exchanges.first { $0.id == prompt.carried?.from }?.prompt.attachments
    guard let kept = carried?.first(where: { $0.name == file.name }) else { return [] }
    if kept.media != nil { return [.openAttachment(kept)] }
    world.openReview(name: file.name, text: kept.content)
    return []
  }

  /// Takes a file off the prompt, and lists those that are left.
  mutating func drop(_ file: AttachedFile, _ world: inout World) {
    guard !file.path.isEmpty else {
      return world.show("The files of the edited prompt go together; /detach alone takes them off", .warning)
    }
    if isMember(file) {
      return world.show("It goes with its folder: close this list and take \(file.path) off", .warning)
    }
    prompt.attachments.removeAll { $0 == file }
    if prompt.files.isEmpty { world.closeLayer() } else { openFiles(&world) }
    world.show("\(file.name) taken off")
  }
}

extension PickerLayer {
  /// Takes the file under the cursor off the prompt.
  func dropFile(_ world: inout World) {
    guard case .files(let files) = kind, let item = selectedItem else { return }
    let file = files[item]
    world.then { app in
      app.onCompose { compose, world in
        compose.drop(file, &world)
        return []
      }
    }
  }
}

extension World {
  mutating func openReview(name: String, text: String) {
    var review = ReviewLayer(name: name, text: text)
    review.fit(size)
    lay(review)
  }
}
