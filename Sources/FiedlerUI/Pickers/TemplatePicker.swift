import Canvas
import Conversations

extension TemplateFile {
  /// What is said where there is none.
  static let none = "There are no templates; `fiedler paths` tells where to put some"
}

extension World {
  mutating func openTemplatePicker(_ files: [TemplateFile], filter: String) {
    guard !files.isEmpty else { return show(TemplateFile.none) }
    let items = files.map { file in
      let template = file.template
      let title = template?.title ?? file.name
      let notes = [title == file.name ? nil : file.name, template?.description].compactMap(\.self)
      return PickerLayer.Item(
        title: title, note: notes.joined(separator: " · "), details: [],
        problem: template == nil ? "cannot be used" : nil,
        preview: Self.problem(file) ?? template.map(Self.preview) ?? "")
    }
    lay(PickerLayer(kind: .templates(files), title: "templates", items: items, filter: filter))
  }

  /// All lie in one folder.
  private static func problem(_ file: TemplateFile) -> String? {
    file.problem?.replacing(file.path, with: "\(file.name).md")
  }

  /// The text on one line, as much as could be shown.
  private static func preview(_ template: PromptTemplate) -> String {
    var text = ""
    for piece in template.pieces where text.utf8.count < 1_000 {
      switch piece {
      case .text(let part): text += part.prefix(1_000)
      case .variable(let name): text += PromptTemplate.mark(name)
      }
    }
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
