#define _GNU_SOURCE
#include "CNcurses.h"

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

static const struct {
  int number;
  const char *name;
} crashes[] = {{SIGILL, "SIGILL"}, {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"}, {SIGFPE, "SIGFPE"},
               {SIGBUS, "SIGBUS"}, {SIGSEGV, "SIGSEGV"}, {SIGSYS, "SIGSYS"}};
enum { CRASHES = sizeof crashes / sizeof *crashes };
static struct sigaction before[CRASHES];

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
static void report(int number, const char *name) {
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

static void crashed(int number, siginfo_t *info, void *context) {
  (void)context;
  for (int i = 0; i < CRASHES; i++) {
    if (crashes[i].number != number) continue;
    if (!atomic_exchange(&is_reported, true)) report(number, crashes[i].name);
    sigaction(number, &before[i], NULL);
  }
  // What somebody sent is no fault that a backtrace could explain, and the runtime's handler would return from it.
  if (info->si_code == SI_USER || (info->si_code < 0 && number != SIGABRT)) signal(number, SIG_DFL);
  // A fault happens again on return and finds the handler that was there before; a trap or a sent signal does not.
  if (info->si_code <= 0 || number == SIGTRAP || number == SIGSYS) raise(number);
}

void cn_crash_watch(const char *report, const char *marker, const char *name) {
  snprintf(report_path, sizeof report_path, "%s", report);
  snprintf(shown_path, sizeof shown_path, "%s", marker);
  snprintf(version, sizeof version, "%s", name);
  // The first call loads what later ones need; inside a handler that would not be safe.
  void *address;
  backtrace(&address, 1);
  static char stack[65536];
  stack_t current;
  if (sigaltstack(NULL, &current) == 0 && (current.ss_flags & SS_DISABLE)) {
    stack_t ours = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&ours, NULL);
  }
  struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < CRASHES; i++) {
    sigaction(crashes[i].number, NULL, &before[i]);
    if (before[i].sa_handler != SIG_IGN) sigaction(crashes[i].number, &action, NULL);
  }
}

void cn_crash_note(const char *conversation) { snprintf(shown, sizeof shown, "%s", conversation); }
