/* A fast loopback server that streams chat completions as server-sent events (OpenAI's chat.completion.chunk).
 *
 * What it sends is told by the model's name in the request's JSON body or, for a GET, in the path's last component:
 *   chunks-20000            20,000 events as fast as possible
 *   chunks-2000-at-500      2,000 events, 500 a second, each with a write of its own
 *   marked-4000-at-200      the same, and every 20th event carries a character that occurs nowhere else
 * Whatever follows is ignored, so that several models may share a stream's shape (chunks-2000-1, chunks-2000-2, ...).
 * Every event is one HTTP chunk and, ASCII text or not, exactly 270 bytes long.
 *
 * Prints "port N" once it listens, then "mark CODEPOINT NANOSECONDS" (CLOCK_MONOTONIC, just before the write) for every
 * marked event. Ends when its standard input ends. One thread a connection.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENT = 270, FRAME = EVENT + 7 /* "10e\r\n" and "\r\n" */, BLOCK = 240, MARK_EVERY = 20 };
enum { REQUEST_LIMIT = 4 << 20, FIRST_MARK = 0x1541, MARKS = 300 };

/* What all events begin with. */
#define ENVELOPE                                                                    \
  "data: {\"id\":\"chatcmpl-7Qn2c0dJx1\",\"object\":\"chat.completion.chunk\","       \
  "\"created\":1700000000,\"model\":\"benchmark\","

/* Text as models write it: short words, some punctuation, an escape and a non-ASCII letter now and then. */
static const char *const tokens[] = {
    " the",   " back",   "-off",   " is",    " reset",        " after",             " every", " answer", ",",
    " so",    " that",   " a",     " slow",  " model",        " never",             " holds", " up",     " another",
    ".",      "\\n",     " the",   " one",   " Caf\xc3\xa9", " \\\"quoted\\\"",     " and",   " it",     " waits",
    " for",   " at",     " most",  " four",  " seconds",      ";",                  " then",  " tries",  " once",
};
static char block[BLOCK * FRAME]; /* BLOCK events, ready to send */

typedef struct {
  long count;  /* events with text */
  double rate; /* events a second; 0: as fast as possible */
  bool marked;
} stream_shape;

/* Writes one event as an HTTP chunk: FRAME bytes. */
static void compose(char *out, const char *token) {
  static const char head[] = ENVELOPE "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
  static const char middle[] = "\"},\"logprobs\":null,\"finish_reason\":null}],\"system_fingerprint\":\"fp_";
  static const char tail[] = "\"}\n\n";
  int pad = EVENT - (int)(sizeof head - 1 + strlen(token) + sizeof middle - 1 + sizeof tail - 1);
  char line[FRAME + 1];
  snprintf(line, sizeof line, "10e\r\n%s%s%s%0*d%s\r\n", head, token, middle, pad, 0, tail);
  memcpy(out, line, FRAME);
}

static void compose_block(void) {
  for (int i = 0; i < BLOCK; i++) compose(block + i * FRAME, tokens[i % (sizeof tokens / sizeof *tokens)]);
}

static bool send_all(int fd, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t sent = send(fd, bytes, count, 0);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent, count -= (size_t)sent;
  }
  return true;
}

static bool send_chunk(int fd, const char *event) {
  char line[1024];
  int length = snprintf(line, sizeof line, "%zx\r\n%s\r\n", strlen(event), event);
  return send_all(fd, line, (size_t)length);
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t time) {
  struct timespec t = {.tv_sec = (time_t)(time / 1000000000u), .tv_nsec = (long)(time % 1000000000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {}
}

static bool send_unpaced(int fd, long count) {
  for (; count >= BLOCK; count -= BLOCK)
    if (!send_all(fd, block, sizeof block)) return false;
  return send_all(fd, block, (size_t)count * FRAME);
}

static bool send_paced(int fd, stream_shape shape) {
  uint64_t start = now();
  for (long i = 0; i < shape.count; i++) {
    sleep_until(start + (uint64_t)((double)i * 1e9 / shape.rate));
    const char *frame = block + (i % BLOCK) * FRAME;
    char marked[FRAME];
    if (shape.marked && i % MARK_EVERY == MARK_EVERY - 1) {
      unsigned code = FIRST_MARK + (unsigned)(i / MARK_EVERY) % MARKS;
      char token[8];
      snprintf(token, sizeof token, " %c%c%c", 0xe0 | code >> 12, 0x80 | (code >> 6 & 63), 0x80 | (code & 63));
      compose(marked, token);
      frame = marked;
      printf("mark %u %llu\n", code, (unsigned long long)now());
      fflush(stdout);
    }
    if (!send_all(fd, frame, FRAME)) return false;
  }
  return true;
}

static bool answer(int fd, stream_shape shape) {
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n";
  char usage[400];
  snprintf(usage, sizeof usage,
           ENVELOPE "\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":%ld,"
                    "\"total_tokens\":%ld}}\n\n",
           shape.count, shape.count + 12);
  return send_all(fd, head, sizeof head - 1) &&
         (shape.rate > 0 ? send_paced(fd, shape) : send_unpaced(fd, shape.count)) &&
         send_chunk(fd, ENVELOPE "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n") &&
         send_chunk(fd, usage) && send_chunk(fd, "data: [DONE]\n\n") && send_all(fd, "0\r\n\r\n", 5);
}

/* Reads "chunks-N" or "marked-N", then "-at-RATE" if it is there. */
static bool parse_shape(const char *name, stream_shape *shape) {
  *shape = (stream_shape){.marked = strncmp(name, "marked-", 7) == 0};
  if (!shape->marked && strncmp(name, "chunks-", 7) != 0) return false;
  char *rest;
  shape->count = strtol(name + 7, &rest, 10);
  if (strncmp(rest, "-at-", 4) == 0) shape->rate = strtod(rest + 4, NULL);
  if (shape->marked && shape->rate <= 0) shape->rate = 200;
  return shape->count > 0;
}

static bool requested_shape(char *request, const char *body, stream_shape *shape) {
  const char *model = body;
  while ((model = strstr(model, "\"model\"")) != NULL) {
    model += 7;
    model += strspn(model, " \t\r\n");
    if (*model++ != ':') continue;
    model += strspn(model, " \t\r\n");
    if (*model == '"' && parse_shape(model + 1, shape)) return true;
  }
  request[strcspn(request, "\r\n?")] = 0;
  char *last = strrchr(request, ' '); /* " HTTP/1.1" */
  if (last != NULL && strncmp(last, " HTTP/", 6) == 0) *last = 0;
  char *slash = strrchr(request, '/');
  return slash != NULL && parse_shape(slash + 1, shape);
}

/* Reads one request into `buffer`, which is NUL-terminated; returns where its body begins, NULL at the end. */
static char *read_request(int fd, char *buffer) {
  size_t have = 0, need = 0;
  char *body = NULL;
  for (;;) {
    if (body != NULL && have >= need) return body;
    if (have >= REQUEST_LIMIT - 1) return NULL;
    ssize_t got = recv(fd, buffer + have, REQUEST_LIMIT - 1 - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return NULL;
    buffer[have += (size_t)got] = 0;
    char *end = body == NULL ? strstr(buffer, "\r\n\r\n") : NULL;
    if (end == NULL) continue;
    body = end + 4;
    char *length = strcasestr(buffer, "\r\nContent-Length:");
    need = (size_t)(body - buffer) + (length != NULL && length < body ? strtoul(length + 17, NULL, 10) : 0);
    char *expect = strcasestr(buffer, "\r\nExpect: 100-continue");
    if (expect != NULL && expect < body && !send_all(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25)) return NULL;
  }
}

static void *serve(void *argument) {
  int fd = (int)(intptr_t)argument, one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char *buffer = malloc(REQUEST_LIMIT), *body;
  while (buffer != NULL && (body = read_request(fd, buffer)) != NULL) {
    stream_shape shape;
    if (requested_shape(buffer, body, &shape)) {
      if (!answer(fd, shape)) break;
    } else if (!send_all(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 45)) {
      break;
    }
  }
  free(buffer);
  close(fd);
  return NULL;
}

static void *end_with_input(void *unused) {
  char bytes[256];
  while (read(0, bytes, sizeof bytes) > 0) {}
  exit(0);
  return unused;
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  compose_block();
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 1024) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
    perror("sse_server");
    return 1;
  }
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  pthread_t thread;
  if (pthread_create(&thread, NULL, end_with_input, NULL) != 0) return 1;
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) continue;
    if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0) pthread_detach(thread);
    else close(fd);
  }
}
