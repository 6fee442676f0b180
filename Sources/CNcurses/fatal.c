#define _GNU_SOURCE
#include "fatal.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static const struct {
  int number;
  const char *name;
} signals[] = {{SIGILL, "SIGILL"}, {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"}, {SIGFPE, "SIGFPE"},
               {SIGBUS, "SIGBUS"}, {SIGSEGV, "SIGSEGV"}, {SIGQUIT, "SIGQUIT"}, {SIGSYS, "SIGSYS"}};
enum { SIGNALS = sizeof signals / sizeof *signals };

static struct sigaction before[SIGNALS];
static _Atomic(fatal_step *) steps[FATAL_PLACES];
static bool is_installed;

static void crashed(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  for (int i = 0; i < SIGNALS; i++) {
    if (signals[i].number != number) continue;
    for (int place = 0; place < FATAL_PLACES; place++) {
      fatal_step *step = atomic_load(&steps[place]);
      if (step) step(number, signals[i].name);
    }
    sigaction(number, &before[i], NULL);
  }
  errno = saved;
  // What somebody sent is no fault that a backtrace could explain, and the runtime's handler would return from it.
  if (info->si_code == SI_USER || (info->si_code < 0 && number != SIGABRT)) signal(number, SIG_DFL);
  // A fault happens again on return and finds the handler that was there before; a trap or a sent signal does not.
  if (info->si_code <= 0 || number == SIGTRAP || number == SIGSYS) raise(number);
}

static void install(void) {
  // A stack that has run over is no place to handle that.
  static char stack[65536];
  stack_t current;
  if (sigaltstack(NULL, &current) == 0 && (current.ss_flags & SS_DISABLE)) {
    stack_t ours = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&ours, NULL);
  }
  struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < SIGNALS; i++) {
    sigaction(signals[i].number, NULL, &before[i]);
    if (before[i].sa_handler != SIG_IGN) sigaction(signals[i].number, &action, NULL);
  }
}

void fatal_watch(enum fatal_place place, fatal_step *step) {
  atomic_store(&steps[place], step);
  bool is_needed = false;
  for (int other = 0; other < FATAL_PLACES; other++) is_needed |= atomic_load(&steps[other]) != NULL;
  if (is_needed == is_installed) return;
  is_installed = is_needed;
  if (is_needed) return install();
  for (int i = 0; i < SIGNALS; i++) sigaction(signals[i].number, &before[i], NULL);
}
