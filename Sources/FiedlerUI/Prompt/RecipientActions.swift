import Canvas

extension ActionID {
  public static let askAlone = Self("ask_alone")
  public static let askAll = Self("ask_all")
  public static let swapModel = Self("swap_model")

  /// Of a chosen model, by its place from 1 on.
  static func askOrLeaveOut(_ number: Int) -> Self { Self("ask_or_leave_out_\(number)") }
}

extension Actions {
  /// Whom the next prompt goes to.
  static let recipients: [Action] =
    [
      Action(
        .askAlone, "Ask this one alone, once", [letter("a")], in: [.pane], hint: "ask alone", anywhere: true,
        can: { $0.stage.canAskAlone($0.world) }, does: changeStage { $0.askAlone(&$1) }),
      Action(
        .askAll, "Ask all again", [letter("A")], in: [.pane], also: [Binding([.alt("0")], in: [.prompt])],
        anywhere: true, can: { $0.world.leavesSomeOut ? .yes : .no("All are asked") },
        does: change { $0.world.askAll() }),
      Action(
        .swapModel, "Another model in this one's place", [letter("M")], in: [.pane], hint: "swap", anywhere: true,
        can: { $0.stage.canSwap($0.world) }, does: changeStage { $0.openSuccessorPicker(&$1) }),
    ]
    + (1...9).map { number in
      Action(
        .askOrLeaveOut(number), "Ask model \(number), or leave it out", [.alt(Character(String(number)))],
        in: [.prompt],
        can: { $0.chosenModels.count >= number ? .yes : .no("There is no model \(number)") },
        does: change { $0.world.toggleRecipient(number - 1) })
    }
}
