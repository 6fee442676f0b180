#ifndef CPOSTGRESQL_H
#define CPOSTGRESQL_H

#include <postgresql/libpq-fe.h>

// PostgreSQL's client library, loaded when first asked for: linked, it and the twenty libraries behind it would cost
// every start of the program some milliseconds, also where no PostgreSQL is in sight.

// NULL once the library is loaded; else why it cannot be, as a static or thread-local string.
const char *postgresql_load(void);

#endif
