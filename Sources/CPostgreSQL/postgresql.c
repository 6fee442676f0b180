#define _GNU_SOURCE
#include "postgresql.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <postgresql/libpq-fe.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#define FUNCTIONS(each) \
  each(PQclear) each(PQcmdStatus) each(PQconnectdbParams) each(PQconninfoFree) each(PQconninfoParse) \
  each(PQconsumeInput) each(PQerrorMessage) each(PQfinish) each(PQflush) each(PQfreemem) each(PQgetResult) \
  each(PQgetisnull) each(PQgetlength) each(PQgetvalue) each(PQisBusy) each(PQntuples) each(PQresultErrorField) \
  each(PQresultErrorMessage) each(PQresultStatus) each(PQsendQuery) each(PQsendQueryParams) \
  each(PQsetNoticeProcessor) each(PQsetnonblocking) each(PQsocket) each(PQstatus)

#define DECLARE(name) __typeof__(&name) name;
static struct { FUNCTIONS(DECLARE) } pq;

static char why[512];

static void load(void) {
  void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *error = dlerror();
    snprintf(why, sizeof why, "%s", error ? error : "libpq.so.5 cannot be loaded");
    return;
  }
#define FILL(name) \
  *(void **)&pq.name = dlsym(library, #name); \
  if (pq.name == NULL) snprintf(why, sizeof why, "libpq.so.5 has no " #name);
  FUNCTIONS(FILL)
}

const char *postgresql_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return why[0] ? why : NULL;
}

bool postgresql_is_url(const char *url) {
  char *error = NULL;
  PQconninfoOption *options = pq.PQconninfoParse(url, &error);
  if (error) pq.PQfreemem(error);
  if (options) pq.PQconninfoFree(options);
  return options != NULL;
}

/// Notices would go to standard error.
static void say_nothing(void *context, const char *message) {
  (void)context;
  (void)message;
}

PGconn *postgresql_connect(const char *const *keywords, const char *const *values) {
  PGconn *connection = pq.PQconnectdbParams(keywords, values, 1);
  if (connection && pq.PQstatus(connection) == CONNECTION_OK) {
    pq.PQsetNoticeProcessor(connection, say_nothing, NULL);
    pq.PQsetnonblocking(connection, 1);
  }
  return connection;
}

bool postgresql_is_connected(const PGconn *connection) { return pq.PQstatus(connection) == CONNECTION_OK; }
const char *postgresql_error(const PGconn *connection) { return pq.PQerrorMessage(connection); }
void postgresql_disconnect(PGconn *connection) { pq.PQfinish(connection); }

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/// What the socket is ready for: 0 at the deadline.
static int wait_for(const PGconn *connection, short events, long long deadline) {
  struct pollfd socket = {.fd = pq.PQsocket(connection), .events = events};
  for (;;) {
    long long left = deadline - now();
    int ready = left > 0 ? poll(&socket, 1, (int)left) : 0;
    if (ready > 0) return socket.revents;
    if (ready == 0 || errno != EINTR) return 0;
  }
}

/// Sends what is buffered, and reads meanwhile: a server that answers at length reads nothing until it is heard.
static bool flush(PGconn *connection, long long deadline, bool *timed_out) {
  for (;;) {
    int rest = pq.PQflush(connection);
    if (rest <= 0) return rest == 0;
    int ready = wait_for(connection, POLLIN | POLLOUT, deadline);
    if (ready == 0) *timed_out = true;
    if (ready == 0 || ((ready & POLLIN) && !pq.PQconsumeInput(connection))) return false;
  }
}

PGresult *postgresql_execute(
    PGconn *connection, const char *sql, int count, const char *const *values, int milliseconds, bool *timed_out) {
  long long deadline = now() + milliseconds;
  *timed_out = false;
  int sent = count < 0 ? pq.PQsendQuery(connection, sql)
                       : pq.PQsendQueryParams(connection, sql, count, NULL, values, NULL, NULL, 0);
  if (!sent) return NULL;
  // Where sending fails, the server may have said why before it went.
  if (!flush(connection, deadline, timed_out) && *timed_out) return NULL;
  PGresult *last = NULL;
  for (;;) {
    while (pq.PQisBusy(connection)) {
      if (wait_for(connection, POLLIN, deadline) == 0) {
        *timed_out = true;
        if (last) pq.PQclear(last);
        return NULL;
      }
      if (!pq.PQconsumeInput(connection)) break;
    }
    PGresult *next = pq.PQgetResult(connection);
    if (next == NULL) return last;
    ExecStatusType status = pq.PQresultStatus(next);
    bool is_copy = status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
    // No statement here asks for a copy, and PQgetResult would give the same answer for ever. A peer that never comes
    // to an end is no better than one that does not answer.
    *timed_out = !is_copy && now() >= deadline;
    if (is_copy || *timed_out) {
      pq.PQclear(next);
      if (last) pq.PQclear(last);
      return NULL;
    }
    if (last && !postgresql_succeeded(last)) {
      pq.PQclear(next);
    } else {
      if (last) pq.PQclear(last);
      last = next;
    }
  }
}

bool postgresql_succeeded(const PGresult *result) {
  ExecStatusType status = pq.PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

const char *postgresql_state(const PGresult *result) { return pq.PQresultErrorField(result, PG_DIAG_SQLSTATE); }

const char *postgresql_message(const PGresult *result) {
  const char *primary = pq.PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return primary ? primary : pq.PQresultErrorMessage(result);
}

const char *postgresql_command(PGresult *result) { return pq.PQcmdStatus(result); }
int postgresql_rows(const PGresult *result) { return pq.PQntuples(result); }

const char *postgresql_value(const PGresult *result, int row, int column, int *length) {
  if (pq.PQgetisnull(result, row, column)) return NULL;
  *length = pq.PQgetlength(result, row, column);
  return pq.PQgetvalue(result, row, column);
}

void postgresql_clear(PGresult *result) { pq.PQclear(result); }
