/// The schemes of the repository's `Themes`, which are in the program itself, wherever it is copied to.
enum BuiltInThemes {
  /// The text of each by its slug.
  static let texts: [String: String] = [
    "fiedler-colour-blind": PackageResources.fiedler_colour_blind_yaml,
    "fiedler-dark": PackageResources.fiedler_dark_yaml,
    "fiedler-light": PackageResources.fiedler_light_yaml,
    "fiedler-monochrome": PackageResources.fiedler_monochrome_yaml,
  ].mapValues { String(decoding: $0, as: UTF8.self) }
}
