#ifndef CSQLITE_H
#define CSQLITE_H

// Has SQLite keep no account of the memory it takes, which nobody asks for: each allocation would lock and unlock a
// mutex for it, a thirtieth of all that a log server does. To be called once, before anything else of SQLite's:
// sqlite3_config(3) is a function of variable arguments, which Swift cannot call, and it does nothing afterwards.
void sqlite_keep_no_account(void);

#endif
