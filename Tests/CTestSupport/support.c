#define _GNU_SOURCE
#include "CTestSupport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/// Sockets of NIO are inherited: a child would keep a port taken after its server has stopped.
static void close_the_rest(posix_spawn_file_actions_t *actions) {
  posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

/// A child inherits the mask of the thread that starts it, and test threads block most signals.
static void use_default_signals(posix_spawnattr_t *attributes, short flags) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(attributes, &none);
  posix_spawnattr_setsigdefault(attributes, &all);
  posix_spawnattr_setflags(attributes, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | flags));
}

int ct_spawn_on_terminal(
    const char *const arguments[], const char *const environment[], int columns, int rows, bool null_input,
    bool null_output, pid_t *process) {
  int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return -1;
  char name[128];
  if (grantpt(terminal) != 0 || unlockpt(terminal) != 0 || ptsname_r(terminal, name, sizeof name) != 0) {
    close(terminal);
    return -1;
  }
  ct_resize_terminal(terminal, columns, rows);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  use_default_signals(&attributes, POSIX_SPAWN_SETSID);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // The first terminal that a session leader opens becomes its controlling terminal.
  posix_spawn_file_actions_addopen(&actions, 2, name, O_RDWR, 0);
  if (null_input) posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  else posix_spawn_file_actions_adddup2(&actions, 2, 0);
  if (null_output) posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  else posix_spawn_file_actions_adddup2(&actions, 2, 1);
  close_the_rest(&actions);
  int error = posix_spawn(
      process, arguments[0], &actions, &attributes, (char *const *)arguments, (char *const *)environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error == 0) return terminal;
  close(terminal);
  errno = error;
  return -1;
}

bool ct_resize_terminal(int terminal, int columns, int rows) {
  struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
  return ioctl(terminal, TIOCSWINSZ, &size) == 0;
}

bool ct_terminal_is_cooked(int terminal) {
  struct termios modes;
  return tcgetattr(terminal, &modes) == 0 && (modes.c_lflag & ICANON) && (modes.c_lflag & ECHO) &&
         (modes.c_oflag & OPOST);
}

int ct_wait_readable(int fd, int milliseconds) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  int count = poll(&ready, 1, milliseconds);
  if (count <= 0) return 0;
  return ready.revents & POLLIN ? 1 : -1;
}

int ct_start(const char *const arguments[], const char *const environment[], int output, pid_t *process) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  use_default_signals(&attributes, 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  close_the_rest(&actions);
  int error = posix_spawnp(
      process, arguments[0], &actions, &attributes, (char *const *)arguments, (char *const *)environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

int ct_run(const char *const arguments[], const char *const environment[], int output) {
  pid_t process;
  if (ct_start(arguments, environment, output, &process) != 0) return -1;
  int status;
  while (waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return status;
}

int ct_memory_file(void) { return memfd_create("output", MFD_CLOEXEC); }

char ct_process_state(pid_t process) {
  char path[64], line[512] = {0};
  snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, line, sizeof line - 1);
  close(file);
  char *end = count > 0 ? strrchr(line, ')') : NULL;
  return end && end[1] == ' ' ? end[2] : 0;
}
