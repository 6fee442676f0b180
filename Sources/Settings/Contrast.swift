import Canvas
import Glibc

/// How far two colours stand apart, by WCAG 2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
public enum Contrast {
  /// From 1 (the same) to 21 (black and white). The terminal's own colours count as black.
  public static func ratio(_ one: Color, _ other: Color) -> Double {
    let lights = [luminance(one), luminance(other)].sorted()
    return (lights[1] + 0.05) / (lights[0] + 0.05)
  }

  /// Relative luminance, from 0 to 1.
  static func luminance(_ color: Color) -> Double {
    let rgb = color.rgb ?? 0
    let channels = [rgb >> 16, rgb >> 8, rgb].map { (value: UInt32) in
      let part = Double(value & 0xFF) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
  }
}
