#define _GNU_SOURCE
#include "CNcurses.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

extern char **environ;

bool cn_locale_use(const char *name) {
  return setlocale(LC_CTYPE, name) && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int cn_wcwidth(uint32_t scalar) { return wcwidth((wchar_t)scalar); }

// MARK: Waiting

void cn_wait(int terminal, int event, int64_t nanoseconds, bool *terminal_ready, bool *event_ready) {
  struct pollfd fds[2] = {{.fd = terminal, .events = POLLIN}, {.fd = event, .events = POLLIN}};
  struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  int count = ppoll(fds, 2, nanoseconds < 0 ? NULL : &time, NULL);
  *terminal_ready = count > 0 && fds[0].revents != 0;
  *event_ready = count < 0 || (count > 0 && fds[1].revents != 0);
}

int cn_event_open(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void cn_event_signal(int event) {
  uint64_t one = 1;
  // Fails only where the counter is full, and then it can be read as well.
  ssize_t count = write(event, &one, sizeof one);
  (void)count;
}

void cn_event_drain(int event) {
  uint64_t value;
  ssize_t count = read(event, &value, sizeof value);
  (void)count;
}

// MARK: Signals

// After the first three come all signals whose default action ends a program (signal(7)) and that tell of no fault of
// its own: one that is not handled would leave the terminal as it is.
static const int watched[] = {SIGWINCH, SIGTSTP,   SIGCONT, SIGHUP,  SIGINT, SIGTERM, SIGUSR1, SIGUSR2,
                              SIGALRM,  SIGVTALRM, SIGPROF, SIGXCPU, SIGIO,  SIGPWR};
enum { WATCHED = sizeof watched / sizeof *watched };
static struct sigaction before[WATCHED];
static atomic_uint_fast64_t pending;
static atomic_int wake_event = -1;

static const uint64_t staying = 1ull << SIGWINCH | 1ull << SIGTSTP | 1ull << SIGCONT;

static void note(int number) {
  int saved = errno;
  atomic_fetch_or(&pending, 1ull << number);
  cn_event_signal(atomic_load(&wake_event));
  errno = saved;
}

void cn_signals_open(int event) {
  atomic_store(&wake_event, event);
  atomic_store(&pending, 0);
  // Without SA_RESTART: a write to a terminal that takes nothing must not outlast a request to end.
  struct sigaction action = {.sa_handler = note};
  sigfillset(&action.sa_mask);
  sigset_t all;
  sigemptyset(&all);
  for (int i = 0; i < WATCHED; i++) {
    sigaction(watched[i], &action, &before[i]);
    // nohup(1) and whoever else ignores a signal for a program that he starts mean it. (Shells ignore SIGINT for a
    // background job, which may be brought to the foreground.)
    const bool is_meant = !(staying >> watched[i] & 1) && watched[i] != SIGINT && watched[i] != SIGTERM;
    if (is_meant && before[i].sa_handler == SIG_IGN) sigaction(watched[i], &before[i], NULL);
    sigaddset(&all, watched[i]);
  }
  pthread_sigmask(SIG_UNBLOCK, &all, NULL);
}

uint64_t cn_signals_take(void) { return atomic_exchange(&pending, 0); }

uint64_t cn_signals_ending(uint64_t signals) { return signals & ~staying; }

void cn_signals_close(void) {
  for (int i = 0; i < WATCHED; i++) sigaction(watched[i], &before[i], NULL);
}

void cn_suspend(void) {
  // To the whole group, as the terminal itself does: a script around us stops too and its shell gets the terminal back.
  // By the default action an orphaned group, which no shell could continue, does not stop at all.
  struct sigaction standard = {.sa_handler = SIG_DFL}, ours;
  sigaction(SIGTSTP, &standard, &ours);
  kill(0, SIGTSTP);
  sigaction(SIGTSTP, &ours, NULL);
  atomic_fetch_and(&pending, ~(1ull << SIGCONT | 1ull << SIGTSTP));
}

// MARK: Output

static bool write_all(int fd, const uint8_t *bytes, size_t count, bool is_last) {
  while (count > 0) {
    cn_guard_checkpoint();
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (is_last && poll(&ready, 1, 1000) == 0) return false;
    ssize_t written = write(fd, bytes, count);
    if (written > 0) {
      bytes += written;
      count -= (size_t)written;
    } else if (written < 0 && errno == EAGAIN) {
      poll(&ready, 1, 100);
    } else if (written < 0 && errno != EINTR) {
      return false;
    }
    if (!is_last && count > 0 && cn_signals_ending(atomic_load(&pending))) return false;
  }
  return true;
}

bool cn_write(int fd, const uint8_t *bytes, size_t count) { return write_all(fd, bytes, count, false); }
bool cn_write_last(int fd, const uint8_t *bytes, size_t count) { return write_all(fd, bytes, count, true); }

bool cn_window_size(int fd, int *columns, int *rows) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) return false;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return true;
}

// MARK: Other programs

int cn_run(const char *const arguments[], int *status) {
  // Keys that interrupt or stop are meant for the other program, or for both of us as one job.
  const int numbers[] = {SIGINT, SIGQUIT, SIGTSTP};
  struct sigaction ignore = {.sa_handler = SIG_IGN}, standard = {.sa_handler = SIG_DFL}, saved[3];
  sigaction(SIGINT, &ignore, &saved[0]);
  sigaction(SIGQUIT, &ignore, &saved[1]);
  sigaction(SIGTSTP, &standard, &saved[2]);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  // Sockets may be open without CLOEXEC; what the editor leaves behind must not hold them.
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  pid_t process;
  int error = posix_spawn(&process, arguments[0], &actions, &attributes, (char *const *)arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error == 0) {
    while (waitpid(process, status, 0) < 0) {
      if (errno == EINTR) continue;
      error = errno;
      break;
    }
  }
  for (int i = 0; i < 3; i++) sigaction(numbers[i], &saved[i], NULL);
  return error;
}
