import Canvas

/// Text in a palette of 8 or 16 colours. What they look like, the terminal decides: a pair that stands apart by less
/// than 2.5:1 in xterm's colours or in those of the VGA text mode, as blue on black, yellow on white and all on
/// themselves, is taken for unreadable.
struct FewColors {
  /// Less of a contrast, in the worse of the two palettes, makes no text.
  static let leastContrast = 2.5

  /// 8 or 16.
  private let count: Int32
  /// The terminal's own background; black where that is not known.
  private let ground: Color

  init(count: Int32, ground: Color) {
    self.count = count
    self.ground = ground.rgb == nil ? Color(rgb: 0) : ground
  }

  /// The number of a colour that can be read on a background's; -1 is the terminal's own of either. A colour gives way
  /// to the darker or brighter one of its hue, then, on the terminal's own background, cyan to blue and blue to cyan,
  /// and last to what can always be read: there the terminal's own text, elsewhere black or white.
  func legible(_ above: Int32, on below: Int32) -> Int32 {
    guard below < 0 else {
      // The terminal's own text is made for the terminal's own background alone.
      let wanted = above < 0 ? [] : [above] + others(of: above)
      return wanted.first { contrast($0, on: below) >= Self.leastContrast } ?? end(on: below)
    }
    // Black or white may be the ground's very colour, and the terminal's own text is one of them where it is not.
    guard above > 0, above != 7, above != 15 else { return -1 }
    let partners: [Int32: Int32] = [4: 6, 6: 4]
    let partner = partners[above & 7].map { [$0] + others(of: $0) } ?? []
    return ([above] + others(of: above) + partner).first { contrast($0, on: -1) >= Self.leastContrast } ?? -1
  }

  /// The same hue, brighter or darker.
  private func others(of number: Int32) -> [Int32] {
    count == 16 && number & 7 != 0 && number & 7 != 7 ? [number ^ 8] : []
  }

  private func end(on below: Int32) -> Int32 {
    let white: Int32 = count == 16 ? 15 : 7
    return contrast(0, on: below) >= contrast(white, on: below) ? 0 : white
  }

  /// In the worse of the two palettes.
  private func contrast(_ above: Int32, on below: Int32) -> Double {
    let ratios = [RGB.xterm, RGB.vga].map { palette in
      let behind = below < 0 ? ground : Color(rgb: palette[Int(below)])
      return Contrast.ratio(Color(rgb: palette[Int(above)]), behind)
    }
    return min(ratios[0], ratios[1])
  }
}
