#define _GNU_SOURCE
#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// libcurl's numbers, which its interface promises to keep.
enum {
  OPTION_URL = 10002,
  OPTION_PROXY = 10004,
  OPTION_ERROR_BUFFER = 10010,
  OPTION_POST_FIELDS = 10015,
  OPTION_USER_AGENT = 10018,
  OPTION_HEADERS = 10023,
  OPTION_HEADER_DATA = 10029,
  OPTION_WRITE_DATA = 10001,
  OPTION_PROGRESS_DATA = 10057,
  OPTION_CERTIFICATES = 10065,
  OPTION_NO_PROGRESS = 43,
  OPTION_FOLLOW = 52,
  OPTION_HTTP_VERSION = 84,
  OPTION_NO_SIGNAL = 99,
  OPTION_TIMEOUT = 155,
  OPTION_PROTOCOLS = 181,
  OPTION_WRITE_FUNCTION = 20011,
  OPTION_HEADER_FUNCTION = 20079,
  OPTION_PROGRESS_FUNCTION = 20219,
  OPTION_POST_SIZE = 30120,
  HTTP_1_1 = 2,
  PROTOCOL_HTTPS = 2,
  TIMED_OUT = 28,
};

typedef void CURL;
typedef struct curl_slist List;

static struct {
  CURL *(*init)(void);
  int (*set)(CURL *, int, ...);
  int (*perform)(CURL *);
  void (*cleanup)(CURL *);
  const char *(*describe)(int);
  List *(*append)(List *, const char *);
  void (*free_list)(List *);
  bool is_there;
} curl;

static void load(void) {
  const char *names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"};
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  }
  if (!library) return;
  int (*global_init)(long) = (int (*)(long))dlsym(library, "curl_global_init");
  curl.init = (CURL * (*)(void)) dlsym(library, "curl_easy_init");
  curl.set = (int (*)(CURL *, int, ...))dlsym(library, "curl_easy_setopt");
  curl.perform = (int (*)(CURL *))dlsym(library, "curl_easy_perform");
  curl.cleanup = (void (*)(CURL *))dlsym(library, "curl_easy_cleanup");
  curl.describe = (const char *(*)(int))dlsym(library, "curl_easy_strerror");
  curl.append = (List * (*)(List *, const char *)) dlsym(library, "curl_slist_append");
  curl.free_list = (void (*)(List *))dlsym(library, "curl_slist_free_all");
  // 3: everything, TLS among it.
  curl.is_there = global_init && global_init(3) == 0 && curl.init && curl.set && curl.perform &&
                  curl.cleanup && curl.describe && curl.append && curl.free_list;
}

/// How much of an answer's head and body is read, in bytes, and how long a body is read, in seconds.
enum { LONGEST_HEAD = 64 * 1024, LONGEST_BODY = 64 * 1024, BODY_SECONDS = 1 };

/// An exchange under way.
struct exchange {
  const struct ccurl_post *post;
  int status;
  bool is_answered;
  time_t answered_at;
  size_t head;
  size_t body;
};

static time_t seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

static size_t take_header(char *line, size_t size, size_t count, void *context) {
  struct exchange *exchange = context;
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
    exchange->answered_at = seconds();
    exchange->post->answered(exchange->post->context, exchange->status);
  }
  return length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
  (void)bytes;
  struct exchange *exchange = context;
  exchange->body += size * count;
  return exchange->body > LONGEST_BODY ? 0 : size * count;
}

static int look(void *context, long long a, long long b, long long c, long long d) {
  (void)a, (void)b, (void)c, (void)d;
  struct exchange *exchange = context;
  if (exchange->is_answered && seconds() - exchange->answered_at > BODY_SECONDS) return 1;
  return exchange->post->is_cancelled(exchange->post->context);
}

bool ccurl_perform(const struct ccurl_post *post, char *failure, size_t failure_size) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  CURL *handle = curl.is_there ? curl.init() : NULL;
  if (!handle) {
    snprintf(failure, failure_size, "https needs libcurl (Debian's libcurl4), which is not there");
    return false;
  }
  struct exchange exchange = {.post = post};
  char details[256] = {0};
  // A body of more than a megabyte would else be announced and waited for.
  List *headers = curl.append(NULL, "Expect:");
  for (const char *const *line = post->headers; *line; line++) {
    headers = curl.append(headers, *line);
  }
  curl.set(handle, OPTION_URL, post->url);
  curl.set(handle, OPTION_PROTOCOLS, (long)PROTOCOL_HTTPS);
  curl.set(handle, OPTION_HTTP_VERSION, (long)HTTP_1_1);
  curl.set(handle, OPTION_FOLLOW, 0L);
  curl.set(handle, OPTION_PROXY, "");
  curl.set(handle, OPTION_NO_SIGNAL, 1L);
  curl.set(handle, OPTION_TIMEOUT, post->timeout);
  curl.set(handle, OPTION_USER_AGENT, "cloro-mock");
  curl.set(handle, OPTION_HEADERS, headers);
  curl.set(handle, OPTION_POST_SIZE, (long long)post->body_count);
  curl.set(handle, OPTION_POST_FIELDS, post->body);
  const char *certificates = getenv("SSL_CERT_FILE");
  if (certificates && *certificates) curl.set(handle, OPTION_CERTIFICATES, certificates);
  curl.set(handle, OPTION_ERROR_BUFFER, details);
  curl.set(handle, OPTION_HEADER_FUNCTION, take_header);
  curl.set(handle, OPTION_HEADER_DATA, &exchange);
  curl.set(handle, OPTION_WRITE_FUNCTION, take_body);
  curl.set(handle, OPTION_WRITE_DATA, &exchange);
  curl.set(handle, OPTION_PROGRESS_FUNCTION, look);
  curl.set(handle, OPTION_PROGRESS_DATA, &exchange);
  curl.set(handle, OPTION_NO_PROGRESS, 0L);
  int code = curl.perform(handle);
  if (!exchange.is_answered) {
    const char *reason = details[0] ? details : curl.describe(code);
    if (code == 0) reason = "the connection ended without an answer";
    if (exchange.head > LONGEST_HEAD) reason = "the answer's head is too long";
    snprintf(failure, failure_size, "%s", reason);
    if (code == TIMED_OUT) {
      snprintf(failure, failure_size, "no answer within %ld seconds", (post->timeout + 999) / 1000);
    }
  }
  curl.cleanup(handle);
  curl.free_list(headers);
  return exchange.is_answered;
}
