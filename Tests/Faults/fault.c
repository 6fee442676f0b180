// Preloaded into a program, it lets one of its calls fail: the FAULT_AT'th (from 1) of those that FAULT_CALL names, once,
// with the error number FAULT_ERROR. Counting begins when the file FAULT_FROM is there, if it is named at all. At the end
// of the process, and when the call has failed, the file FAULT_COUNTS gets a line for each kind of call: its name and how
// often it was made.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define KINDS(each) \
  each(open) each(read) each(pread) each(write) each(pwrite) each(writev) each(fsync) each(fdatasync) each(ftruncate) \
  each(rename) each(unlink) each(mkdir) each(socket) each(connect) each(send) each(recv) each(accept)

#define NAME(kind) kind##_call,
enum { KINDS(NAME) KIND_COUNT };
#undef NAME
#define NAME(kind) #kind,
static const char *const names[] = {KINDS(NAME)};
#undef NAME

static _Atomic long counts[KIND_COUNT];
static atomic_int has_begun;
static const char *counts_file, *from_file;
static int chosen = -1, error_number;
static long at;

__attribute__((constructor)) static void begin(void) {
  const char *call = getenv("FAULT_CALL"), *number = getenv("FAULT_AT"), *code = getenv("FAULT_ERROR");
  counts_file = getenv("FAULT_COUNTS"), from_file = getenv("FAULT_FROM");
  has_begun = !from_file;
  for (int kind = 0; call && kind < KIND_COUNT; kind++)
    if (strcmp(call, names[kind]) == 0) chosen = kind;
  at = number ? atol(number) : 0, error_number = code ? atoi(code) : EIO;
  // A program that this one starts is not the subject.
  unsetenv("LD_PRELOAD");
}

static void report(const char *end) {
  if (!counts_file) return;
  char text[1024];
  int length = snprintf(text, sizeof text, "%s\n", end);
  for (int kind = 0; kind < KIND_COUNT; kind++)
    length += snprintf(text + length, sizeof text - (size_t)length, "%s %ld\n", names[kind], counts[kind]);
  int file = (int)syscall(SYS_openat, AT_FDCWD, counts_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return;
  if (syscall(SYS_write, file, text, length) != length) abort();
  syscall(SYS_close, file);
}

__attribute__((destructor)) static void end(void) { if (at == 0 || chosen < 0 || counts[chosen] < at) report("ended"); }

static int fails(int kind) {
  if (!has_begun) {
    if (syscall(SYS_faccessat, AT_FDCWD, from_file, F_OK) != 0) return 0;
    has_begun = 1;
  }
  long now = ++counts[kind];
  if (kind != chosen || now != at) return 0;
  report("failed");
  errno = error_number;
  return 1;
}

// Timers and counters of events are files without a kind, and no disk or connection stands behind them to fail.
static int is_anonymous(int file) {
  struct stat status;
  return fstat(file, &status) == 0 && (status.st_mode & S_IFMT) == 0;
}

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }
#define CALL(kind, result, ...) return fails(kind##_call) ? -1 : (result)syscall(__VA_ARGS__)

int open(const char *path, int flags, ...) { MODE(flags) CALL(open, int, SYS_openat, AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) CALL(open, int, SYS_openat, AT_FDCWD, path, flags, mode); }
int openat(int at_folder, const char *path, int flags, ...) {
  MODE(flags) CALL(open, int, SYS_openat, at_folder, path, flags, mode);
}
ssize_t read(int file, void *bytes, size_t size) {
  if (is_anonymous(file)) return syscall(SYS_read, file, bytes, size);
  CALL(read, ssize_t, SYS_read, file, bytes, size);
}
ssize_t pread(int file, void *bytes, size_t size, off_t offset) {
  CALL(pread, ssize_t, SYS_pread64, file, bytes, size, offset);
}
ssize_t pread64(int file, void *bytes, size_t size, off64_t offset) {
  CALL(pread, ssize_t, SYS_pread64, file, bytes, size, offset);
}
ssize_t write(int file, const void *bytes, size_t size) {
  if (is_anonymous(file)) return syscall(SYS_write, file, bytes, size);
  CALL(write, ssize_t, SYS_write, file, bytes, size);
}
ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
  CALL(pwrite, ssize_t, SYS_pwrite64, file, bytes, size, offset);
}
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
  CALL(pwrite, ssize_t, SYS_pwrite64, file, bytes, size, offset);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
  CALL(writev, ssize_t, SYS_writev, file, parts, count);
}
int fsync(int file) { CALL(fsync, int, SYS_fsync, file); }
int fdatasync(int file) { CALL(fdatasync, int, SYS_fdatasync, file); }
int ftruncate(int file, off_t size) { CALL(ftruncate, int, SYS_ftruncate, file, size); }
int ftruncate64(int file, off64_t size) { CALL(ftruncate, int, SYS_ftruncate, file, size); }
int rename(const char *from, const char *to) { CALL(rename, int, SYS_rename, from, to); }
int unlink(const char *path) { CALL(unlink, int, SYS_unlink, path); }
int mkdir(const char *path, mode_t mode) { CALL(mkdir, int, SYS_mkdir, path, mode); }
int socket(int domain, int type, int protocol) { CALL(socket, int, SYS_socket, domain, type, protocol); }
int connect(int file, const struct sockaddr *address, socklen_t size) {
  CALL(connect, int, SYS_connect, file, address, size);
}
ssize_t send(int file, const void *bytes, size_t size, int flags) {
  CALL(send, ssize_t, SYS_sendto, file, bytes, size, flags, NULL, 0);
}
ssize_t sendto(int file, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t length) {
  CALL(send, ssize_t, SYS_sendto, file, bytes, size, flags, to, length);
}
ssize_t recv(int file, void *bytes, size_t size, int flags) {
  CALL(recv, ssize_t, SYS_recvfrom, file, bytes, size, flags, NULL, NULL);
}
int accept4(int file, struct sockaddr *address, socklen_t *size, int flags) {
  CALL(accept, int, SYS_accept4, file, address, size, flags);
}
int accept(int file, struct sockaddr *address, socklen_t *size) { return accept4(file, address, size, 0); }
