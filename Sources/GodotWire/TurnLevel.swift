import Conversations

extension LogLevel {
  /// How grave the log record of a turn is: by how the answer ended, `nil` for a prompt.
  public init(ofTurnThat ended: ReplyState?) {
    self =
      switch ended {
      case .cancelled, .partial, .interrupted: .warn
      case .failed: .error
      default: .info
      }
  }
}
