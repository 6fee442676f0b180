import CNcurses

/// A fatal signal leaves a report in the state folder, and a marker that names the conversation that was on the screen.
///
/// The handler gives the signal on to whoever handled it before. Neither file holds anything of prompts or answers.
public enum CrashReport {
  /// Watches from now on. Call it once, before the terminal is opened. Files that cannot be made are done without.
  public static func watch(report: String, marker: String, version: String) { cn_crash_watch(report, marker, version) }

  /// Says what is on the screen, or about to be laid out, by its id; `nil` for nothing. Costs a copy of the id. Belongs
  /// to the thread of the screen.
  public static func note(shown conversation: String?) { cn_crash_note(conversation ?? "") }
}
