import JSON

/// Checks a call's arguments against what its tool takes, as far as that says: members, their types, what must be
/// there.
enum ToolInput {
  /// What is wrong with them, in plain words; `nil` if nothing is.
  static func problem(_ arguments: JSON, of tool: OfferedTool) -> String? {
    guard let members = arguments.object else { return "\(tool.name): arguments is not an object" }
    let properties = tool.input["properties"]?.object ?? [:]
    for name in members.keys.sorted() where properties[name] == nil {
      let known = properties.keys.sorted().joined(separator: ", ")
      return "\(tool.name) has no argument \(name.prefix(100)); it takes \(known.isEmpty ? "none" : known)"
    }
    for name in (tool.input["required"]?.array ?? []).compactMap(\.string)
    where members[name] == nil || members[name] == .null {
      return "\(tool.name): \(name) is missing"
    }
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      // What is null is as good as absent.
      guard let schema = properties[name], value != .null, let problem = problem(value, schema) else { continue }
      return "\(tool.name): \(name) \(problem)"
    }
    return nil
  }

  private static func problem(_ value: JSON, _ schema: JSON) -> String? {
    switch schema["type"]?.string {
    case "string":
      guard let text = value.string else { return "is not a string" }
      let choices = (schema["enum"]?.array ?? []).compactMap(\.string)
      return choices.isEmpty || choices.contains(text) ? nil : "is none of \(choices.joined(separator: ", "))"
    case "integer":
      guard let number = value.int else { return "is not a whole number" }
      if let least = schema["minimum"]?.int, number < least { return "is less than \(least)" }
      if let most = schema["maximum"]?.int, number > most { return "is more than \(most)" }
      return nil
    case "array":
      guard let items = value.array else { return "is not an array" }
      return items.allSatisfy { $0.string != nil } ? nil : "is not an array of strings"
    case "object": return value.object == nil ? "is not an object" : nil
    default: return nil
    }
  }
}
