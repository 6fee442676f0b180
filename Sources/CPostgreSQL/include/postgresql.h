#ifndef CPOSTGRESQL_H
#define CPOSTGRESQL_H

#include <stdbool.h>

// PostgreSQL's client library, loaded when first asked for: linked, it and the twenty libraries behind it would cost
// every start of the program some milliseconds, also where no PostgreSQL is in sight.
//
// Its own header is left out here on purpose: nothing of it can be called by name. Before anything else is called,
// postgresql_load() must have returned NULL once. A connection is used by one thread at a time.

typedef struct pg_conn postgresql_connection;
typedef struct pg_result postgresql_result;

// NULL once the library is loaded; else why it cannot be, as a string that stays. Any thread may ask.
const char *postgresql_load(void);

// Whether a URL can be understood, without connecting.
bool postgresql_is_url(const char *url);

// Connects, for as long as connect_timeout among the parameters says; both lists end with NULL. Where a keyword is
// "dbname" its value may be a whole URL. NULL only where memory is out: ask postgresql_is_connected().
postgresql_connection *postgresql_connect(const char *const *keywords, const char *const *values);
bool postgresql_is_connected(const postgresql_connection *connection);
const char *postgresql_error(const postgresql_connection *connection);
void postgresql_disconnect(postgresql_connection *connection);

// Runs one statement with parameters as text (NULL for null), or, where `count` is negative, any number of statements
// without; returns the last one's result, or the first error's. NULL: the connection is of no more use, because it is
// lost, because the server began a copy, or, with `*timed_out`, because there was no end of the answer for so many
// milliseconds.
postgresql_result *postgresql_execute(
    postgresql_connection *connection, const char *sql, int count, const char *const *values, int milliseconds,
    bool *timed_out);

// Whether it is an answer, not an error.
bool postgresql_succeeded(const postgresql_result *result);
// Five characters, or NULL where the error is not the server's.
const char *postgresql_state(const postgresql_result *result);
// An error in the server's words, one line.
const char *postgresql_message(const postgresql_result *result);
// What was done: "COMMIT", "INSERT 0 500".
const char *postgresql_command(postgresql_result *result);
int postgresql_rows(const postgresql_result *result);
// NULL for null; valid until the result is cleared.
const char *postgresql_value(const postgresql_result *result, int row, int column, int *length);
void postgresql_clear(postgresql_result *result);

#endif
