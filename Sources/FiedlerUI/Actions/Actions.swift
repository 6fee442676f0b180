import Canvas

/// The one table behind keys, help, footer, palette and commands, in the order they show it: the sum of the features'.
public enum Actions {
  public static let all: [Action] = {
    let features = [
      prompt, options, recipients, setup, screens, panes, branches, synthesis, verdicts, tree, diff, replay, running,
      batch, statistics, lists, history, log,
    ]
    var all: [Action] = []
    all.reserveCapacity(features.reduce(0) { $0 + $1.count })
    for feature in features { all += feature }
    return all
  }()

  /// The action of an id; every id has one (a test proves it).
  public static func action(_ id: ActionID) -> Action? { places[id].map { all[$0] } }

  /// Those that the footer may tell of.
  static let hinted = all.filter { $0.hint != nil }

  // Places, and room for all at once: the first frame waits for it.
  private static let places: [ActionID: Int] = {
    var places = [ActionID: Int](minimumCapacity: all.count)
    for (place, action) in all.enumerated() where places[action.id] == nil { places[action.id] = place }
    return places
  }()

  // MARK: For the features' rows

  static func letter(_ character: Character) -> Key { Key(.character(character)) }

  /// For what prompt and panes do.
  static func onCompose(
    _ body: @escaping @Sendable (inout ComposeScreen, inout World) -> [Effect]
  ) -> Action.Doing {
    { $0.onCompose(body) }
  }

  static func changeCompose(
    _ body: @escaping @Sendable (inout ComposeScreen, inout World) -> Void
  ) -> Action.Doing {
    onCompose { compose, world -> [Effect] in
      body(&compose, &world)
      return []
    }
  }

  /// For what panes do, be they the live conversation's or a replay's.
  static func onStage(_ body: @escaping @Sendable (inout Stage, inout World) -> [Effect]) -> Action.Doing {
    { $0.onStage(body) }
  }

  static func changeStage(_ body: @escaping @Sendable (inout Stage, inout World) -> Void) -> Action.Doing {
    onStage { stage, world -> [Effect] in
      body(&stage, &world)
      return []
    }
  }

  /// For what changes the state and asks nothing of the shell.
  static func change(_ body: @escaping @Sendable (inout AppState) -> Void) -> Action.Doing {
    { app in
      body(&app)
      return []
    }
  }
}
