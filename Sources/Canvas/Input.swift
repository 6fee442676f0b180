/// What a terminal tells the program.
public enum Input: Hashable, Sendable {
  case key(Key)
  /// A bracketed paste, whole; line ends are `\n`. Not sanitised: it is the user's text.
  case paste(String)
  /// Text of several lines that came at once without a paste's marks: typed by no one. Line ends are `\n`.
  case burst(String)
  /// ESC and a key in one: the key pressed with Alt, or Escape and then the key. The terminal does not say which.
  case escaped(Key)
  case mouse(Mouse)
  case resize(Size)
  case focus(Bool)
  /// What the terminal says its background is.
  case background(Color)
}

public struct Key: Hashable, Sendable {
  public enum Code: Hashable, Sendable {
    /// A printable character as typed: `A`, not shift + `a`. With control, the lower-case letter.
    case character(Character)
    case enter, tab, backspace, escape, delete, insert
    case up, down, left, right, home, end, pageUp, pageDown
    /// F1 to F24.
    case function(Int)
  }

  public struct Modifiers: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let shift = Modifiers(rawValue: 1)
    public static let alt = Modifiers(rawValue: 2)
    public static let control = Modifiers(rawValue: 4)
  }

  public var code: Code
  public var modifiers: Modifiers

  public init(_ code: Code, _ modifiers: Modifiers = []) {
    self.code = code
    self.modifiers = modifiers
  }

  /// Ctrl and a letter.
  public static func control(_ letter: Character) -> Key { Key(.character(letter), .control) }
  /// Alt and a character.
  public static func alt(_ character: Character) -> Key { Key(.character(character), .alt) }
}

public struct Mouse: Hashable, Sendable {
  public enum Action: Hashable, Sendable {
    case press, release, drag, wheelUp, wheelDown, wheelLeft, wheelRight
  }

  public enum Button: Hashable, Sendable {
    case left, middle, right, none
  }

  public var action: Action
  public var button: Button
  public var point: Point
  public var modifiers: Key.Modifiers

  public init(_ action: Action, button: Button = .none, at point: Point, modifiers: Key.Modifiers = []) {
    self.action = action
    self.button = button
    self.point = point
    self.modifiers = modifiers
  }
}
