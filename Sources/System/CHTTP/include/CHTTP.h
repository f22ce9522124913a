#pragma once
#include <microhttpd.h>

/// The two calls of libmicrohttpd that take a variable number of arguments, with fixed ones; nothing else.

#ifdef __cplusplus
extern "C" {
#endif

/// How a server is started.
typedef struct CHTTPOptions {
  /// A socket that listens already; the server closes it.
  int descriptor;
  /// Connections at one time.
  unsigned int connectionLimit;
  /// Seconds without traffic after which a connection ends.
  unsigned int timeoutSeconds;
  /// Private key and certificate in PEM form, ended by a zero; both null for plain HTTP.
  const char *_Nullable key;
  const char *_Nullable certificate;
} CHTTPOptions;

/// Starts a server with one thread a connection; null when it cannot.
struct MHD_Daemon *_Nullable chttp_start(const CHTTPOptions *_Nonnull options, MHD_AccessHandlerCallback _Nonnull handler,
                                         MHD_RequestCompletedCallback _Nonnull completed, void *_Nullable context);

/// The descriptor of a connection; -1 when there is none.
int chttp_descriptor(struct MHD_Connection *_Nonnull connection);

#ifdef __cplusplus
}
#endif
