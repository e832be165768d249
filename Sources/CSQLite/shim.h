#include <sqlite3.h>

/* `sqlite3_db_config` takes a variable number of arguments, which Swift doesn't import. */

/* Lets a connection close without copying the WAL into the file, and without removing it. */
static inline int csqlite_leave_wal_on_close(sqlite3 *connection) {
  return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
