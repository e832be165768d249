#define _GNU_SOURCE
#include "CCurl.h"
#include "libcurl.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NUMBER(name, value) name = value,
enum { LIBCURL_NUMBERS(NUMBER) };

typedef CURL Easy;
typedef CURLM Multi;
typedef struct curl_slist List;

#define POINTER(result, name, parameters) result(*name) parameters;
static struct {
  LIBCURL_FUNCTIONS(POINTER)
  bool is_there;
} api;

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
#define FIND(result, name, parameters)                                                             \
  api.name = (result(*) parameters)dlsym(library, #name);                                          \
  if (!api.name) is_complete = false;
  LIBCURL_FUNCTIONS(FIND)
  api.is_there = is_complete && api.curl_global_init(CURL_GLOBAL_ALL) == 0;
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

static int open_socket(void *context, int purpose, struct libcurl_address *wanted) {
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
  curl->hooks.watch(curl->hooks.context, socket, what == CURL_POLL_REMOVE ? 0 : what);
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
  Multi *multi = api.curl_multi_init();
  if (!multi) return NULL;
  struct ccurl *curl = calloc(1, sizeof *curl);
  curl->hooks = *hooks;
  curl->multi = multi;
  api.curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
  api.curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, curl);
  api.curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
  api.curl_multi_setopt(multi, CURLMOPT_TIMERDATA, curl);
  return curl;
}

/// The file of the certificates that are trusted; NULL leaves it to libcurl.
static const char *trusted(void) {
  const char *certificates = getenv("SSL_CERT_FILE");
  if (certificates && *certificates) return certificates;
  return access(BUNDLE, R_OK) == 0 ? BUNDLE : NULL;
}

static void set_all(struct ccurl *curl, struct ccurl_exchange *exchange,
                    const struct ccurl_post *post) {
  Easy *easy = exchange->easy;
  // A body of more than a megabyte would else be announced and waited for.
  exchange->headers = api.curl_slist_append(NULL, "Expect:");
  for (const char *const *line = post->headers; *line; line++) {
    exchange->headers = api.curl_slist_append(exchange->headers, *line);
  }
  if (post->place) exchange->places = api.curl_slist_append(NULL, post->place);
  api.curl_easy_setopt(easy, CURLOPT_URL, post->url);
  if (post->place) api.curl_easy_setopt(easy, CURLOPT_RESOLVE, exchange->places);
  api.curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS);
  api.curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  api.curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  api.curl_easy_setopt(easy, CURLOPT_PROXY, "");
  api.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  api.curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  // Each exchange has a connection of its own, as webhooks have.
  api.curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  api.curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  api.curl_easy_setopt(easy, CURLOPT_USERAGENT, "cloro-mock");
  api.curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
  api.curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (long long)post->body_count);
  api.curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, post->body);
  const char *certificates = trusted();
  if (certificates) {
    api.curl_easy_setopt(easy, CURLOPT_CAINFO, certificates);
    // libcurl keeps what it has read for all exchanges only when a file says all. Reading the
    // system's takes some 20 ms, in which the loop does nothing else.
    api.curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  }
  api.curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->details);
  api.curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  api.curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
  api.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  api.curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
  api.curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  api.curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, curl);
  api.curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  api.curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, curl);
  api.curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
}

struct ccurl_exchange *ccurl_begin(struct ccurl *curl, const struct ccurl_post *post) {
  struct ccurl_exchange *exchange = calloc(1, sizeof *exchange);
  exchange->easy = api.curl_easy_init();
  exchange->context = post->context;
  exchange->answered = post->answered;
  exchange->ended = post->ended;
  set_all(curl, exchange, post);
  exchange->next = curl->first;
  if (curl->first) curl->first->previous = exchange;
  curl->first = exchange;
  api.curl_multi_add_handle(curl->multi, exchange->easy);
  return exchange;
}

void ccurl_cancel(struct ccurl *curl, struct ccurl_exchange *exchange) {
  api.curl_multi_remove_handle(curl->multi, exchange->easy);
  api.curl_easy_cleanup(exchange->easy);
  api.curl_slist_free_all(exchange->headers);
  if (exchange->places) api.curl_slist_free_all(exchange->places);
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
    const char *reason = exchange->details[0] ? exchange->details : api.curl_easy_strerror(code);
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
  CURLMsg *message;
  while ((message = api.curl_multi_info_read(curl->multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    int code = message->data.result;
    struct ccurl_exchange *exchange = NULL;
    api.curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
    finish(curl, exchange, code);
  }
}

void ccurl_ready(struct ccurl *curl, int socket, int events) {
  int running;
  api.curl_multi_socket_action(curl->multi, socket, events, &running);
  tell(curl);
}

void ccurl_passed(struct ccurl *curl) { ccurl_ready(curl, CURL_SOCKET_TIMEOUT, 0); }

void ccurl_free(struct ccurl *curl) {
  while (curl->first) ccurl_cancel(curl, curl->first);
  api.curl_multi_cleanup(curl->multi);
  free(curl);
}

// Requests that wait for their answer.

bool ccurl_is_there(void) { return load(); }

/// What has come of an answer.
struct fetching {
  const struct ccurl_request *request;
  size_t head;
  size_t body;
  bool is_too_long;
};

static size_t fetch_header(char *line, size_t size, size_t count, void *context) {
  struct fetching *fetching = context;
  size_t length = size * count;
  fetching->head += length;
  fetching->is_too_long = fetching->head > LONGEST_HEAD;
  if (fetching->is_too_long) return 0;
  fetching->request->header(fetching->request->context, line, length);
  return length;
}

static size_t fetch_body(char *bytes, size_t size, size_t count, void *context) {
  struct fetching *fetching = context;
  size_t length = size * count;
  fetching->body += length;
  fetching->is_too_long = fetching->body > fetching->request->most;
  if (fetching->is_too_long) return 0;
  fetching->request->content(fetching->request->context, bytes, length);
  return length;
}

static int fetch_goes_on(void *context, long long to_get, long long got, long long to_send,
                         long long sent) {
  (void)to_get, (void)got, (void)to_send, (void)sent;
  const struct fetching *fetching = context;
  return fetching->request->goes_on(fetching->request->context) ? 0 : 1;
}

int ccurl_fetch(const struct ccurl_request *request, char *failure, size_t failure_count) {
  if (!load()) return -1;
  Easy *easy = api.curl_easy_init();
  if (!easy) return -1;
  struct fetching fetching = {.request = request};
  char details[256] = {0};
  List *headers = api.curl_slist_append(NULL, "Expect:");
  for (const char *const *line = request->headers; *line; line++) {
    headers = api.curl_slist_append(headers, *line);
  }
  api.curl_easy_setopt(easy, CURLOPT_URL, request->url);
  api.curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  api.curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  api.curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  api.curl_easy_setopt(easy, CURLOPT_PROXY, "");
  api.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  api.curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  api.curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, fetch_goes_on);
  api.curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &fetching);
  api.curl_easy_setopt(easy, CURLOPT_USERAGENT, "cloro-mock");
  api.curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  api.curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
  if (request->body) {
    api.curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (long long)request->body_count);
    api.curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
  }
  const char *certificates = request->authorities ? request->authorities : trusted();
  if (certificates) {
    api.curl_easy_setopt(easy, CURLOPT_CAINFO, certificates);
    api.curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  }
  api.curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
  api.curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->milliseconds);
  api.curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details);
  api.curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, fetch_header);
  api.curl_easy_setopt(easy, CURLOPT_HEADERDATA, &fetching);
  api.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, fetch_body);
  api.curl_easy_setopt(easy, CURLOPT_WRITEDATA, &fetching);
  CURLcode code = api.curl_easy_perform(easy);
  long status = 0;
  if (code == 0) {
    api.curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  } else {
    const char *reason = details[0] ? details : api.curl_easy_strerror(code);
    if (fetching.is_too_long) reason = "the answer is too long";
    snprintf(failure, failure_count, "%s", reason);
  }
  api.curl_easy_cleanup(easy);
  api.curl_slist_free_all(headers);
  return (int)status;
}
