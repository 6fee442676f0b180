#define _GNU_SOURCE
#include "CNcurses.h"
#include "fatal.h"

#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// All that the signal handler needs stands ready in static memory; it opens, writes and closes, and no more.
static char report_path[4096];
static char shown_path[4096];
static char version[128];
/// The conversation that is on the screen or about to be; empty for none.
static char shown[64];
static atomic_bool is_reported;

static void put(int file, const char *text) {
  ssize_t written = write(file, text, strlen(text));
  (void)written;
}

static void put_number(int file, unsigned long long number) {
  char digits[24];
  char *place = digits + sizeof digits - 1;
  *place = 0;
  do *--place = (char)('0' + number % 10);
  while (number /= 10);
  put(file, place);
}

static int create(const char *path) { return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600); }

/// What is written names no text of prompts or answers: a signal, a version, a time and addresses.
static void write_report(int number, const char *name) {
  // Who asks for the end by SIGQUIT knows of it.
  if (number == SIGQUIT || atomic_exchange(&is_reported, true)) return;
  if (shown[0]) {
    int file = create(shown_path);
    if (file >= 0) {
      put(file, shown);
      close(file);
    }
  }
  int file = create(report_path);
  if (file < 0) return;
  struct timespec now = {0};
  clock_gettime(CLOCK_REALTIME, &now);
  put(file, "signal ");
  put_number(file, (unsigned long long)number);
  put(file, " ");
  put(file, name);
  put(file, "\nversion ");
  put(file, version);
  put(file, "\ntime ");
  put_number(file, (unsigned long long)now.tv_sec);
  put(file, "\nwhere\n");
  void *addresses[64];
  // Should the crash have come inside the loader or its locks, the process ends by the alarm.
  alarm(10);
  backtrace_symbols_fd(addresses, backtrace(addresses, 64), file);
  alarm(0);
  close(file);
}

void cn_crash_watch(const char *report, const char *marker, const char *name) {
  snprintf(report_path, sizeof report_path, "%s", report);
  snprintf(shown_path, sizeof shown_path, "%s", marker);
  snprintf(version, sizeof version, "%s", name);
  // The first call loads what later ones need; inside a handler that would not be safe.
  void *address;
  backtrace(&address, 1);
  fatal_watch(FATAL_REPORT, write_report);
}

void cn_crash_note(const char *conversation) { snprintf(shown, sizeof shown, "%s", conversation); }
