import Canvas
import Conversations

extension ActionID {
  public static let filter = Self("filter")
  public static let logOutbox = Self("log_outbox")
  public static let logRecords = Self("log_records")
  public static let retryGodot = Self("retry_godot")
  public static let switchLog = Self("log_switch")
  public static let resendParked = Self("resend")
  public static let resendAllParked = Self("resend_all")
  public static let exportParked = Self("export_parked")
  public static let exportAllParked = Self("export_all_parked")
  public static let logLevel = Self("log_level")
  public static let logTrace = Self("log_trace")
  public static let followLog = Self("follow_log")
  public static let clearLogFilter = Self("clear_log_filter")
  public static let copyRecord = Self("copy_record")
  public static let reloadLog = Self("reload_log")
}

extension Actions {
  /// The Godot log.
  static let log: [Action] = [
    Action(
      .filter, "Filter", [letter("/")], in: [.records], hint: "filter", can: logsSomewhere,
      does: changeLog { log, _ in log.typeFilter() }),
    Action(
      .logOutbox, "Outbox: what the server refuses", [letter("1")], in: [.log], does: onLog { $0.show(.outbox, &$1) }),
    Action(
      .logRecords, "Records that the server has", [letter("2")], in: [.log], does: onLog { $0.show(.records, &$1) }),
    Action(
      .retryGodot, "Try Godot again now", [letter("r")], in: [.log], hint: "retry now", anywhere: true,
      can: { $0.world.health.state != .connected && $0.world.health.state != .off ? .yes : .quietly },
      does: { $0.world.retryGodot() }),
    Action(
      .switchLog, "The other part", [Key(.tab), Key(.tab, .shift)], in: [.log], hint: "switch",
      does: onLog { $0.show($0.part == .outbox ? .records : .outbox, &$1) }),
    Action(
      .resendParked, "Send this record again", [letter("s")], in: [.outbox], hint: "resend", can: hasParked,
      does: onLog { $0.resend([$0.outbox.selectedItem].compactMap(\.self), &$1) }),
    Action(
      .resendAllParked, "Send all refused records again", [letter("S")], in: [.outbox], hint: "resend all",
      can: { $0.top(LogScreen.self)?.outbox.items.count ?? 0 > 1 ? .yes : .quietly },
      does: onLog { $0.resend($0.outbox.items, &$1) }),
    Action(
      .exportParked, "Save this record in a file", [letter("e")], in: [.outbox], hint: "export", can: hasParked,
      does: onLog { $0.export([$0.outbox.selectedItem].compactMap(\.self), &$1) }),
    Action(
      .exportAllParked, "Save all refused records in a file", [letter("E")], in: [.outbox], can: hasParked,
      does: onLog { $0.export($0.outbox.items, &$1) }),
    Action(
      .logLevel, "Next least level", [letter("l")], in: [.records], hint: "level", can: logsSomewhere,
      does: onLog { $0.cycleLevel(&$1) }),
    Action(
      .logTrace, "Only records of this one's trace", [letter("t")], in: [.records, .logDetail], hint: "trace",
      can: { $0.top(LogScreen.self)?.trace != nil ? .yes : .no("This record belongs to no trace") },
      does: onLog { $0.filterByTrace(&$1) }),
    Action(
      .followLog, "Follow: load anew every 2 s", [letter("f")], in: [.records], hint: "follow", can: logsSomewhere,
      does: onLog { $0.toggleFollow(&$1) }),
    Action(.clearLogFilter, "No filter", [letter("x")], in: [.records], does: onLog { $0.apply(filter: "", &$1) }),
    Action(
      .copyRecord, "Copy the record", [letter("y")], in: [.records, .logDetail], hint: "copy",
      can: { $0.top(LogScreen.self)?.hasRecord ?? false ? .yes : .no("There is no record here") },
      does: onLog { log, world in log.copyRecord(world) }),
    Action(
      .reloadLog, "Load anew", [letter("u"), letter("R")], in: [.log], hint: "reload",
      can: { $0.top(LogScreen.self)?.part == .outbox ? .yes : logsSomewhere($0) },
      does: onLog { $0.reload(&$1) }),
  ]

  private static let logsSomewhere: Action.Asking = { app in
    app.world.health.state == .off ? .no("Godot is off: set godot.url in config.yaml") : .yes
  }

  private static let hasParked: Action.Asking = { app in
    app.top(LogScreen.self)?.outbox.items.isEmpty ?? true ? .no("Nothing is refused") : .yes
  }

  private static func onLog(
    _ body: @escaping @Sendable (inout LogScreen, inout World) -> [Effect]
  ) -> Action.Doing {
    { $0.on(LogScreen.self, body) ?? [] }
  }

  private static func changeLog(_ body: @escaping @Sendable (inout LogScreen, inout World) -> Void) -> Action.Doing {
    onLog { screen, world -> [Effect] in
      body(&screen, &world)
      return []
    }
  }
}
