// The version, from the file VERSION, which packages and image have theirs from too; and the commit
// that was built.
#ifndef CVERSION_H
#define CVERSION_H

/// For example 0.1.0, and the end of line that the file ends with.
const char *cversion_number(void);

/// The commit's hash, as long as git gives it; empty when it isn't known.
const char *cversion_commit(void);

#endif
