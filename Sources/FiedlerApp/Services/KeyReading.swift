import Canvas
import ConfigurationReading
import FiedlerUI
import Settings

/// The keys of the settings, joined with the table of actions.
public struct KeyReading: Sendable {
  /// The default keys if there are problems: half of the user's keys would be worse than none.
  public let map: KeyMap
  /// What is wrong, each with its line.
  public let problems: [ConfigurationProblem]

  public init(_ settings: [KeySetting]) {
    var reader = Reader()
    for setting in settings { reader.read(setting) }
    let map = KeyMap(reader.read.map(\.change))
    if reader.problems.isEmpty { reader.findConflicts(in: map) }
    problems = reader.problems
    self.map = problems.isEmpty ? map : KeyMap()
  }

  /// The problems, a line each.
  var complaint: String { problems.map(\.description).joined(separator: "\n") }

  private struct Reader {
    var read: [(setting: KeySetting, change: KeyChange)] = []
    var problems: [ConfigurationProblem] = []

    mutating func read(_ setting: KeySetting) {
      guard let place = place(setting) else { return }
      var keys: [Key] = []
      for text in setting.keys {
        guard let key = KeySyntax.key(text) else {
          let expected = "a key such as ctrl-k, alt-enter, shift-tab, f5, pgdn, space, esc or a letter"
          problems.append(setting.problem(.invalidValue(found: text.quoted, expected: expected)))
          return
        }
        if !keys.contains(key) { keys.append(key) }
      }
      let change = KeyChange(place.action, in: place.context, keys: keys)
      if let key = change.unusable {
        let cause = "\(KeySyntax.name(key)) alone could not be typed any more; take it with ctrl or alt, or another key"
        return problems.append(setting.problem(.conflict(cause)))
      }
      read.append((setting, change))
    }

    /// `copy`, or `pane.copy`.
    private mutating func place(_ setting: KeySetting) -> (action: ActionID, context: KeyContext?)? {
      let parts = setting.name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let action = ActionID(rawValue: parts[parts.count - 1]) else {
        let nearest = Suggestions.nearest(to: parts[parts.count - 1], in: Actions.all.map(\.id.rawValue))
        let words =
          "there is no such action"
          + (nearest.isEmpty
            ? "; `fiedler keys` prints them all" : "; did you mean \(nearest.joined(separator: ", "))?")
        problems.append(setting.problem(.unresolved(words)))
        return nil
      }
      guard parts.count == 2 else { return (action, nil) }
      let contexts = KeyChange.contexts(of: action)
      guard let context = contexts.first(where: { $0.settingName == parts[0] }) else {
        let places = contexts.map(\.settingName).joined(separator: ", ")
        let words = "\(action.rawValue) has no keys in \(parts[0].quoted); it has them in \(places)"
        problems.append(setting.problem(.unresolved(words)))
        return nil
      }
      return (action, context)
    }

    mutating func findConflicts(in map: KeyMap) {
      for conflict in map.conflicts() {
        let ids = [conflict.first, conflict.second]
        // The later of the two lines is the one that took the key.
        let culprit = read.last { ids.contains($0.change.action) && $0.change.keys.contains(conflict.key) }
        guard let setting = (culprit ?? read.last { ids.contains($0.change.action) })?.setting else { continue }
        problems.append(setting.problem(.conflict(conflict.description)))
      }
      problems.sort { $0.line < $1.line }
    }
  }
}

extension Settings {
  /// The effective keys, or the default ones and why.
  public func keyMap() -> KeyReading { KeyReading(keys) }
}
