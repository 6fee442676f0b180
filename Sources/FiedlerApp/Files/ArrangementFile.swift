import Conversations
import FiedlerUI
import FoundationEssentials
import Interchange
import JSON
import Settings

/// The arrangement of the panes as it is kept between two starts: `layout` by its name, and
/// `order`, an array of models by `provider` and `name`.
struct ArrangementFile: Sendable {
  /// The file cannot be read as one. The arrangement is of little worth, so the way out is to do without it.
  struct Unreadable: Error, CustomStringConvertible {
    var path: String
    var description: String {
      "\(path) does not hold an arrangement of panes; the panes stand as at the first start. Delete it or arrange anew."
    }
  }

  let path: String

  init(_ paths: Paths) { path = "\(paths.stateDirectory)/panes.json" }

  /// `nil` where nothing was kept yet.
  func read() throws(Unreadable) -> PaneArrangement? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    guard let json = try? JSON(bytes: Array(data)),  // what is wrong with it helps nobody
      let layout = json["layout"]?.string.flatMap(PaneArrangement.Layout.init), let order = json["order"]?.array
    else { throw Unreadable(path: path) }
    let models = order.compactMap { model -> ModelReference? in
      guard let provider = model["provider"]?.string, let name = model["name"]?.string else { return nil }
      return ModelReference(provider: provider, name: name)
    }
    return PaneArrangement(layout: layout, order: models)
  }

  func write(_ arrangement: PaneArrangement) throws(ExportProblem) {
    let json: JSON = [
      "layout": .string(arrangement.layout.rawValue),
      "order": .array(arrangement.order.map { ["provider": .string($0.provider), "name": .string($0.name)] }),
    ]
    let file = try ReplacementFile(path: path)
    try file.write(json.text + "\n")
    try file.finish()
  }
}
