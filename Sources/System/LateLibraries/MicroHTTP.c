// libmicrohttpd, for the module HTTPServer; CHTTP.c asks for the two functions with a variable number of arguments itself.
#include <microhttpd.h>

#include "Late.h"

#define MHD_CALL(result, name, parameters, ...) LATE(LateMicroHTTP, result, name, parameters, __VA_ARGS__)

MHD_CALL(void, MHD_stop_daemon, (struct MHD_Daemon * daemon), daemon)
MHD_CALL(
    int, MHD_get_connection_values,
    (struct MHD_Connection * connection, enum MHD_ValueKind kind, MHD_KeyValueIterator iterator, void *context),
    connection, kind, iterator, context)
MHD_CALL(
    enum MHD_Result, MHD_queue_response,
    (struct MHD_Connection * connection, unsigned status, struct MHD_Response *response), connection, status, response)
MHD_CALL(
    struct MHD_Response *, MHD_create_response_from_buffer, (size_t size, void *bytes, enum MHD_ResponseMemoryMode mode),
    size, bytes, mode)
MHD_CALL(
    struct MHD_Response *, MHD_create_response_from_callback,
    (uint64_t size, size_t block, MHD_ContentReaderCallback read, void *context, MHD_ContentReaderFreeCallback release),
    size, block, read, context, release)
MHD_CALL(void, MHD_destroy_response, (struct MHD_Response * response), response)
MHD_CALL(
    enum MHD_Result, MHD_add_response_header, (struct MHD_Response * response, const char *name, const char *value),
    response, name, value)
