#include "CVersion.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#ifndef CLORO_MOCK_COMMIT
#define CLORO_MOCK_COMMIT ""
#endif

static const char number[] = {
#embed "VERSION" suffix(, 0)
};

const char *cversion_number(void) { return number; }

const char *cversion_commit(void) { return CLORO_MOCK_COMMIT; }
