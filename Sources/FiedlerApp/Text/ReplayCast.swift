import Canvas
import Conversations
import FiedlerUI
import FoundationEssentials
import JSON

/// The replay of an exchange as an asciicast, version 2: a text that terminal players show as it was.
///
/// The format (https://docs.asciinema.org/manual/asciicast/v2): a JSON object on the first line, then an array
/// `[seconds, "o", text]` on a line of its own for all that went to the terminal at one moment.
///
/// The lines are made one at a time, as they are asked for, by the same program that draws the replay's screen, on a
/// clock of its own: a frame for each moment at which something changes, at most thirty a second. The status bar is
/// left out.
public struct ReplayCast: Sequence, Sendable {
  public static let standardSize = Size(width: 100, height: 30)

  private let conversation: Conversation
  private let exchange: UUID?
  private let size: Size
  private let theme: Theme
  private let idleLimit: Double?

  /// `exchange` is the one to replay, the last for `nil`; all its replies must have ended, or the cast shows an empty
  /// program. `idleLimit`: seconds to which players shall cut longer pauses.
  public init(
    _ conversation: Conversation, exchange: UUID? = nil, size: Size = Self.standardSize, theme: Theme = .fallback,
    idleLimit: Double? = nil
  ) {
    self.conversation = conversation
    self.exchange = exchange
    self.size = size
    self.theme = theme
    self.idleLimit = idleLimit
  }

  /// Lines without their ends.
  public func makeIterator() -> Lines { Lines(self) }

  private var replayed: Exchange? {
    exchange.map { id in conversation.exchanges.first { $0.id == id } } ?? conversation.exchanges.last
  }

  private var header: JSON {
    var members: [String: JSON] = [
      "version": 2, "width": .int(size.width), "height": .int(size.height), "title": .string(conversation.title),
      "env": ["TERM": "xterm-256color"],
    ]
    if let replayed {
      members["timestamp"] = .int(Int(replayed.prompt.sentAt.timeIntervalSince1970))
      members["duration"] = .double(ReplayTimeline(of: replayed).duration.inSeconds)
    }
    if let idleLimit { members["idle_time_limit"] = .double(idleLimit) }
    return .object(members)
  }

  public struct Lines: IteratorProtocol {
    private let cast: ReplayCast
    private var state: AppState
    private var encoder = FrameEncoder()
    /// When the next frame is drawn; `nil` after the last one.
    private var due: Duration? = .zero
    private var hasHeader = false

    private static let shortest = Duration.seconds(1) / 30

    fileprivate init(_ cast: ReplayCast) {
      self.cast = cast
      state = AppState(
        launchedAt: cast.replayed?.prompt.sentAt ?? cast.conversation.createdAt, theme: cast.theme,
        health: LogHealth(state: .off))
      // A row more, for the status bar that is cut off.
      tell(.input(.resize(Size(width: cast.size.width, height: cast.size.height + 1))))
      tell(.tick(now: .zero))
      tell(.replay(cast.conversation, exchange: cast.exchange))
    }

    public mutating func next() -> String? {
      guard hasHeader else {
        hasHeader = true
        return cast.header.text
      }
      while let now = due {
        tell(.tick(now: now))
        due = state.nextChange.map { Swift.max($0, now + Self.shortest) }
        let data = encoder.encode(frame)
        guard data.isEmpty else {
          let seconds = (now.inSeconds * 1_000_000).rounded() / 1_000_000
          return JSON.array([.double(seconds), "o", .string(data)]).text
        }
      }
      return nil
    }

    // What is asked of a shell is nothing that shows.
    private mutating func tell(_ message: Message) { _ = update(&state, message) }

    /// The screen without its status bar.
    var frame: Frame {
      let whole = view(state, size: state.size, theme: cast.theme, now: state.now)
      var frame = Frame(cast.size, style: cast.theme.text)
      for y in 0..<Swift.min(frame.size.height, whole.size.height) { frame.put(whole.row(y), at: Point(x: 0, y: y)) }
      return frame
    }
  }
}

extension Services {
  /// The replay of what was selected, in the chosen theme; in the one that is built in where that cannot be read.
  public func cast(
    of conversation: Conversation, _ selection: ReplaySelection = ReplaySelection(),
    size: Size = ReplayCast.standardSize, idleLimit: Double? = nil
  ) throws(ReplaySelection.Failure) -> ReplayCast {
    let (selected, exchange) = try selection(conversation)
    return ReplayCast(
      selected, exchange: exchange.id, size: size, theme: (try? theme()) ?? .fallback, idleLimit: idleLimit)
  }
}
