// One request by the system's libcurl, which is looked for when it is first needed: few doubles need
// it, and loading it with all it brings takes longer than starting.
#ifndef CCURL_H
#define CCURL_H

#include <stdbool.h>
#include <stddef.h>

/// What to send, and whom to tell.
struct ccurl_post {
  const char *url;
  /// Complete header lines without their ends, the last one NULL.
  const char *const *headers;
  const void *body;
  size_t body_count;
  /// How long the exchange may take in all, in milliseconds.
  long timeout;
  void *context;
  /// Called once, when the final answer's head is complete.
  void (*answered)(void *context, int status);
  /// Asked about once a second whether the exchange is to end.
  bool (*is_cancelled)(void *context);
};

/// Posts to an https address, and returns when the exchange is over. No redirect is followed, no proxy
/// asked, and of an answer no more is read than its head and a little of its body. The certificates to
/// trust are those of the file that SSL_CERT_FILE names, else the system's.
///
/// Returns false, and says why, when that failed before `answered` was called.
bool ccurl_perform(const struct ccurl_post *post, char *failure, size_t failure_size);

#endif
