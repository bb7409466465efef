#ifndef GATEHOUSE_CSQLITE_H
#define GATEHOUSE_CSQLITE_H

#include <sqlite3.h>

// What Swift cannot import: SQLITE_TRANSIENT is a cast, sqlite3_db_config takes variable arguments.

static inline int gatehouse_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text,
                                             int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

static inline int gatehouse_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes,
                                             int length) {
    return sqlite3_bind_blob(statement, index, bytes, length, SQLITE_TRANSIENT);
}

static inline int gatehouse_sqlite_db_config(sqlite3 *database, int option, int value) {
    return sqlite3_db_config(database, option, value, (int *)0);
}

#endif
