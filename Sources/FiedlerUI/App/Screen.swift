import Canvas
import Conversations
import FoundationEssentials

/// A screen, or a layer over one: a value that owns its state.
///
/// Everything is pure and quick. A screen changes itself and the ``World``; what only the whole program can do, such as
/// leaving it, it wishes for with ``World/then(_:)``. Only what it has to say differently need be written.
protocol Screen: Sendable {
  /// The contexts whose keys work on it; the first that knows a key decides.
  func contexts(_ world: World) -> [KeyContext]
  /// Whether typed text goes into a line of its own.
  var isTyping: Bool { get }

  // MARK: Input

  /// A key that no action takes.
  mutating func type(_ key: Key, _ world: inout World) -> [Effect]
  mutating func paste(_ text: String, _ world: inout World) -> [Effect]
  /// A key before any action has it; `nil` leaves it to the actions.
  mutating func takeFirst(_ key: Key, _ world: inout World) -> [Effect]?
  /// Whether ESC and a key that come in one are Escape and the key, rather than the key with Alt.
  var leavesByEscape: Bool { get }
  /// What the mouse does while its button is down on what it took hold of; `nil` if it holds nothing.
  mutating func takeDrag(_ mouse: Mouse, _ world: inout World) -> [Effect]?
  /// Ctrl+C: clears what is typed; `nil` if there is nothing to clear.
  mutating func interrupt(_ world: inout World) -> [Effect]?
  /// `step` is how many rows the wheel has turned, 0 for everything else of the mouse.
  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect]

  // MARK: What all lists do

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect]
  /// Whether something is selected that can be opened.
  var canOpen: Bool { get }
  /// Enter on what is selected.
  mutating func open(_ world: inout World) -> [Effect]
  /// Enter in a line that is typed.
  mutating func accept(_ world: inout World) -> [Effect]
  /// Escape: closes the innermost thing that is open in it; with nothing open, leaves the screen.
  mutating func close(_ world: inout World) -> [Effect]

  // MARK: What several screens do

  mutating func toggleReasoning()
  func canFold(_ world: World) -> Bool
  mutating func toggleRawText(_ world: inout World) -> [Effect]

  // MARK: What happens

  /// What the shell answers. A screen that was left and is kept, or has another over it, hears of it too:
  /// `isShown` is false then.
  mutating func take(_ message: Message, isShown: Bool, _ world: inout World) -> [Effect]
  /// Time has gone on.
  mutating func advance(_ world: inout World) -> [Effect]
  /// Another screen comes over it: what is typed, or waits to open something, ends.
  mutating func cover()
  /// Whether it stays for an action; one that has no meaning here is meant for what lies beneath.
  func stays(for action: Action) -> Bool
  /// What the shell shall do once it has been left.
  func left(_ world: World) -> [Effect]
  /// Lays out what will be drawn; after every message while it is shown.
  mutating func settle(_ world: World)
  /// When it will change by itself, as a ``World/now``; `nil` if it will not.
  func nextChange(_ world: World) -> Duration?

  // MARK: What it shows

  /// Draws it; the last row is the status bar's.
  func draw(_ look: Look, _ size: Size, _ frame: inout Frame)
  /// Draws what lies over the notices.
  func drawOver(_ look: Look, _ size: Size, _ frame: inout Frame)
  /// The row above which notices stand.
  func noticesEnd(_ world: World, _ size: Size) -> Int
  /// Where the text begins that has the keys, for a reader who follows the cursor.
  func readPlace(_ world: World, _ size: Size) -> Point?
  /// What actions for a conversation are about; `nil` if nothing is selected.
  func meant(_ world: World) -> MeantConversation?
  /// The conversation whose text is on the screen, if it is another than the live one.
  var shownConversation: Conversation? { get }
  /// What stands at the left of the status bar, ever shorter; `nil` for what stands there always.
  func statusWords(_ world: World) -> [String]?
  /// It says at length how Godot stands, so that the status bar need not.
  var tellsOfGodot: Bool { get }
  /// A layer that changes how all looks: what it lies over stays as it is.
  var showsWhatIsBelow: Bool { get }
  /// What the footer says of a layer's keys; `nil` for what it says of every place.
  func hints(_ world: World) -> [(ActionID, String)]?
  /// The footer has the keys that are this screen's alone before those it shares with others.
  var hintsOwnKeysFirst: Bool { get }
}

/// How far a key moves in a list or a text.
enum Motion: Hashable, Sendable {
  case rows(Int), pages(Int), first, last

  /// In rows, a page being so many.
  func step(page: Int) -> Int {
    switch self {
    case .rows(let count): count
    case .pages(let count): count * page
    case .first: -1_000_000
    case .last: 1_000_000
    }
  }
}

/// What a screen is drawn with.
struct Look {
  let world: World
  let theme: Theme
  /// May be later than the state's own.
  let now: Duration
  /// Whether keys go to the screen, not to a layer over it.
  let hasKeys: Bool
}

/// The conversation that an action is for.
struct MeantConversation: Sendable {
  var id: UUID
  var title: String
  var isPinned: Bool
  /// The exchange of it that is selected, or in sight.
  var exchange: UUID?
}

extension Screen {
  var isTyping: Bool { false }
  mutating func type(_ key: Key, _ world: inout World) -> [Effect] { [] }
  mutating func paste(_ text: String, _ world: inout World) -> [Effect] { [] }
  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] { [] }
  mutating func takeFirst(_ key: Key, _ world: inout World) -> [Effect]? { nil }
  var leavesByEscape: Bool { false }
  mutating func takeDrag(_ mouse: Mouse, _ world: inout World) -> [Effect]? { nil }
  mutating func interrupt(_ world: inout World) -> [Effect]? { nil }
  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] { [] }
  var canOpen: Bool { false }
  mutating func open(_ world: inout World) -> [Effect] { [] }
  mutating func accept(_ world: inout World) -> [Effect] { [] }
  mutating func close(_ world: inout World) -> [Effect] {
    world.leave()
    return []
  }
  mutating func toggleReasoning() {}
  func canFold(_ world: World) -> Bool { false }
  mutating func toggleRawText(_ world: inout World) -> [Effect] { [] }
  mutating func take(_ message: Message, isShown: Bool, _ world: inout World) -> [Effect] { [] }
  mutating func advance(_ world: inout World) -> [Effect] { [] }
  mutating func cover() {}
  func stays(for action: Action) -> Bool { true }
  func left(_ world: World) -> [Effect] { [] }
  mutating func settle(_ world: World) {}
  func nextChange(_ world: World) -> Duration? { nil }
  func drawOver(_ look: Look, _ size: Size, _ frame: inout Frame) {}
  func noticesEnd(_ world: World, _ size: Size) -> Int { size.height - 1 }
  func readPlace(_ world: World, _ size: Size) -> Point? { nil }
  func meant(_ world: World) -> MeantConversation? { world.conversation.map { MeantConversation($0) } }
  var shownConversation: Conversation? { nil }
  func statusWords(_ world: World) -> [String]? { nil }
  var tellsOfGodot: Bool { false }
  var showsWhatIsBelow: Bool { false }
  func hints(_ world: World) -> [(ActionID, String)]? { nil }
  var hintsOwnKeysFirst: Bool { false }
}

extension MeantConversation {
  init(_ conversation: Conversation) {
    self.init(id: conversation.id, title: conversation.title, isPinned: conversation.isPinned)
  }
}

extension World {
  /// Lays something over the screen, in the place of what lies there.
  mutating func lay(_ layer: some Screen) {
    then { app in
      app.layer = layer
      return []
    }
  }

  /// Closes the layer over the screen.
  mutating func closeLayer() {
    then { app in
      app.layer = nil
      return []
    }
  }

  /// Leaves the screen that is shown.
  mutating func leave() { then { $0.leaveScreen() } }
}
