import Canvas

extension ActionID {
  public static let batches = Self("batches")
  public static let batchLeft = Self("batch_left")
  public static let batchRight = Self("batch_right")
  public static let batchTrouble = Self("batch_trouble")
}

extension Actions {
  /// Batches and their matrices.
  static let batch: [Action] = [
    Action(
      .batches, "Batches", [], in: [.screens], command: "batches", anywhere: true,
      does: { app in
        if app.top is BatchScreen { return [] }
        app.open(BatchScreen())
        return [.loadBatches]
      }),
    Action(
      .batchLeft, "To the model before", [letter("h"), Key(.left)], in: [.batch], can: hasMatrix,
      does: { $0.on(BatchScreen.self) { screen, world in screen.moveColumn(by: -1, world) } ?? [] }),
    Action(
      .batchRight, "To the next model", [letter("l"), Key(.right)], in: [.batch], can: hasMatrix,
      does: { $0.on(BatchScreen.self) { screen, world in screen.moveColumn(by: 1, world) } ?? [] }),
    Action(
      .batchTrouble, "To the next answer that failed, or fails a check", [letter("n")], in: [.batch],
      hint: "next failure", can: hasMatrix,
      does: { $0.on(BatchScreen.self) { screen, world in screen.moveToTrouble(&world) } ?? [] }),
  ]

  private static let hasMatrix: Action.Asking = { app in
    app.top(BatchScreen.self)?.matrix == nil ? .no("Open a batch first") : .yes
  }
}
