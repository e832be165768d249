// Requests by the system's libcurl, driven by the caller's event loop: none blocks, and none takes a
// thread. The library is looked for when it is first needed: few doubles need it, and loading it
// with all it brings takes longer than starting.
//
// Everything is called by one thread at a time. From a hook nothing here may be called.
#ifndef CCURL_H
#define CCURL_H

#include <stdbool.h>
#include <stddef.h>

enum {
  CCURL_READ = 1,
  CCURL_WRITE = 2,
  CCURL_ERROR = 4,
};

/// What the caller's loop does for all exchanges.
struct ccurl_hooks {
  void *context;
  /// Opens a non-blocking stream socket of that family; -1 when that failed.
  int (*open)(void *context, int family);
  /// Closes a socket, which may be watched.
  void (*close)(void *context, int socket);
  /// Watches a socket for CCURL_READ, CCURL_WRITE, both or nothing.
  void (*watch)(void *context, int socket, int events);
  /// `ccurl_passed` is to be called after so many milliseconds, instead of any time said before; -1
  /// for never.
  void (*set_timer)(void *context, long milliseconds);
};

/// The exchanges of one loop.
struct ccurl;

/// What to send, and whom to tell.
struct ccurl_post {
  const char *url;
  /// `HOST:PORT:ADDRESS,ADDRESS…`: where to connect, so that no name is looked up. NULL when the
  /// URL's host is an address.
  const char *place;
  /// Complete header lines without their ends, the last one NULL.
  const char *const *headers;
  const void *body;
  size_t body_count;
  void *context;
  /// The final answer's head is complete. Called once at most.
  void (*answered)(void *context, int status);
  /// The exchange is over, and gone. `failure` says why it was not answered; NULL if it was. Not
  /// called after `ccurl_cancel`.
  void (*ended)(void *context, const char *failure);
};

/// One exchange.
struct ccurl_exchange;

/// Finds libcurl, which may fail now and succeed later. NULL when it isn't there, or there are no
/// descriptors for it.
struct ccurl *ccurl_make(const struct ccurl_hooks *hooks);

/// Cancels all exchanges, and frees everything.
void ccurl_free(struct ccurl *curl);

/// Begins to post to an https address, with copies of everything. No redirect is followed, no proxy
/// asked, and of an answer no more is read than its head and a little of its body. The certificates
/// to trust are those of the file that SSL_CERT_FILE names, else the system's.
struct ccurl_exchange *ccurl_begin(struct ccurl *curl, const struct ccurl_post *post);

/// Ends an exchange, and tells nobody.
void ccurl_cancel(struct ccurl *curl, struct ccurl_exchange *exchange);

/// A watched socket is ready for these events.
void ccurl_ready(struct ccurl *curl, int socket, int events);

/// The time that was last set has passed.
void ccurl_passed(struct ccurl *curl);

/// A request that the caller waits for.
struct ccurl_request {
  /// http or https.
  const char *url;
  /// Complete header lines without their ends, the last one NULL.
  const char *const *headers;
  /// NULL for a GET, else what is posted.
  const void *body;
  size_t body_count;
  /// A file of certificates in PEM form; NULL for the system's authorities.
  const char *authorities;
  /// How long it may take in all.
  long seconds;
  /// The most bytes of the answer's body.
  size_t longest;
};

/// Its answer.
struct ccurl_answer {
  /// The heads of all answers, interim ones too; may be NULL.
  char *head;
  size_t head_count;
  char *body;
  size_t body_count;
  char failure[256];
};

/// Loads the library, if it is there. Must have been called before `ccurl_fetch` is called by more
/// than one thread.
bool ccurl_is_there(void);

/// Asks, and waits for the answer. May be called by several threads at a time.
///
/// Returns false with `failure` set; else the answer must be given to `ccurl_release`.
bool ccurl_fetch(const struct ccurl_request *request, struct ccurl_answer *answer);

void ccurl_release(struct ccurl_answer *answer);

#endif
