import Settings
import TestSupport
import Testing
import YAMLReading

@Suite("Hostile numbers in config.yaml") struct SettingsBoundsTests {
  @Test("Numbers out of bounds are errors that name the key", arguments: HostileNumbers.texts)
  func numbers(number: String) {
    for (section, key) in [
      ("godot", "keep_days"), ("attachments", "max_files"), ("attachments", "max_bytes"), ("attachments", "max_lines"),
    ] {
      do throws(ConfigurationError) {
        let settings = try Settings.parse("\(section):\n  \(key): \(number)\n").settings
        #expect(settings.godot.keepDays.map { (1...36_500).contains($0) } ?? true)
        #expect(settings.attachments.maximumBytes > 0 && settings.attachments.maximumBytes <= 2_000_000_000)
      } catch {
        #expect(error.problems.contains { "\($0)".contains(key) }, "\(key): \(number)")
      }
    }
  }
}
