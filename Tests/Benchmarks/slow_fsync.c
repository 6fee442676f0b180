/* To be preloaded (LD_PRELOAD): makes fsync and fdatasync take SLOW_FSYNC_MS milliseconds longer, as a worn or busy disk
 * does. Each call appends one byte to the file that SLOW_FSYNC_COUNT names, so that one can see that it was slow at all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_and_count(void) {
  const char *delay = getenv("SLOW_FSYNC_MS"), *count = getenv("SLOW_FSYNC_COUNT");
  long milliseconds = delay == NULL ? 0 : atol(delay);
  int fd = count == NULL ? -1 : open(count, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd >= 0) {
    if (write(fd, ".", 1) != 1) abort(); /* a count that is wrong is worse than none */
    close(fd);
  }
  struct timespec left = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {}
}

int fsync(int fd) {
  wait_and_count();
  return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
  wait_and_count();
  return (int)syscall(SYS_fdatasync, fd);
}
