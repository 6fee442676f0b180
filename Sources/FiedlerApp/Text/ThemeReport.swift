import Canvas

/// What Fiedler makes of a scheme's colours.
public struct ThemeReport {
  private let theme: Theme

  public init(_ theme: Theme) { self.theme = theme }

  /// The name, and a line for each colour that is drawn otherwise than the scheme says, with its contrasts.
  public var text: String {
    let kind = "base\(theme.colors.count), \(theme.isDark ? "dark" : "light")"
    let lines = theme.shown.indices.compactMap { index -> String? in
      let (old, new) = (theme.colors[index], theme.shown[index])
      guard old != new else { return nil }
      let name = "base0" + String(index, radix: 16, uppercase: true)
      if index < 3 { return "\(name)  \(hex(old)) -> \(hex(new))  as the background: no text could be read on both" }
      return "\(name)  \(hex(old)) -> \(hex(new))  contrast \(ratio(old)) -> \(ratio(new))"
    }
    let end = lines.isEmpty ? "Every text can be read as the scheme has it: 4.5:1 or more." : "\(lines.count) adjusted."
    return (["\(Sanitizer.plain(theme.name)) (\(kind))"] + lines + [end]).joined(separator: "\n") + "\n"
  }

  /// Against the worse of background and panel.
  private func ratio(_ color: Color) -> String {
    let lowest = [theme.background, theme.panel].map { Contrast.ratio(color, $0) }.min() ?? 0
    let tenths = Int(lowest * 10)
    return "\(tenths / 10).\(tenths % 10):1"
  }

  private func hex(_ color: Color) -> String {
    let digits = String(color.rgb ?? 0, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }
}
