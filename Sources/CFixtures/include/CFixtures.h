// The files of `Fixtures/`, as they are, by their names without ending; the parts of `page/` as the one
// page that they make; and what agents read: the manual's articles, and the skill.
#ifndef CFIXTURES_H
#define CFIXTURES_H

#include <stddef.h>

struct cfixture {
  /// For example `plans/hobby`.
  const char *name;
  const unsigned char *bytes;
  size_t count;
};

/// The file at an index, counted from 0 in a fixed order; NULL beyond the last.
const struct cfixture *cfixture_at(int index);

/// Where the manual is published; empty when the build wasn't told.
const char *cfixture_manual(void);

#endif
