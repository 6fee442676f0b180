import Canvas
import FiedlerUI
import JSON

/// The effective table of keys, as lines and as JSON.
public struct KeyListing {
  private struct Row {
    var context: String
    var keys: [Key]
    var action: Action
  }

  private let rows: [Row]

  public init(_ map: KeyMap) {
    rows = KeyContext.allCases.flatMap { context in
      Actions.all.compactMap { action in
        let keys = map.keys(of: action.id, in: [context])
        let isUsual = action.bindings.contains { $0.contexts.contains(context) }
        return keys.isEmpty && !isUsual ? nil : Row(context: context.settingName, keys: keys, action: action)
      }
    }
  }

  /// Place, keys, the name for settings and the title, under each other; `-` where there is no key.
  public var text: String {
    let keys = rows.map { $0.keys.isEmpty ? "-" : $0.keys.map(KeySyntax.name).joined(separator: " ") }
    func width(_ texts: [String]) -> Int { texts.map(\.count).max() ?? 0 }
    let widths = [width(rows.map(\.context)), width(keys), width(rows.map(\.action.id.rawValue))]
    func pad(_ text: String, _ column: Int) -> String {
      let blanks = max(0, widths[column] - text.count) + 2
      return text + String(repeating: " ", count: blanks)
    }
    return zip(rows, keys).map { row, keys in
      "\(pad(row.context, 0))\(pad(keys, 1))\(pad(row.action.id.rawValue, 2))\(row.action.title)\n"
    }.joined()
  }

  /// An array of `{context, keys, action, title}`.
  public var json: String {
    JSON.array(
      rows.map { row in
        .object([
          "context": .string(row.context), "keys": .array(row.keys.map { .string(KeySyntax.name($0)) }),
          "action": .string(row.action.id.rawValue), "title": .string(row.action.title),
        ])
      }
    ).text + "\n"
  }
}
