// What is used of libcurl: prototypes, numbers and layouts, written down here so that a build needs
// none of its headers. Tests/headers holds each of them against the real ones, whose types stand in
// for these when they are included before.
#ifndef CCURL_LIBCURL_H
#define CCURL_LIBCURL_H

#include <stddef.h>

#ifndef CURLINC_CURL_H
typedef void CURL;
typedef void CURLM;
typedef int CURLcode;
typedef int CURLINFO;
typedef int CURLMcode;
typedef int CURLMoption;
typedef int CURLoption;
typedef int curl_socket_t;
struct curl_slist;
typedef struct libcurl_message CURLMsg;
#endif

/// What has become of an exchange: a `CURLMsg`.
struct libcurl_message {
  int msg;
  CURL *easy_handle;
  union {
    void *whatever;
    int result;
  } data;
};

/// The beginning of a `struct curl_sockaddr`: an address that libcurl wants a socket for.
struct libcurl_address {
  int family;
};

/// F(result, name, parameters) for each function.
#define LIBCURL_FUNCTIONS(F)                                                                       \
  F(void, curl_easy_cleanup, (CURL *))                                                             \
  F(CURLcode, curl_easy_getinfo, (CURL *, CURLINFO, ...))                                          \
  F(CURL *, curl_easy_init, (void))                                                                \
  F(CURLcode, curl_easy_perform, (CURL *))                                                         \
  F(CURLcode, curl_easy_setopt, (CURL *, CURLoption, ...))                                         \
  F(const char *, curl_easy_strerror, (CURLcode))                                                  \
  F(CURLcode, curl_global_init, (long))                                                            \
  F(CURLMcode, curl_multi_add_handle, (CURLM *, CURL *))                                           \
  F(CURLMcode, curl_multi_cleanup, (CURLM *))                                                      \
  F(CURLMsg *, curl_multi_info_read, (CURLM *, int *))                                             \
  F(CURLM *, curl_multi_init, (void))                                                              \
  F(CURLMcode, curl_multi_remove_handle, (CURLM *, CURL *))                                        \
  F(CURLMcode, curl_multi_setopt, (CURLM *, CURLMoption, ...))                                     \
  F(CURLMcode, curl_multi_socket_action, (CURLM *, curl_socket_t, int, int *))                     \
  F(struct curl_slist *, curl_slist_append, (struct curl_slist *, const char *))                   \
  F(void, curl_slist_free_all, (struct curl_slist *))

/// N(name, value) for each number.
#define LIBCURL_NUMBERS(N)                                                                         \
  N(CURL_GLOBAL_ALL, 3)                                                                            \
  N(CURL_HTTP_VERSION_1_1, 2)                                                                      \
  N(CURL_POLL_REMOVE, 4)                                                                           \
  N(CURL_SOCKET_TIMEOUT, -1)                                                                       \
  N(CURLINFO_PRIVATE, 0x100000 + 21)                                                               \
  N(CURLINFO_RESPONSE_CODE, 0x200000 + 2)                                                          \
  N(CURLMOPT_SOCKETDATA, 10002)                                                                    \
  N(CURLMOPT_SOCKETFUNCTION, 20001)                                                                \
  N(CURLMOPT_TIMERDATA, 10005)                                                                     \
  N(CURLMOPT_TIMERFUNCTION, 20004)                                                                 \
  N(CURLMSG_DONE, 1)                                                                               \
  N(CURLOPT_CAINFO, 10065)                                                                         \
  N(CURLOPT_CAPATH, 10097)                                                                         \
  N(CURLOPT_CLOSESOCKETDATA, 10209)                                                                \
  N(CURLOPT_CLOSESOCKETFUNCTION, 20208)                                                            \
  N(CURLOPT_CONNECTTIMEOUT_MS, 156)                                                                \
  N(CURLOPT_COPYPOSTFIELDS, 10165)                                                                 \
  N(CURLOPT_CUSTOMREQUEST, 10036)                                                                  \
  N(CURLOPT_ERRORBUFFER, 10010)                                                                    \
  N(CURLOPT_FOLLOWLOCATION, 52)                                                                    \
  N(CURLOPT_FORBID_REUSE, 75)                                                                      \
  N(CURLOPT_FRESH_CONNECT, 74)                                                                     \
  N(CURLOPT_HEADERDATA, 10029)                                                                     \
  N(CURLOPT_HEADERFUNCTION, 20079)                                                                 \
  N(CURLOPT_HTTP_VERSION, 84)                                                                      \
  N(CURLOPT_HTTPHEADER, 10023)                                                                     \
  N(CURLOPT_NOPROGRESS, 43)                                                                        \
  N(CURLOPT_NOSIGNAL, 99)                                                                          \
  N(CURLOPT_OPENSOCKETDATA, 10164)                                                                 \
  N(CURLOPT_OPENSOCKETFUNCTION, 20163)                                                             \
  N(CURLOPT_POSTFIELDSIZE_LARGE, 30120)                                                            \
  N(CURLOPT_PRIVATE, 10103)                                                                        \
  N(CURLOPT_PROTOCOLS, 181)                                                                        \
  N(CURLOPT_PROXY, 10004)                                                                          \
  N(CURLOPT_RESOLVE, 10203)                                                                        \
  N(CURLOPT_TIMEOUT_MS, 155)                                                                       \
  N(CURLOPT_URL, 10002)                                                                            \
  N(CURLOPT_USERAGENT, 10018)                                                                      \
  N(CURLOPT_WRITEDATA, 10001)                                                                      \
  N(CURLOPT_WRITEFUNCTION, 20011)                                                                  \
  N(CURLOPT_XFERINFODATA, 10057)                                                                   \
  N(CURLOPT_XFERINFOFUNCTION, 20219)                                                               \
  N(CURLPROTO_HTTP, 1)                                                                             \
  N(CURLPROTO_HTTPS, 2)

#endif
