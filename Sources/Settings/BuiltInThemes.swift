/// The schemes of the repository's `Themes`, which are in the program itself, wherever it is copied to.
enum BuiltInThemes {
  /// The text of each by its slug.
  static let texts: [String: String] = [
    "catppuccin-latte": PackageResources.catppuccin_latte_yaml,
    "catppuccin-mocha": PackageResources.catppuccin_mocha_yaml,
    "dracula": PackageResources.dracula_yaml,
    "everforest-dark": PackageResources.everforest_dark_yaml,
    "fiedler-colour-blind": PackageResources.fiedler_colour_blind_yaml,
    "fiedler-dark": PackageResources.fiedler_dark_yaml,
    "fiedler-light": PackageResources.fiedler_light_yaml,
    "fiedler-monochrome": PackageResources.fiedler_monochrome_yaml,
    "gruvbox-dark": PackageResources.gruvbox_dark_yaml,
    "gruvbox-light": PackageResources.gruvbox_light_yaml,
    "kanagawa": PackageResources.kanagawa_yaml,
    "monokai": PackageResources.monokai_yaml,
    "nord": PackageResources.nord_yaml,
    "one-dark": PackageResources.one_dark_yaml,
    "one-light": PackageResources.one_light_yaml,
    "rose-pine": PackageResources.rose_pine_yaml,
    "rose-pine-dawn": PackageResources.rose_pine_dawn_yaml,
    "solarized-dark": PackageResources.solarized_dark_yaml,
    "solarized-light": PackageResources.solarized_light_yaml,
    "tokyo-night": PackageResources.tokyo_night_yaml,
  ].mapValues { String(decoding: $0, as: UTF8.self) }
}
