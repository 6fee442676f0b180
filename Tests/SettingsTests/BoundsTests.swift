import Canvas
import ConfigurationReading
import Settings
import TestSupport
import Testing

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

  @Test("A number where a theme's colour, name or kind belongs is one of these or an error that names the key")
  func themes() throws {
    let directory = try TemporaryDirectory()
    let colors = (0..<16).map { ("base0" + String($0, radix: 16, uppercase: true), "\"102030\"") }
    for number in HostileNumbers.texts + ["0x7fffffffffffffff", "100000000000000000000000", "000000"] {
      for key in ["base00", "base0F", "scheme", "system", "variant"] {
        var values = colors.map { ($0.0, $0.0 == key ? number : $0.1) }
        if !values.contains(where: { $0.0 == key }) { values.append((key, number)) }
        try directory.write("t.yaml", values.map { "\($0.0): \($0.1)\n" }.joined())
        do throws(ThemeLoader.Failure) {
          let theme = try ThemeLoader.check(path: directory("t.yaml")).theme
          #expect(theme.colors.count == 16)
        } catch {
          #expect("\(error)".contains(key), "\(key): \(number)")
        }
      }
    }
  }
}
