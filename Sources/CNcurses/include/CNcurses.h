/// What Swift cannot say itself: ncurses cells and macros, GNU calls, and code that runs inside signal handlers.
///
/// One screen a process. Everything but `cn_event_signal` belongs to one thread.
#ifndef CNCURSES_H
#define CNCURSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Screen (screen.c): ncurses, which writes into memory; its bytes are taken out and sent in one go.

enum { CN_BOLD = 1, CN_DIM = 2, CN_ITALIC = 4, CN_UNDERLINE = 8, CN_REVERSE = 16 };
enum { CN_MAX_COLUMNS = 2048, CN_MAX_ROWS = 1024 };

/// A character of one or two columns. Unused scalars are 0, `attributes` are CN_ bits.
typedef struct {
  uint32_t scalars[4];
  uint32_t attributes;
  int32_t pair;
} cn_cell;

/// Opens the screen for a terminal type, `false` if terminfo does not know it. Nothing reaches the terminal.
bool cn_screen_open(const char *terminal);
void cn_screen_close(void);
/// Begins to use colours: how many there are, 0 if none.
int cn_screen_start_colors(void);
/// How many pairs `cn_screen_set_pair` takes, 0 excluded.
int cn_screen_pairs(void);
/// -1 is the terminal's own colour.
bool cn_screen_set_pair(int pair, int foreground, int background);
void cn_screen_reset_pairs(void);
void cn_screen_resize(int columns, int rows);
void cn_screen_put(int x, int y, const cn_cell *cells, int count);
void cn_screen_cursor(int x, int y, bool visible);
/// Makes the next update draw everything.
void cn_screen_invalidate(void);
/// Writes what changed since the last update into memory; enters the screen if need be.
void cn_screen_update(void);
/// Writes what leaves the screen into memory.
void cn_screen_end(void);
/// Bytes that wait in memory, and their removal.
size_t cn_screen_pending(void);
size_t cn_screen_take(uint8_t *buffer, size_t capacity);

/// A terminfo string without its padding; empty where the terminal has none. Needs an open screen.
void cn_terminal_string(const char *name, char *buffer, size_t capacity);
bool cn_terminal_flag(const char *name);
/// Colours of a terminal type (0 if none), -1 if terminfo does not know it. Not while a screen is open.
int cn_terminal_colors(const char *terminal);

// MARK: Characters (system.c)

/// Uses a locale for characters ("" is the user's); `false` if it does not exist or is not UTF-8.
bool cn_locale_use(const char *name);
int cn_wcwidth(uint32_t scalar);

// MARK: Waiting and signals (system.c)

/// Waits until one can be read, a signal comes or the time (in ns, < 0: for ever) is over.
void cn_wait(int terminal, int event, int64_t nanoseconds, bool *terminal_ready, bool *event_ready);
int cn_event_open(void);
void cn_event_signal(int event);
void cn_event_drain(int event);

/// WINCH TSTP CONT, and the signals that end a program which does not handle them, set a bit and signal `event` from
/// now on.
void cn_signals_open(int event);
/// The signals that came, as bits `1 << number`, and their removal.
uint64_t cn_signals_take(void);
/// Those of them that ask for the end.
uint64_t cn_signals_ending(uint64_t signals);
void cn_signals_close(void);
/// Stops the process group as Ctrl+Z does; returns when it is continued.
void cn_suspend(void);

/// Writes all of it, waiting as long as it takes; `false` if the terminal is gone or a signal asks to end.
bool cn_write(int fd, const uint8_t *bytes, size_t count);
/// The same for what leaves the terminal: gives up only if the terminal takes nothing for a second.
bool cn_write_last(int fd, const uint8_t *bytes, size_t count);
bool cn_window_size(int fd, int *columns, int *rows);

/// Runs a program on the terminal and waits for it, with signals as a program expects them.
/// Returns 0 and the wait status, or an error number if it could not be started.
int cn_run(const char *const arguments[], int *status);

// MARK: Guard (guard.c): the terminal is restored whatever ends the process.

/// Remembers how the terminal is now, and from now on restores it on exit(3) and on crashes while it is raw.
/// `restore` is sent to the terminal then.
bool cn_guard_open(int terminal, const char *restore);
/// Stops watching for crashes.
void cn_guard_close(void);
/// Raw mode, and standard error into memory so that it does not spoil the screen (if it is a terminal).
bool cn_guard_enter(void);
/// As it was, and shows what went to standard error meanwhile.
void cn_guard_leave(void);
/// Raw mode again, after another process changed it.
bool cn_guard_raw(void);
/// Forgets old captured errors once there are many.
void cn_guard_trim(void);
/// Does not return if a crash is being handled on another thread.
void cn_guard_checkpoint(void);

// MARK: Crash (crash.c): a fatal signal leaves a report.

/// From now on a fatal signal writes a report (signal, version, time, addresses) to one file and what was last noted to
/// another, then goes on to whoever handled it before. Call it once.
void cn_crash_watch(const char *report, const char *marker, const char *version);
/// What is on the screen: an id of up to 63 bytes, empty for nothing.
void cn_crash_note(const char *conversation);

#endif
