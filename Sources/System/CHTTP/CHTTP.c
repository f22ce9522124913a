#include "CHTTP.h"

#include <LateLibraries.h>

// A function with a variable number of arguments, which nothing can hand on, is asked for itself.
#define LATE_CALL(name) ((__typeof__(&name))late_library_function(LateMicroHTTP, #name))

struct MHD_Daemon *chttp_start(const CHTTPOptions *options, MHD_AccessHandlerCallback handler,
                               MHD_RequestCompletedCallback completed, void *context) {
  unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC;
  struct MHD_OptionItem identity[] = {{MHD_OPTION_END, 0, 0}, {MHD_OPTION_END, 0, 0}, {MHD_OPTION_END, 0, 0}};
  if (options->key && options->certificate) {
    flags |= MHD_USE_TLS;
    identity[0].option = MHD_OPTION_HTTPS_MEM_KEY;
    identity[0].ptr_value = (void *)options->key;
    identity[1].option = MHD_OPTION_HTTPS_MEM_CERT;
    identity[1].ptr_value = (void *)options->certificate;
  }
  return LATE_CALL(MHD_start_daemon)(
      flags, 0, 0, 0, handler, context, MHD_OPTION_LISTEN_SOCKET, options->descriptor, MHD_OPTION_CONNECTION_LIMIT,
      options->connectionLimit, MHD_OPTION_CONNECTION_TIMEOUT, options->timeoutSeconds, MHD_OPTION_NOTIFY_COMPLETED,
      completed, context, MHD_OPTION_ARRAY, identity, MHD_OPTION_END);
}

int chttp_descriptor(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *information =
      LATE_CALL(MHD_get_connection_info)(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return information ? (int)information->connect_fd : -1;
}
