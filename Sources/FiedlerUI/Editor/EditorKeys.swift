import Canvas

/// Which key does what in the editor: the one table for dispatch and help.
///
/// Plain Enter, Tab, Escape and the application's own control keys are left to the owner.
public enum EditorKeys {
  public struct Binding: Hashable, Sendable {
    public let key: Key
    public let action: EditorAction
    /// For a help screen: what the action does, in a few words.
    public let description: String

    init(_ key: Key, _ action: EditorAction, _ description: String) {
      self.key = key
      self.action = action
      self.description = description
    }
  }

  /// Every key but the characters that insert themselves. A key stands here once.
  public static let table: [Binding] = [
    Binding(Key(.left), .left, "Back one character"),
    Binding(.control("b"), .left, "Back one character"),
    Binding(Key(.right), .right, "Forward one character"),
    Binding(.control("f"), .right, "Forward one character"),
    Binding(Key(.left, .control), .wordLeft, "Back one word"),
    Binding(Key(.left, .alt), .wordLeft, "Back one word"),
    Binding(.alt("b"), .wordLeft, "Back one word"),
    Binding(Key(.right, .control), .wordRight, "Forward one word"),
    Binding(Key(.right, .alt), .wordRight, "Forward one word"),
    Binding(.alt("f"), .wordRight, "Forward one word"),
    Binding(Key(.up), .upOrHistory, "Up a row, then to the previous prompt"),
    Binding(Key(.down), .downOrHistory, "Down a row, then to the next prompt"),
    Binding(Key(.pageUp), .pageUp, "Up a page"),
    Binding(Key(.pageDown), .pageDown, "Down a page"),
    Binding(Key(.home), .lineStart, "Start of line"),
    Binding(.control("a"), .lineStart, "Start of line"),
    Binding(Key(.end), .lineEnd, "End of line"),
    Binding(.control("e"), .lineEnd, "End of line"),
    Binding(Key(.home, .control), .textStart, "Start of text"),
    Binding(.alt("<"), .textStart, "Start of text"),
    Binding(Key(.end, .control), .textEnd, "End of text"),
    Binding(.alt(">"), .textEnd, "End of text"),

    Binding(.alt("{"), .paragraphUp, "Back one paragraph"),
    Binding(.alt("}"), .paragraphDown, "Forward one paragraph"),

    Binding(Key(.left, .shift), .select(.left), "Select by characters"),
    Binding(Key(.right, .shift), .select(.right), "Select by characters"),
    Binding(Key(.up, .shift), .select(.up), "Select by rows"),
    Binding(Key(.down, .shift), .select(.down), "Select by rows"),
    Binding(Key(.pageUp, .shift), .select(.pageUp), "Select by pages"),
    Binding(Key(.pageDown, .shift), .select(.pageDown), "Select by pages"),
    Binding(Key(.left, [.control, .shift]), .select(.wordLeft), "Select by words"),
    Binding(Key(.right, [.control, .shift]), .select(.wordRight), "Select by words"),
    Binding(Key(.up, [.control, .shift]), .select(.paragraphUp), "Select by paragraphs"),
    Binding(Key(.down, [.control, .shift]), .select(.paragraphDown), "Select by paragraphs"),
    Binding(Key(.home, .shift), .select(.lineStart), "Select to the line's ends"),
    Binding(Key(.end, .shift), .select(.lineEnd), "Select to the line's ends"),
    Binding(Key(.home, [.control, .shift]), .select(.textStart), "Select to the text's ends"),
    Binding(Key(.end, [.control, .shift]), .select(.textEnd), "Select to the text's ends"),
    Binding(.control(" "), .setMark, "Begin to select; motions go on"),
    Binding(.alt(" "), .setMark, "Begin to select; motions go on"),
    Binding(.alt("a"), .selectAll, "Select all"),
    Binding(.alt("w"), .copySelection, "Copy what is selected"),

    Binding(Key(.backspace), .deleteBackward, "Delete the character before the cursor"),
    Binding(.control("h"), .deleteBackward, "Delete the character before the cursor"),
    Binding(Key(.delete), .deleteForward, "Delete the character at the cursor"),
    Binding(.control("d"), .deleteForward, "Delete the character at the cursor"),
    Binding(Key(.backspace, .alt), .killWordBackward, "Kill the word before the cursor"),
    Binding(Key(.backspace, .control), .killWordBackward, "Kill the word before the cursor"),
    Binding(Key(.delete, .alt), .killWordForward, "Kill the word after the cursor"),
    Binding(Key(.delete, .control), .killWordForward, "Kill the word after the cursor"),
    Binding(.alt("d"), .killWordForward, "Kill the word after the cursor"),
    Binding(.control("w"), .killBackToBlank, "Kill what is selected, else back to a blank"),
    Binding(.control("k"), .killLine, "Kill to the end of line"),
    Binding(.control("u"), .killToStart, "Kill to the start of line"),
    Binding(.control("y"), .yank, "Yank what was killed"),
    Binding(.alt("y"), .yankPop, "Yank the kill before instead"),
    Binding(.control("t"), .transpose, "Transpose two characters"),

    Binding(.control("_"), .undo, "Undo"),
    Binding(.control("/"), .undo, "Undo"),
    Binding(.alt("_"), .redo, "Redo"),
    Binding(.alt("/"), .redo, "Redo"),

    Binding(Key(.up, .control), .historyPrevious, "Previous prompt"),
    Binding(Key(.up, .alt), .historyPrevious, "Previous prompt"),
    Binding(.alt("p"), .historyPrevious, "Previous prompt"),
    Binding(Key(.down, .control), .historyNext, "Next prompt"),
    Binding(Key(.down, .alt), .historyNext, "Next prompt"),
    Binding(.alt("n"), .historyNext, "Next prompt"),
    Binding(.control("r"), .historySearch, "Search earlier prompts"),

    Binding(.control("o"), .expandChip, "Open the paste at the cursor"),
  ]

  /// What is different while a history search is open.
  public static let searching: [Binding] = [
    Binding(Key(.enter), .acceptSearch, "Take the match"),
    Binding(Key(.escape), .cancelSearch, "Back to the draft"),
    Binding(.control("g"), .cancelSearch, "Back to the draft"),
    Binding(Key(.up), .historySearch, "Next older match"),
    Binding(Key(.down), .historySearchNewer, "Next newer match"),
    Binding(.control("s"), .historySearchNewer, "Next newer match"),
  ]

  private static let actions = Dictionary(uniqueKeysWithValues: table.map { ($0.key, $0.action) })
  private static let searchActions = Dictionary(uniqueKeysWithValues: searching.map { ($0.key, $0.action) })

  /// What a key does; `nil` for one that is not the editor's.
  public static func action(for key: Key) -> EditorAction? {
    if let action = actions[key] { return action }
    guard case .character(let character) = key.code, key.modifiers.isSubset(of: .shift) else { return nil }
    return .insert(String(character))
  }

  static func searchAction(for key: Key) -> EditorAction? { searchActions[key] ?? action(for: key) }
}

extension Editor {
  /// What a key does now: as ``EditorKeys/action(for:)``, and while a search is open, Enter and Escape end it.
  public func action(for key: Key) -> EditorAction? {
    if search != nil { return EditorKeys.searchAction(for: key) }
    return takesCommands ? viAction(for: key) : EditorKeys.action(for: key)
  }
}
