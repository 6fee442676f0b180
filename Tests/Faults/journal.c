// Preloaded into a program, it appends what the program does to files below the folders that JOURNAL_ROOTS names (with
// colons between) to the file that JOURNAL names: enough to make, later and as often as wanted, what a power cut would have
// left. Several processes may write one journal. A record is written when the act is done and before its caller knows,
// and that a sync begins before it does; so whatever a caller builds upon stands earlier in the journal.
//
// A record: one byte what; eight bytes each the file's inode, an offset and the length of what follows. Little-endian.
// 'o' opened (offset: 1 for a folder), the path follows; 'w' written; 't' cut or grown to the offset; 's' a sync begins,
// 'S' has ended (offset: an id of the two); 'r' renamed, both paths with a zero byte between; 'u' removed a name;
// 'm' made a folder. What is mapped into memory is not seen: SQLite's -shm file, which a power cut may take.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST_FILES = 65536 };
static _Atomic uint64_t inodes[MOST_FILES]; // by descriptor; 0: not below a root
static int journal = -1;
static char roots[8][PATH_MAX];
static int root_count;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("JOURNAL"), *list = getenv("JOURNAL_ROOTS");
  if (!path || !list) return;
  int opened = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  // Far from the numbers that a program may count on.
  journal = (int)syscall(SYS_fcntl, opened, F_DUPFD_CLOEXEC, 900);
  syscall(SYS_close, opened);
  while (*list && root_count < 8) {
    size_t length = strcspn(list, ":");
    snprintf(roots[root_count++], PATH_MAX, "%.*s", (int)length, list);
    list += length + (list[length] == ':');
  }
}

static int is_below_a_root(const char *path) {
  for (int i = 0; i < root_count; i++) {
    size_t length = strlen(roots[i]);
    if (strncmp(path, roots[i], length) == 0 && (path[length] == '/' || !path[length])) return 1;
  }
  return 0;
}

static void record(char what, uint64_t inode, uint64_t offset, const struct iovec *parts, int count) {
  int saved = errno;
  struct iovec all[1 + IOV_MAX / 2];
  unsigned char head[25];
  uint64_t length = 0;
  if (count > IOV_MAX / 2) abort();
  for (int i = 0; i < count; i++) all[i + 1] = parts[i], length += parts[i].iov_len;
  head[0] = (unsigned char)what;
  memcpy(head + 1, &inode, 8), memcpy(head + 9, &offset, 8), memcpy(head + 17, &length, 8);
  all[0] = (struct iovec){head, sizeof head};
  // One call, at the end of the file: records of several processes do not mix.
  if (syscall(SYS_writev, journal, all, count + 1) != (ssize_t)(sizeof head + length)) abort();
  errno = saved;
}

static void record_text(char what, uint64_t inode, uint64_t offset, const char *text) {
  struct iovec part = {(void *)text, strlen(text)};
  record(what, inode, offset, &part, 1);
}

// Whether the journal wants to know of the path, which is made absolute.
static int resolve(int folder, const char *path, char *whole) {
  if (journal < 0) return 0;
  if (*path == '/') {
    snprintf(whole, PATH_MAX, "%s", path);
  } else {
    char link[64], base[PATH_MAX];
    snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
    if (length < 0) return 0;
    base[length] = 0;
    if (snprintf(whole, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return 0;
  }
  return is_below_a_root(whole);
}

static uint64_t of(int file) { return file >= 0 && file < MOST_FILES ? inodes[file] : 0; }

static int open_any(int folder, const char *path, int flags, mode_t mode) {
  int file = (int)syscall(SYS_openat, folder, path, flags, mode);
  if (file < 0 || file >= MOST_FILES || journal < 0) return file;
  int saved = errno;
  char link[64], whole[PATH_MAX];
  struct stat status;
  inodes[file] = 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, whole, sizeof whole - 1);
  if (length > 0) {
    whole[length] = 0;
    if (is_below_a_root(whole) && fstat(file, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
      inodes[file] = status.st_ino;
      record_text('o', status.st_ino, S_ISDIR(status.st_mode), whole);
      if (flags & O_TRUNC) record('t', status.st_ino, 0, NULL, 0);
    }
  }
  errno = saved;
  return file;
}

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) { MODE(flags) return open_any(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_any(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return open_any(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return open_any(folder, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_any(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int file) {
  if (file >= 0 && file < MOST_FILES) inodes[file] = 0;
  return (int)syscall(SYS_close, file);
}

static ssize_t written(int file, const struct iovec *parts, int count, off_t offset, ssize_t result) {
  uint64_t inode = of(file);
  if (!inode || result <= 0) return result;
  struct iovec kept[IOV_MAX / 2];
  ssize_t left = result;
  int used = 0;
  for (; used < count && left > 0; used++) {
    kept[used] = parts[used];
    if ((ssize_t)kept[used].iov_len > left) kept[used].iov_len = (size_t)left;
    left -= (ssize_t)kept[used].iov_len;
  }
  // Without an offset of its own it went to where the file now stands, less what was written.
  if (offset < 0) offset = syscall(SYS_lseek, file, 0, SEEK_CUR) - result;
  record('w', inode, (uint64_t)offset, kept, used);
  return result;
}

ssize_t write(int file, const void *bytes, size_t size) {
  struct iovec part = {(void *)bytes, size};
  return written(file, &part, 1, -1, syscall(SYS_write, file, bytes, size));
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  return written(file, parts, count, -1, syscall(SYS_writev, file, parts, count));
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
  struct iovec part = {(void *)bytes, size};
  return written(file, &part, 1, offset, syscall(SYS_pwrite64, file, bytes, size, offset));
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) { return pwrite(file, bytes, size, offset); }

int ftruncate(int file, off_t size) {
  int result = (int)syscall(SYS_ftruncate, file, size);
  if (result == 0 && of(file)) record('t', of(file), (uint64_t)size, NULL, 0);
  return result;
}

int ftruncate64(int file, off64_t size) { return ftruncate(file, size); }

static int sync_any(long call, int file) {
  static _Atomic uint64_t last;
  uint64_t inode = of(file), id = (uint64_t)getpid() << 32 | ++last;
  if (inode) record('s', inode, id, NULL, 0);
  int result = (int)syscall(call, file);
  if (inode && result == 0) record('S', inode, id, NULL, 0);
  return result;
}

int fsync(int file) { return sync_any(SYS_fsync, file); }
int fdatasync(int file) { return sync_any(SYS_fdatasync, file); }

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  char old[PATH_MAX], new[PATH_MAX];
  int wanted = resolve(from_folder, from, old) & resolve(to_folder, to, new);
  int result = (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
  if (result == 0 && wanted) {
    struct iovec parts[] = {{old, strlen(old) + 1}, {new, strlen(new)}};
    record('r', 0, 0, parts, 2);
  }
  return result;
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int unlinkat(int folder, const char *path, int flags) {
  char whole[PATH_MAX];
  int wanted = resolve(folder, path, whole), result = (int)syscall(SYS_unlinkat, folder, path, flags);
  if (result == 0 && wanted) record_text('u', 0, 0, whole);
  return result;
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int folder, const char *path, mode_t mode) {
  char whole[PATH_MAX];
  struct stat status;
  int result = (int)syscall(SYS_mkdirat, folder, path, mode);
  if (result == 0 && resolve(folder, path, whole) && stat(whole, &status) == 0)
    record_text('m', status.st_ino, 0, whole);
  return result;
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
