extension String {
  /// With `other` wherever the scalars of `text` stand, though a mark may join the last of them to what follows.
  public func replacingScalars(_ text: String, with other: String) -> String {
    String(unicodeScalars.replacing(text.unicodeScalars, with: other.unicodeScalars))
  }
}
