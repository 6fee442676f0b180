/* Runs a program in a pseudo-terminal of 200x50 and measures what a user would feel.
 *
 *   terminal --needle TEXT [--prompt TEXT --settle S --idle S --seconds S --then KEYS] -- PROGRAM ARGUMENT...
 *
 * Without --prompt: the time from exec to the first frame that shows TEXT, then the program is ended.
 * With --prompt: waits for that frame, watches --idle seconds of nothing, types the prompt and Enter, lets it settle
 * for --settle seconds (types KEYS and lets it settle again), and then for --seconds types one character every 30 to
 * 100 ms and watches. Each is a letter of
 * the Canadian syllabics (one column, 3 bytes) that was not used before, so where it first appears, it is its echo.
 *
 * A frame is what stands between the begin and the end of a synchronized update (ESC[?2026h, ESC[?2026l) and counts as
 * shown at its end; without them, text counts as shown when it is read. All times are CLOCK_MONOTONIC nanoseconds. One
 * JSON object goes to standard output.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_CODE = 0x1401, FIRST_MARK = 0x1541, LAST_CODE = 0x166c, KEYS = FIRST_MARK - FIRST_CODE };
enum { MAX_FRAMES = 1 << 17 };

typedef struct { uint64_t start, end; uint32_t bytes; } frame_times;

static struct {
  enum { GROUND, ESCAPE, CHARSET, CSI, STRING, STRING_ESCAPE } state;
  char parameters[16];
  unsigned parameter_count, code, continuation;
  size_t matched;
} scan;
static const char *needle = "prompt";
static int master = -1;
static pid_t child;
static bool ended, in_frame, needle_pending;
static uint64_t needle_shown, total_bytes, frame_begin, frame_begin_bytes;
static frame_times *frames;
static unsigned frame_count;
static struct { uint64_t time; unsigned frame; bool pending; } seen[LAST_CODE + 1 - FIRST_CODE];
static struct { unsigned code; uint64_t time; } keys[KEYS];
static unsigned key_count;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* CPU nanoseconds that the child, with all its threads, has used. */
static uint64_t child_cpu(void) {
  clockid_t clock;
  struct timespec t;
  if (clock_getcpuclockid(child, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A line of /proc/PID/status, in kB; -1 once the child has ended. */
static long child_memory(const char *name) {
  char path[64], line[256];
  long kilobytes = -1;
  snprintf(path, sizeof path, "/proc/%d/status", child);
  FILE *file = fopen(path, "r");
  if (file == NULL) return -1;
  while (fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, name, strlen(name)) == 0) kilobytes = strtol(line + strlen(name) + 1, NULL, 10);
  fclose(file);
  return kilobytes;
}

static void end_frame(uint64_t time, uint64_t position) {
  if (in_frame && frame_count < MAX_FRAMES) {
    frames[frame_count] = (frame_times){frame_begin, time, (uint32_t)(position - frame_begin_bytes)};
    for (unsigned i = 0; i < sizeof seen / sizeof *seen; i++)
      if (seen[i].pending) seen[i].pending = false, seen[i].time = time, seen[i].frame = frame_count;
    frame_count++;
  }
  in_frame = false;
  if (needle_pending) needle_pending = false, needle_shown = time;
}

static void note_code(unsigned code, uint64_t time) {
  if (code < FIRST_CODE || code > LAST_CODE) return;
  unsigned i = code - FIRST_CODE;
  if (seen[i].time != 0 || seen[i].pending) return;
  if (in_frame) seen[i].pending = true;
  else seen[i].time = time, seen[i].frame = frame_count;
}

/* Text that is not part of a control sequence. */
static void note_text(unsigned char byte, uint64_t time) {
  if (needle_shown == 0 && !needle_pending) {
    if (byte != (unsigned char)needle[scan.matched]) scan.matched = 0;
    if (byte == (unsigned char)needle[scan.matched] && needle[++scan.matched] == 0) {
      scan.matched = 0;
      if (in_frame) needle_pending = true;
      else needle_shown = time;
    }
  }
  if ((byte & 0xf0) == 0xe0) scan.code = byte & 15, scan.continuation = 2;
  else if ((byte & 0xc0) == 0x80 && scan.continuation > 0) {
    scan.code = scan.code << 6 | (byte & 63);
    if (--scan.continuation == 0) note_code(scan.code, time);
  } else scan.continuation = 0;
}

static void note_control(unsigned char final, uint64_t time, uint64_t position) {
  if (scan.parameter_count != 5 || memcmp(scan.parameters, "?2026", 5) != 0) return;
  if (final == 'h' && !in_frame) in_frame = true, frame_begin = time, frame_begin_bytes = position;
  if (final == 'l') end_frame(time, position);
}

/* Follows the control sequences of ECMA-48 just far enough to tell them from text. */
static void read_bytes(const unsigned char *bytes, size_t count, uint64_t time) {
  for (size_t i = 0; i < count; i++) {
    unsigned char byte = bytes[i];
    switch (scan.state) {
    case GROUND:
      if (byte == 0x1b) scan.state = ESCAPE;
      else if (byte >= 0x20) note_text(byte, time);
      break;
    case ESCAPE:
      scan.parameter_count = 0;
      if (byte == '[') scan.state = CSI;
      else if (byte == ']' || byte == 'P' || byte == '_' || byte == '^' || byte == 'X') scan.state = STRING;
      else scan.state = byte >= 0x20 && byte <= 0x2f ? CHARSET : GROUND;
      break;
    case CHARSET:
      if (byte >= 0x30) scan.state = GROUND;
      break;
    case CSI:
      if (byte >= 0x40 && byte <= 0x7e) note_control(byte, time, total_bytes + i), scan.state = GROUND;
      else if (scan.parameter_count < sizeof scan.parameters) scan.parameters[scan.parameter_count++] = (char)byte;
      break;
    case STRING:
      if (byte == 7) scan.state = GROUND;
      else if (byte == 0x1b) scan.state = STRING_ESCAPE;
      break;
    case STRING_ESCAPE:
      scan.state = byte == '\\' ? GROUND : STRING;
      break;
    }
  }
  total_bytes += count;
}

/* Reads whatever comes until `time`; returns early once `*until` is not zero. */
static void watch(uint64_t time, const uint64_t *until) {
  static unsigned char buffer[1 << 18];
  while (!ended && (until == NULL || *until == 0)) {
    uint64_t start = now();
    if (start >= time) return;
    struct pollfd poll_for = {.fd = master, .events = POLLIN};
    uint64_t left = time - start;
    struct timespec wait = {.tv_sec = (time_t)(left / 1000000000u), .tv_nsec = (long)(left % 1000000000u)};
    if (ppoll(&poll_for, 1, &wait, NULL) <= 0) continue;
    ssize_t got = read(master, buffer, sizeof buffer);
    if (got > 0) read_bytes(buffer, (size_t)got, now());
    else if (got == 0 || (errno != EAGAIN && errno != EINTR)) ended = true; /* EIO: the program has gone */
  }
}

static void type(const char *text, size_t count) {
  for (size_t done = 0; done < count && !ended;) {
    ssize_t sent = write(master, text + done, count - done);
    if (sent > 0) done += (size_t)sent;
    else if (errno == EAGAIN) watch(now() + 1000000, NULL);
    else if (errno != EINTR) ended = true;
  }
}

static void type_code(unsigned code) {
  char text[3] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 63)), (char)(0x80 | (code & 63))};
  keys[key_count].code = code;
  keys[key_count++].time = now();
  type(text, 3);
}

static uint64_t after(uint64_t time, double seconds) { return time + (uint64_t)(seconds * 1e9); }

static void type_and_watch(uint64_t end) {
  uint32_t random = 2463534242u; /* xorshift32 with a fixed seed: every run types in the same rhythm */
  uint64_t next = now();
  while (!ended && next < end && key_count < KEYS) {
    watch(next, NULL);
    type_code(FIRST_CODE + key_count);
    random ^= random << 13, random ^= random >> 17, random ^= random << 5;
    next = now() + 30000000u + random % 70000000u;
  }
  watch(end, NULL);
}

static void start(char **command) {
  struct winsize size = {.ws_row = 50, .ws_col = 200, .ws_xpixel = 1600, .ws_ypixel = 800};
  child = forkpty(&master, NULL, NULL, &size);
  if (child == 0) {
    execvp(command[0], command);
    _exit(127);
  }
  if (child < 0 || fcntl(master, F_SETFL, O_NONBLOCK) < 0) {
    perror("terminal");
    exit(1);
  }
}

/* Ends the child, politely at first; returns its wait status. */
static int stop(struct rusage *usage) {
  int status = 0;
  bool alive = true;
  kill(child, SIGTERM);
  for (uint64_t deadline = after(now(), 5); alive; alive = wait4(child, &status, WNOHANG, usage) == 0) {
    ended = false;
    watch(now() + 5000000, NULL);
    if (now() > deadline) kill(child, SIGKILL);
    if (ended) usleep(1000);
  }
  return status;
}

static void print_times(void) {
  printf(",\"frames\":[");
  for (unsigned i = 0; i < frame_count; i++)
    printf("%s[%lu,%lu,%u]", i ? "," : "", frames[i].start, frames[i].end, frames[i].bytes);
  printf("],\"keys\":[");
  for (unsigned i = 0; i < key_count; i++) printf("%s[%u,%lu]", i ? "," : "", keys[i].code, keys[i].time);
  printf("],\"seen\":[");
  const char *comma = "";
  for (unsigned i = 0; i < sizeof seen / sizeof *seen; i++) {
    if (seen[i].time == 0) continue;
    printf("%s[%u,%lu,%u]", comma, FIRST_CODE + i, seen[i].time, seen[i].frame);
    comma = ",";
  }
  printf("]");
}

int main(int argc, char **argv) {
  const char *prompt = NULL, *then = NULL;
  double settle = 2, idle = 3, seconds = 20, deadline = 15;
  int i = 1;
  for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
    if (strcmp(argv[i], "--needle") == 0) needle = argv[i + 1];
    else if (strcmp(argv[i], "--prompt") == 0) prompt = argv[i + 1];
    else if (strcmp(argv[i], "--then") == 0) then = argv[i + 1];
    else if (strcmp(argv[i], "--settle") == 0) settle = atof(argv[i + 1]);
    else if (strcmp(argv[i], "--idle") == 0) idle = atof(argv[i + 1]);
    else if (strcmp(argv[i], "--seconds") == 0) seconds = atof(argv[i + 1]);
    else if (strcmp(argv[i], "--deadline") == 0) deadline = atof(argv[i + 1]);
    else break;
  }
  frames = calloc(MAX_FRAMES, sizeof *frames);
  if (i + 1 >= argc || strcmp(argv[i], "--") != 0 || frames == NULL || *needle == 0) {
    fprintf(stderr, "usage: terminal --needle TEXT [--prompt TEXT ...] -- PROGRAM ARGUMENT...\n");
    return 2;
  }
  uint64_t begin = now();
  start(argv + i + 1);
  watch(after(begin, deadline), &needle_shown);
  uint64_t first_cpu = child_cpu();
  printf("{\"first_frame_ns\":%ld,\"first_frame_cpu_ns\":%lu,\"first_frame_rss_kb\":%ld",
         needle_shown == 0 ? -1L : (long)(needle_shown - begin), first_cpu, child_memory("VmHWM"));
  if (prompt != NULL && needle_shown != 0) {
    watch(after(now(), 0.5), NULL); /* whatever start-up work goes on beside the first frame */
    uint64_t idle_begin = now(), idle_cpu = child_cpu();
    unsigned idle_frames = frame_count;
    watch(after(idle_begin, idle), NULL);
    printf(",\"idle\":{\"ns\":%lu,\"cpu_ns\":%lu,\"frames\":%u}", now() - idle_begin, child_cpu() - idle_cpu,
           frame_count - idle_frames);
    type(prompt, strlen(prompt));
    watch(after(now(), 0.2), NULL); /* so that Enter cannot be taken for the end of a paste */
    type("\r", 1);
    watch(after(now(), settle), NULL);
    if (then != NULL) {
      type(then, strlen(then));
      watch(after(now(), settle), NULL);
    }
    uint64_t load_begin = now(), load_cpu = child_cpu(), load_bytes = total_bytes;
    long rss_begin = child_memory("VmRSS");
    type_and_watch(after(load_begin, seconds));
    uint64_t load_end = now();
    printf(",\"load\":{\"begin_ns\":%lu,\"end_ns\":%lu,\"cpu_ns\":%lu,\"bytes\":%lu", load_begin, load_end,
           child_cpu() - load_cpu, total_bytes - load_bytes);
    printf(",\"rss_begin_kb\":%ld,\"rss_end_kb\":%ld,\"own_end_kb\":%ld,\"hwm_kb\":%ld}", rss_begin,
           child_memory("VmRSS"), child_memory("RssAnon"), child_memory("VmHWM"));
    watch(after(now(), 1), NULL); /* the last keys' echoes */
  }
  bool ended_itself = ended;
  struct rusage usage = {0}, own = {0};
  int status = stop(&usage);
  getrusage(RUSAGE_SELF, &own);
  print_times();
  printf(",\"ended_itself\":%s,\"signal\":%d,\"exit_status\":%d,\"max_rss_kb\":%ld,\"harness_cpu_ns\":%lu}\n",
         ended_itself ? "true" : "false", WIFSIGNALED(status) ? WTERMSIG(status) : 0,
         WIFEXITED(status) ? WEXITSTATUS(status) : -1, usage.ru_maxrss,
         (uint64_t)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) * 1000000000u +
             (uint64_t)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) * 1000u);
  return 0;
}
