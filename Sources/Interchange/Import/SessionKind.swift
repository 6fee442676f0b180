/// The programs whose sessions can be read.
public enum SessionKind: Sendable {
  /// Claude Code, `~/.claude/projects/<project>/<session>.jsonl`: lines with `type` (`user`, `assistant`, `summary` and
  /// others), `sessionId`, `uuid`, `parentUuid`, `timestamp`, `isSidechain` and `message` as in Anthropic's Messages
  /// API.
  case claudeCode
  /// Codex, `~/.codex/sessions/YYYY/MM/DD/rollout-….jsonl`: lines with `timestamp`, `type` (`session_meta`,
  /// `turn_context`, `response_item`, `event_msg`) and `payload`; older ones have the items bare, after a line with the
  /// session's `id`. (https://github.com/openai/codex, codex-rs/protocol/src/protocol.rs)
  case codex
}
