#define _GNU_SOURCE
#include "CNcurses.h"
#include "fatal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

// All that a signal handler needs stands ready in static memory.
static int terminal = -1;
static struct termios original;
static char restore_text[1024];
static size_t restore_count;
static atomic_bool is_entered;
static atomic_bool is_crashing;

static atomic_int captured = -1;
static atomic_int real_error = -1;
enum { SHOWN = 65536, TRIMMED = 1 << 20 };

// MARK: Standard error

static void capture_errors(void) {
  if (!isatty(2)) return;
  int memory = memfd_create("stderr", MFD_CLOEXEC);
  int copy = memory < 0 ? -1 : fcntl(2, F_DUPFD_CLOEXEC, 3);
  if (copy >= 0 && dup2(memory, 2) >= 0) {
    atomic_store(&real_error, copy);
    atomic_store(&captured, memory);
    return;
  }
  if (copy >= 0) close(copy);
  if (memory >= 0) close(memory);
}

/// Safe inside a signal handler.
static void release_errors(void) {
  int memory = atomic_exchange(&captured, -1);
  int error = atomic_exchange(&real_error, -1);
  if (memory < 0 || error < 0) return;
  dup2(error, 2);
  off_t end = lseek(memory, 0, SEEK_CUR);
  off_t at = end > SHOWN ? end - SHOWN : 0;
  char buffer[4096];
  while (at < end) {
    ssize_t count = pread(memory, buffer, sizeof buffer, at);
    if (count <= 0) break;
    at += count;
    for (ssize_t done = 0; done < count;) {
      ssize_t written = write(error, buffer + done, (size_t)(count - done));
      if (written <= 0) break;
      done += written;
    }
  }
  close(memory);
  close(error);
}

void cn_guard_trim(void) {
  int memory = atomic_load(&captured);
  if (memory < 0 || lseek(memory, 0, SEEK_CUR) < TRIMMED) return;
  lseek(memory, 0, SEEK_SET);
  int result = ftruncate(memory, 0);
  (void)result;
}

// MARK: Restoring

/// Safe inside a signal handler.
static void restore_now(void) {
  if (!atomic_exchange(&is_entered, false)) return;
  struct pollfd ready = {.fd = terminal, .events = POLLOUT};
  for (size_t done = 0; done < restore_count && poll(&ready, 1, 1000) > 0;) {
    ssize_t written = write(terminal, restore_text + done, restore_count - done);
    if (written <= 0 && errno != EINTR && errno != EAGAIN) break;
    if (written > 0) done += (size_t)written;
  }
  tcsetattr(terminal, TCSANOW, &original);
  release_errors();
}

static void crashed(int number, const char *name) {
  (void)number;
  (void)name;
  atomic_store(&is_crashing, true);
  restore_now();
}

void cn_guard_checkpoint(void) {
  // Another thread crashed and the process is about to end: draw no more over its report.
  while (atomic_load(&is_crashing)) pause();
}

static void at_exit(void) { restore_now(); }

bool cn_guard_open(int fd, const char *restore) {
  if (tcgetattr(fd, &original) != 0) return false;
  terminal = fd;
  restore_count = strnlen(restore, sizeof restore_text);
  memcpy(restore_text, restore, restore_count);

  static bool is_registered;
  if (!is_registered) is_registered = atexit(at_exit) == 0;

  fatal_watch(FATAL_TERMINAL, crashed);
  return true;
}

void cn_guard_close(void) { fatal_watch(FATAL_TERMINAL, NULL); }

bool cn_guard_raw(void) {
  struct termios raw = original;
  cfmakeraw(&raw);
  return tcsetattr(terminal, TCSANOW, &raw) == 0;
}

bool cn_guard_enter(void) {
  atomic_store(&is_entered, true);
  if (!cn_guard_raw()) {
    atomic_store(&is_entered, false);
    return false;
  }
  capture_errors();
  return true;
}

void cn_guard_leave(void) {
  if (!atomic_exchange(&is_entered, false)) return;
  tcsetattr(terminal, TCSANOW, &original);
  release_errors();
}
