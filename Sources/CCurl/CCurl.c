#define _GNU_SOURCE
#include "CCurl.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// libcurl's numbers, which its interface promises to keep.
enum {
  OPTION_NO_PROGRESS = 43,
  OPTION_FOLLOW = 52,
  OPTION_FRESH_CONNECT = 74,
  OPTION_FORBID_REUSE = 75,
  OPTION_HTTP_VERSION = 84,
  OPTION_NO_SIGNAL = 99,
  OPTION_PROTOCOLS = 181,
  OPTION_WRITE_DATA = 10001,
  OPTION_URL = 10002,
  OPTION_PROXY = 10004,
  OPTION_ERROR_BUFFER = 10010,
  OPTION_USER_AGENT = 10018,
  OPTION_HEADERS = 10023,
  OPTION_HEADER_DATA = 10029,
  OPTION_CERTIFICATES = 10065,
  OPTION_CERTIFICATE_FOLDER = 10097,
  OPTION_PRIVATE = 10103,
  OPTION_OPEN_DATA = 10164,
  OPTION_COPY_POST_FIELDS = 10165,
  OPTION_RESOLVE = 10203,
  OPTION_CLOSE_DATA = 10209,
  OPTION_WRITE_FUNCTION = 20011,
  OPTION_HEADER_FUNCTION = 20079,
  OPTION_OPEN_FUNCTION = 20163,
  OPTION_CLOSE_FUNCTION = 20208,
  OPTION_POST_SIZE = 30120,

  MULTI_SOCKET_DATA = 10002,
  MULTI_TIMER_DATA = 10005,
  MULTI_SOCKET_FUNCTION = 20001,
  MULTI_TIMER_FUNCTION = 20004,

  INFO_PRIVATE = 0x100000 + 21,
  HTTP_1_1 = 2,
  PROTOCOL_HTTPS = 2,
  DONE = 1,
  POLL_REMOVE = 4,
  NO_SOCKET = -1,
};

typedef void Easy;
typedef void Multi;
typedef struct curl_slist List;

/// The address of a socket that libcurl wants opened, as far as it is looked at.
struct wanted {
  int family;
};

/// What has become of an exchange.
struct message {
  int kind;
  Easy *easy;
  union {
    void *nothing;
    int code;
  } data;
};

static struct {
  Easy *(*init)(void);
  int (*set)(Easy *, int, ...);
  int (*get)(Easy *, int, ...);
  void (*cleanup)(Easy *);
  const char *(*describe)(int);
  List *(*append)(List *, const char *);
  void (*free_list)(List *);
  Multi *(*multi_init)(void);
  int (*multi_set)(Multi *, int, ...);
  int (*multi_add)(Multi *, Easy *);
  int (*multi_remove)(Multi *, Easy *);
  int (*multi_act)(Multi *, int, int, int *);
  struct message *(*multi_read)(Multi *, int *);
  int (*multi_cleanup)(Multi *);
  bool is_there;
} api;

static void *find(void *library, const char *name, bool *is_complete) {
  void *function = dlsym(library, name);
  if (!function) *is_complete = false;
  return function;
}

/// Loads the library. A failure is not remembered, because there may have been no descriptor.
static bool load(void) {
  if (api.is_there) return true;
  const char *names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"};
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  }
  if (!library) return false;
  bool is_complete = true;
  int (*global_init)(long) = (int (*)(long))find(library, "curl_global_init", &is_complete);
  api.init = (Easy * (*)(void)) find(library, "curl_easy_init", &is_complete);
  api.set = (int (*)(Easy *, int, ...))find(library, "curl_easy_setopt", &is_complete);
  api.get = (int (*)(Easy *, int, ...))find(library, "curl_easy_getinfo", &is_complete);
  api.cleanup = (void (*)(Easy *))find(library, "curl_easy_cleanup", &is_complete);
  api.describe = (const char *(*)(int))find(library, "curl_easy_strerror", &is_complete);
  api.append = (List * (*)(List *, const char *)) find(library, "curl_slist_append", &is_complete);
  api.free_list = (void (*)(List *))find(library, "curl_slist_free_all", &is_complete);
  api.multi_init = (Multi * (*)(void)) find(library, "curl_multi_init", &is_complete);
  api.multi_set = (int (*)(Multi *, int, ...))find(library, "curl_multi_setopt", &is_complete);
  api.multi_add = (int (*)(Multi *, Easy *))find(library, "curl_multi_add_handle", &is_complete);
  api.multi_remove =
      (int (*)(Multi *, Easy *))find(library, "curl_multi_remove_handle", &is_complete);
  api.multi_act = (int (*)(Multi *, int, int, int *))find(
      library, "curl_multi_socket_action", &is_complete);
  api.multi_read =
      (struct message * (*)(Multi *, int *)) find(library, "curl_multi_info_read", &is_complete);
  api.multi_cleanup = (int (*)(Multi *))find(library, "curl_multi_cleanup", &is_complete);
  // 3: everything, TLS among it.
  api.is_there = is_complete && global_init(3) == 0;
  return api.is_there;
}

/// How much of an answer's head and body is read, in bytes.
enum { LONGEST_HEAD = 64 * 1024, LONGEST_BODY = 64 * 1024 };

/// Where Debian and its like keep the certificates that the system trusts.
static const char BUNDLE[] = "/etc/ssl/certs/ca-certificates.crt";

struct ccurl {
  struct ccurl_hooks hooks;
  Multi *multi;
  struct ccurl_exchange *first;
};

struct ccurl_exchange {
  struct ccurl_exchange *next;
  struct ccurl_exchange *previous;
  Easy *easy;
  List *headers;
  List *places;
  void *context;
  void (*answered)(void *context, int status);
  void (*ended)(void *context, const char *failure);
  int status;
  bool is_answered;
  size_t head;
  size_t body;
  char details[256];
};

// What libcurl calls.

static int open_socket(void *context, int purpose, struct wanted *wanted) {
  (void)purpose;
  struct ccurl *curl = context;
  return curl->hooks.open(curl->hooks.context, wanted->family);
}

static int close_socket(void *context, int socket) {
  struct ccurl *curl = context;
  curl->hooks.close(curl->hooks.context, socket);
  return 0;
}

static int watch(Easy *easy, int socket, int what, void *context, void *own) {
  (void)easy, (void)own;
  struct ccurl *curl = context;
  curl->hooks.watch(curl->hooks.context, socket, what == POLL_REMOVE ? 0 : what);
  return 0;
}

static int set_timer(Multi *multi, long milliseconds, void *context) {
  (void)multi;
  struct ccurl *curl = context;
  curl->hooks.set_timer(curl->hooks.context, milliseconds);
  return 0;
}

static size_t take_header(char *line, size_t size, size_t count, void *context) {
  struct ccurl_exchange *exchange = context;
  size_t length = size * count;
  exchange->head += length;
  if (exchange->head > LONGEST_HEAD) return 0;
  char text[32] = {0};
  memcpy(text, line, length < sizeof text - 1 ? length : sizeof text - 1);
  if (strncmp(text, "HTTP/", 5) == 0) {
    const char *space = strchr(text, ' ');
    exchange->status = space ? atoi(space) : 0;
  } else if ((text[0] == '\r' || text[0] == '\n') && exchange->status >= 200 &&
             !exchange->is_answered) {
    exchange->is_answered = true;
    exchange->answered(exchange->context, exchange->status);
  }
  return length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
  (void)bytes;
  struct ccurl_exchange *exchange = context;
  exchange->body += size * count;
  return exchange->body > LONGEST_BODY ? 0 : size * count;
}

// What the caller calls.

struct ccurl *ccurl_make(const struct ccurl_hooks *hooks) {
  if (!load()) return NULL;
  Multi *multi = api.multi_init();
  if (!multi) return NULL;
  struct ccurl *curl = calloc(1, sizeof *curl);
  curl->hooks = *hooks;
  curl->multi = multi;
  api.multi_set(multi, MULTI_SOCKET_FUNCTION, watch);
  api.multi_set(multi, MULTI_SOCKET_DATA, curl);
  api.multi_set(multi, MULTI_TIMER_FUNCTION, set_timer);
  api.multi_set(multi, MULTI_TIMER_DATA, curl);
  return curl;
}

static void set_all(struct ccurl *curl, struct ccurl_exchange *exchange,
                    const struct ccurl_post *post) {
  Easy *easy = exchange->easy;
  // A body of more than a megabyte would else be announced and waited for.
  exchange->headers = api.append(NULL, "Expect:");
  for (const char *const *line = post->headers; *line; line++) {
    exchange->headers = api.append(exchange->headers, *line);
  }
  if (post->place) exchange->places = api.append(NULL, post->place);
  api.set(easy, OPTION_URL, post->url);
  if (post->place) api.set(easy, OPTION_RESOLVE, exchange->places);
  api.set(easy, OPTION_PROTOCOLS, (long)PROTOCOL_HTTPS);
  api.set(easy, OPTION_HTTP_VERSION, (long)HTTP_1_1);
  api.set(easy, OPTION_FOLLOW, 0L);
  api.set(easy, OPTION_PROXY, "");
  api.set(easy, OPTION_NO_SIGNAL, 1L);
  api.set(easy, OPTION_NO_PROGRESS, 1L);
  // Each exchange has a connection of its own, as webhooks have.
  api.set(easy, OPTION_FRESH_CONNECT, 1L);
  api.set(easy, OPTION_FORBID_REUSE, 1L);
  api.set(easy, OPTION_USER_AGENT, "cloro-mock");
  api.set(easy, OPTION_HEADERS, exchange->headers);
  api.set(easy, OPTION_POST_SIZE, (long long)post->body_count);
  api.set(easy, OPTION_COPY_POST_FIELDS, post->body);
  const char *certificates = getenv("SSL_CERT_FILE");
  if (!certificates || !*certificates) certificates = access(BUNDLE, R_OK) == 0 ? BUNDLE : NULL;
  if (certificates) {
    api.set(easy, OPTION_CERTIFICATES, certificates);
    // libcurl keeps what it has read for all exchanges only when a file says all. Reading the
    // system's takes some 20 ms, in which the loop does nothing else.
    api.set(easy, OPTION_CERTIFICATE_FOLDER, NULL);
  }
  api.set(easy, OPTION_ERROR_BUFFER, exchange->details);
  api.set(easy, OPTION_HEADER_FUNCTION, take_header);
  api.set(easy, OPTION_HEADER_DATA, exchange);
  api.set(easy, OPTION_WRITE_FUNCTION, take_body);
  api.set(easy, OPTION_WRITE_DATA, exchange);
  api.set(easy, OPTION_OPEN_FUNCTION, open_socket);
  api.set(easy, OPTION_OPEN_DATA, curl);
  api.set(easy, OPTION_CLOSE_FUNCTION, close_socket);
  api.set(easy, OPTION_CLOSE_DATA, curl);
  api.set(easy, OPTION_PRIVATE, exchange);
}

struct ccurl_exchange *ccurl_begin(struct ccurl *curl, const struct ccurl_post *post) {
  struct ccurl_exchange *exchange = calloc(1, sizeof *exchange);
  exchange->easy = api.init();
  exchange->context = post->context;
  exchange->answered = post->answered;
  exchange->ended = post->ended;
  set_all(curl, exchange, post);
  exchange->next = curl->first;
  if (curl->first) curl->first->previous = exchange;
  curl->first = exchange;
  api.multi_add(curl->multi, exchange->easy);
  return exchange;
}

void ccurl_cancel(struct ccurl *curl, struct ccurl_exchange *exchange) {
  api.multi_remove(curl->multi, exchange->easy);
  api.cleanup(exchange->easy);
  api.free_list(exchange->headers);
  if (exchange->places) api.free_list(exchange->places);
  if (exchange->next) exchange->next->previous = exchange->previous;
  if (exchange->previous) {
    exchange->previous->next = exchange->next;
  } else {
    curl->first = exchange->next;
  }
  free(exchange);
}

static void finish(struct ccurl *curl, struct ccurl_exchange *exchange, int code) {
  char failure[256] = {0};
  bool is_answered = exchange->is_answered;
  if (!is_answered) {
    const char *reason = exchange->details[0] ? exchange->details : api.describe(code);
    if (code == 0) reason = "the connection ended without an answer";
    if (exchange->head > LONGEST_HEAD) reason = "the answer's head is too long";
    snprintf(failure, sizeof failure, "%s", reason);
  }
  void *context = exchange->context;
  void (*ended)(void *, const char *) = exchange->ended;
  ccurl_cancel(curl, exchange);
  ended(context, is_answered ? NULL : failure);
}

/// Tells of the exchanges that are over.
static void tell(struct ccurl *curl) {
  int left;
  struct message *message;
  while ((message = api.multi_read(curl->multi, &left))) {
    if (message->kind != DONE) continue;
    int code = message->data.code;
    struct ccurl_exchange *exchange = NULL;
    api.get(message->easy, INFO_PRIVATE, &exchange);
    finish(curl, exchange, code);
  }
}

void ccurl_ready(struct ccurl *curl, int socket, int events) {
  int running;
  api.multi_act(curl->multi, socket, events, &running);
  tell(curl);
}

void ccurl_passed(struct ccurl *curl) { ccurl_ready(curl, NO_SOCKET, 0); }

void ccurl_free(struct ccurl *curl) {
  while (curl->first) ccurl_cancel(curl, curl->first);
  api.multi_cleanup(curl->multi);
  free(curl);
}
