import Canvas

extension ActionID {
  public static let running = Self("running")
  public static let stopRunning = Self("stop_running")
}

extension Actions {
  /// What still runs.
  static let running: [Action] = [
    Action(
      .running, "What still runs", [], in: [.screens], command: "running", anywhere: true,
      does: change { app in
        if !(app.top is RunningScreen) { app.open(RunningScreen()) }
      }),
    Action(
      .stopRunning, "Stop its answers", [letter("c")], in: [.running], hint: "stop",
      can: { !RunningRow.all($0.world).isEmpty ? .yes : .no("No answer streams") },
      does: { $0.on(RunningScreen.self) { running, world in running.stop(world) } ?? [] }),
  ]
}
