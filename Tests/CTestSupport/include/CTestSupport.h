/// Calls for tests that Swift's Glibc module lacks.
#ifndef CTESTSUPPORT_H
#define CTESTSUPPORT_H

#include <stdbool.h>
#include <sys/types.h>

/// Starts a program as the leader of a session on a new pseudo terminal, with no signal blocked or ignored.
/// Where `null_input` or `null_output` is set that stream is /dev/null. Returns the terminal's other end, or -1.
int ct_spawn_on_terminal(
    const char *const arguments[], const char *const environment[], int columns, int rows, bool null_input,
    bool null_output, pid_t *process);
bool ct_resize_terminal(int terminal, int columns, int rows);
/// Whether the terminal echoes and reads by lines, as a shell expects it.
bool ct_terminal_is_cooked(int terminal);
/// Waits for bytes, at most so long. -1: the other end is closed.
int ct_wait_readable(int fd, int milliseconds);

/// Starts a program, with no signal blocked; what it prints goes to the file descriptor `output`. Returns 0 or an errno.
int ct_start(const char *const arguments[], const char *const environment[], int output, pid_t *process);
/// Runs a program to its end, with no signal blocked; what it prints goes to the file descriptor `output`.
/// Returns its wait status, or -1.
int ct_run(const char *const arguments[], const char *const environment[], int output);
int ct_memory_file(void);
/// What a process does now, as in proc(5): 'R', 'S', 'T' (stopped), 'Z', or 0 if there is none.
char ct_process_state(pid_t process);

#endif
