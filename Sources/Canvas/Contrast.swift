import Glibc

/// How far two colours stand apart, by WCAG 2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
public enum Contrast {
  /// From 1 (the same) to 21 (black and white). The terminal's own colours count as black.
  public static func ratio(_ one: Color, _ other: Color) -> Double {
    let lights = [luminance(one), luminance(other)].sorted()
    return (lights[1] + 0.05) / (lights[0] + 0.05)
  }

  /// Relative luminance, from 0 to 1.
  public static func luminance(_ color: Color) -> Double {
    let rgb = color.rgb ?? 0
    let channels = [rgb >> 16, rgb >> 8, rgb].map { (value: UInt32) in
      let part = Double(value & 0xFF) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
  }

  /// What text needs to be read without strain: WCAG's level AA.
  public static let readable = 4.5

  /// What large signs and text beside the point need to be made out: WCAG's level AA for large text.
  public static let discernible = 3.0

  /// The colour itself if it stands out enough from all of these, else the nearest lighter or darker one of its hue
  /// that does; white or black where none does better. The terminal's own colours stay as they are.
  public static func readable(_ color: Color, on backgrounds: [Color], least: Double = readable) -> Color {
    let grounds = backgrounds.filter { $0.rgb != nil }
    func lowest(_ color: Color) -> Double { grounds.map { ratio(color, $0) }.min() ?? 21 }
    guard color.rgb != nil, lowest(color) < least else { return color }
    let ends = [Color(rgb: 0xFFFFFF), Color(rgb: 0)]
    let hue = HSL(color)
    let found = ends.compactMap { end -> (color: Color, way: Double)? in
      guard lowest(end) >= least else { return nil }
      // The contrast grows all the way from where the colour leaves the backgrounds' range to the end.
      var near = 0.0
      var far = 1.0
      let goal = end == ends[0] ? 1.0 : 0
      for _ in 0..<24 {
        let middle = (near + far) / 2
        let tried = hue.with(lightness: hue.lightness + (goal - hue.lightness) * middle)
        // Towards an end that is far off, a colour may pass the background first.
        let isBeyond = grounds.allSatisfy { (luminance(tried) > luminance($0)) == (goal == 1) }
        if isBeyond, lowest(tried) >= least { far = middle } else { near = middle }
      }
      let color = hue.with(lightness: hue.lightness + (goal - hue.lightness) * far)
      return (color, abs(goal - hue.lightness) * far)
    }
    return found.min { $0.way < $1.way }?.color ?? ends.max { lowest($0) < lowest($1) } ?? color
  }
}

/// Hue, saturation and lightness, each from 0 to 1 (https://www.w3.org/TR/css-color-4/#the-hsl-notation).
private struct HSL {
  private var hue = 0.0
  private var saturation = 0.0
  var lightness: Double

  init(_ color: Color) {
    let rgb = color.rgb ?? 0
    let parts = [rgb >> 16, rgb >> 8, rgb].map { Double($0 & 0xFF) / 255 }
    let high = parts.max() ?? 0
    let low = parts.min() ?? 0
    let range = high - low
    lightness = (high + low) / 2
    guard range > 0 else { return }
    saturation = range / (1 - abs(2 * lightness - 1))
    let sixths =
      high == parts[0]
      ? (parts[1] - parts[2]) / range + 6
      : high == parts[1] ? (parts[2] - parts[0]) / range + 2 : (parts[0] - parts[1]) / range + 4
    hue = sixths.truncatingRemainder(dividingBy: 6)
  }

  func with(lightness: Double) -> Color {
    let chroma = (1 - abs(2 * lightness - 1)) * saturation
    let second = chroma * (1 - abs(hue.truncatingRemainder(dividingBy: 2) - 1))
    let parts: [Double] =
      switch Int(hue) {
      case 0: [chroma, second, 0]
      case 1: [second, chroma, 0]
      case 2: [0, chroma, second]
      case 3: [0, second, chroma]
      case 4: [second, 0, chroma]
      default: [chroma, 0, second]
      }
    let base = lightness - chroma / 2
    return Color(
      rgb: parts.reduce(0) { $0 << 8 | UInt32(min(255, max(0, (($1 + base) * 255).rounded()))) })
  }
}
