import ConfigurationReading
import Conversations
import FoundationEssentials
import SendEngine
import Settings

extension Setup {
  /// Writes a set of models into `models.yaml`, below those that are there; what people wrote around it stays. Returns
  /// the file's path. Throws ``Failure`` before anything is changed, a `ConfigurationError` for a file that is broken
  /// already, or what the disk says.
  public func save(_ set: ModelSet) throws -> String { try alone { try put(set) } }

  private func put(_ set: ModelSet) throws -> String {
    let path = paths.modelsFile
    guard let own = try registry() else { throw Failure.noModelsFile(path: path) }
    let entry = "\(YAMLText.scalar(set.name)): \(YAMLText.list(set.models.map(\.description)))"
    func refused(_ why: String) -> Failure { .cannotAdd(path: path, why: why, block: "sets:\n  \(entry)") }
    guard ModelSet.canBeCalled(set.name) else { throw refused("a set's name has no blanks, commas and @") }
    guard !own.sets.contains(where: { $0.name == set.name }) else {
      throw refused("it has a set \(set.name.quoted) already")
    }
    let addition = YAMLAddition(key: "sets") { String(repeating: " ", count: $0) + entry }
    let text: String
    do throws(YAMLAddition.Refusal) {
      let content = try Self.content(path)
      if let added = addition.addedInBraces(entry, to: content) {
        text = added
      } else {
        text = try addition.added(to: content)
      }
    } catch { throw refused(error.reason) }
    // Whatever the file looks like: the set is in it, and all else is as before.
    let read = try? ModelRegistry.parse(text, file: path, environment: environment.variables)
    guard let read, read.sets == own.sets + [set], read.models == own.models, read.defaults == own.defaults else {
      throw refused("it is written in a way that only an editor can add to")
    }
    try record(text, keyOf: nil)
    try Self.replace(path, with: text)
    return path
  }
}
