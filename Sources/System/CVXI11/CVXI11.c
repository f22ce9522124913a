#include "CVXI11.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <rpc/rpc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct CVxi11Connection {
  CLIENT *client;
  int descriptor;
  int code;
};

// Waits for a connection with a limit; 0 or an errno.
static int connect_within(int descriptor, const struct sockaddr_in *place, int milliseconds) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return errno;
  if (connect(descriptor, (const struct sockaddr *)place, sizeof *place) < 0) {
    if (errno != EINPROGRESS) return errno;
    struct pollfd wait = {.fd = descriptor, .events = POLLOUT};
    int ready;
    do ready = poll(&wait, 1, milliseconds);
    while (ready < 0 && errno == EINTR);
    if (ready < 0) return errno;
    if (ready == 0) return ETIMEDOUT;
    int fault = 0;
    socklen_t size = sizeof fault;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &fault, &size) < 0) return errno;
    if (fault) return fault;
  }
  return fcntl(descriptor, F_SETFL, flags) < 0 ? errno : 0;
}

CVxi11Connection *cvxi11_connect(
    uint32_t address, uint16_t port, uint32_t program, uint32_t version, int milliseconds, CVxi11Status *status,
    int *code) {
  struct sockaddr_in place;
  memset(&place, 0, sizeof place);
  place.sin_family = AF_INET;
  place.sin_port = htons(port);
  place.sin_addr.s_addr = htonl(address);
  *code = 0;
  *status = CVxi11Lost;
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    *code = errno;
    return NULL;
  }
  int fault = connect_within(descriptor, &place, milliseconds);
  if (fault) {
    *code = fault;
    *status = fault == ETIMEDOUT ? CVxi11TimedOut : CVxi11Lost;
    close(descriptor);
    return NULL;
  }
  int one = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  // libtirpc waits for answers with a limit but writes without one.
  struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  struct netbuf where = {.maxlen = sizeof place, .len = sizeof place, .buf = &place};
  CLIENT *client = clnt_vc_create(descriptor, &where, program, version, 1 << 18, 1 << 18);
  CVxi11Connection *connection = client ? malloc(sizeof *connection) : NULL;
  if (!connection) {
    *code = ENOMEM;
    if (client) clnt_destroy(client);
    close(descriptor);
    return NULL;
  }
  connection->client = client;
  connection->descriptor = descriptor;
  connection->code = 0;
  *status = CVxi11Done;
  return connection;
}

void cvxi11_close(CVxi11Connection *connection) {
  if (!connection) return;
  clnt_destroy(connection->client);
  close(connection->descriptor);
  free(connection);
}

int cvxi11_code(const CVxi11Connection *connection) { return connection->code; }

static CVxi11Status call(
    CVxi11Connection *connection, uint32_t procedure, xdrproc_t encode, void *arguments, xdrproc_t decode,
    void *results, int milliseconds) {
  struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  enum clnt_stat outcome =
      clnt_call(connection->client, procedure, encode, arguments, decode, results, limit);
  struct rpc_err fault;
  memset(&fault, 0, sizeof fault);
  clnt_geterr(connection->client, &fault);
  connection->code = 0;
  switch (outcome) {
  case RPC_SUCCESS: return CVxi11Done;
  case RPC_TIMEDOUT: return CVxi11TimedOut;
  case RPC_CANTSEND:
  case RPC_CANTRECV:
    connection->code = fault.re_errno;
    // A write that ran into its limit.
    return fault.re_errno == EAGAIN || fault.re_errno == ETIMEDOUT ? CVxi11TimedOut : CVxi11Lost;
  case RPC_PROGUNAVAIL:
  case RPC_PROGVERSMISMATCH:
  case RPC_PROCUNAVAIL: return CVxi11Unserved;
  case RPC_CANTDECODERES:
  case RPC_CANTDECODEARGS:
  case RPC_VERSMISMATCH: return CVxi11Malformed;
  default: return CVxi11Lost;
  }
}

// ---- External data representation (RFC 4506) of the arguments and results

struct GetPort {
  uint32_t program, version, protocol, port;
};

static bool_t xdr_getport(XDR *xdr, struct GetPort *value) {
  return xdr_uint32_t(xdr, &value->program) && xdr_uint32_t(xdr, &value->version) &&
         xdr_uint32_t(xdr, &value->protocol) && xdr_uint32_t(xdr, &value->port);
}

struct CreateLink {
  int32_t client;
  bool_t locks;
  uint32_t lock_timeout;
  char *device;
};

static bool_t xdr_create_link(XDR *xdr, struct CreateLink *value) {
  return xdr_int32_t(xdr, &value->client) && xdr_bool(xdr, &value->locks) &&
         xdr_uint32_t(xdr, &value->lock_timeout) && xdr_string(xdr, &value->device, 256);
}

struct Link {
  int32_t error, link;
  uint32_t abort_port, max_receive;
};

static bool_t xdr_link(XDR *xdr, struct Link *value) {
  return xdr_int32_t(xdr, &value->error) && xdr_int32_t(xdr, &value->link) &&
         xdr_uint32_t(xdr, &value->abort_port) && xdr_uint32_t(xdr, &value->max_receive);
}

struct Write {
  int32_t link;
  uint32_t io_timeout, lock_timeout;
  int32_t flags;
  char *data;
  u_int size;
};

static bool_t xdr_write(XDR *xdr, struct Write *value) {
  return xdr_int32_t(xdr, &value->link) && xdr_uint32_t(xdr, &value->io_timeout) &&
         xdr_uint32_t(xdr, &value->lock_timeout) && xdr_int32_t(xdr, &value->flags) &&
         xdr_bytes(xdr, &value->data, &value->size, UINT32_MAX);
}

struct Written {
  int32_t error;
  uint32_t size;
};

static bool_t xdr_written(XDR *xdr, struct Written *value) {
  return xdr_int32_t(xdr, &value->error) && xdr_uint32_t(xdr, &value->size);
}

struct Read {
  int32_t link;
  uint32_t request, io_timeout, lock_timeout;
  int32_t flags, terminator;
};

static bool_t xdr_read(XDR *xdr, struct Read *value) {
  return xdr_int32_t(xdr, &value->link) && xdr_uint32_t(xdr, &value->request) &&
         xdr_uint32_t(xdr, &value->io_timeout) && xdr_uint32_t(xdr, &value->lock_timeout) &&
         xdr_int32_t(xdr, &value->flags) && xdr_int32_t(xdr, &value->terminator);
}

struct Data {
  int32_t error, reason;
  char *data;
  u_int size;
  u_int capacity;
};

// The bytes go to the caller's buffer; an answer that is longer than it is refused by xdr_bytes.
static bool_t xdr_data(XDR *xdr, struct Data *value) {
  if (xdr->x_op == XDR_FREE) return TRUE;
  return xdr_int32_t(xdr, &value->error) && xdr_int32_t(xdr, &value->reason) &&
         xdr_bytes(xdr, &value->data, &value->size, value->capacity);
}

struct Generic {
  int32_t link, flags;
  uint32_t lock_timeout, io_timeout;
};

static bool_t xdr_generic(XDR *xdr, struct Generic *value) {
  return xdr_int32_t(xdr, &value->link) && xdr_int32_t(xdr, &value->flags) &&
         xdr_uint32_t(xdr, &value->lock_timeout) && xdr_uint32_t(xdr, &value->io_timeout);
}

struct Lock {
  int32_t link, flags;
  uint32_t lock_timeout;
};

static bool_t xdr_lock(XDR *xdr, struct Lock *value) {
  return xdr_int32_t(xdr, &value->link) && xdr_int32_t(xdr, &value->flags) &&
         xdr_uint32_t(xdr, &value->lock_timeout);
}

struct StatusByte {
  int32_t error;
  uint32_t status;
};

static bool_t xdr_status(XDR *xdr, struct StatusByte *value) {
  return xdr_int32_t(xdr, &value->error) && xdr_uint32_t(xdr, &value->status);
}

// ---- Procedures

CVxi11Status cvxi11_getport(
    CVxi11Connection *connection, uint32_t program, uint32_t version, int milliseconds, uint32_t *port) {
  struct GetPort arguments = {.program = program, .version = version, .protocol = IPPROTO_TCP, .port = 0};
  *port = 0;
  return call(
      connection, 3, (xdrproc_t)xdr_getport, &arguments, (xdrproc_t)xdr_uint32_t, port, milliseconds);
}

CVxi11Status cvxi11_create_link(
    CVxi11Connection *connection, int32_t client, int locks, uint32_t lock_timeout, const char *device,
    int milliseconds, int32_t *error, int32_t *link, uint32_t *abort_port, uint32_t *max_receive) {
  struct CreateLink arguments = {
      .client = client, .locks = locks != 0, .lock_timeout = lock_timeout, .device = (char *)device};
  struct Link result = {0};
  CVxi11Status status =
      call(connection, 10, (xdrproc_t)xdr_create_link, &arguments, (xdrproc_t)xdr_link, &result, milliseconds);
  *error = result.error;
  *link = result.link;
  *abort_port = result.abort_port;
  *max_receive = result.max_receive;
  return status;
}

CVxi11Status cvxi11_write(
    CVxi11Connection *connection, int32_t link, uint32_t io_timeout, uint32_t lock_timeout, int32_t flags,
    const uint8_t *data, uint32_t size, int milliseconds, int32_t *error, uint32_t *written) {
  struct Write arguments = {
      .link = link, .io_timeout = io_timeout, .lock_timeout = lock_timeout, .flags = flags,
      .data = (char *)data, .size = size};
  struct Written result = {0};
  CVxi11Status status =
      call(connection, 11, (xdrproc_t)xdr_write, &arguments, (xdrproc_t)xdr_written, &result, milliseconds);
  *error = result.error;
  *written = result.size;
  return status;
}

CVxi11Status cvxi11_read(
    CVxi11Connection *connection, int32_t link, uint32_t io_timeout, uint32_t lock_timeout, int32_t flags,
    int32_t terminator, uint8_t *buffer, uint32_t capacity, int milliseconds, int32_t *error, int32_t *reason,
    uint32_t *size) {
  struct Read arguments = {
      .link = link, .request = capacity, .io_timeout = io_timeout, .lock_timeout = lock_timeout,
      .flags = flags, .terminator = terminator};
  struct Data result = {.data = (char *)buffer, .capacity = capacity};
  CVxi11Status status =
      call(connection, 12, (xdrproc_t)xdr_read, &arguments, (xdrproc_t)xdr_data, &result, milliseconds);
  *error = result.error;
  *reason = result.reason;
  *size = status == CVxi11Done && result.size <= capacity ? result.size : 0;
  return status;
}

CVxi11Status cvxi11_read_status(
    CVxi11Connection *connection, int32_t link, uint32_t io_timeout, uint32_t lock_timeout, int32_t flags,
    int milliseconds, int32_t *error, uint8_t *status_byte) {
  struct Generic arguments = {
      .link = link, .flags = flags, .lock_timeout = lock_timeout, .io_timeout = io_timeout};
  struct StatusByte result = {0};
  CVxi11Status status =
      call(connection, 13, (xdrproc_t)xdr_generic, &arguments, (xdrproc_t)xdr_status, &result, milliseconds);
  *error = result.error;
  *status_byte = (uint8_t)result.status;
  return status;
}

CVxi11Status cvxi11_generic(
    CVxi11Connection *connection, uint32_t procedure, int32_t link, uint32_t io_timeout, uint32_t lock_timeout,
    int32_t flags, int milliseconds, int32_t *error) {
  struct Generic arguments = {
      .link = link, .flags = flags, .lock_timeout = lock_timeout, .io_timeout = io_timeout};
  *error = 0;
  return call(
      connection, procedure, (xdrproc_t)xdr_generic, &arguments, (xdrproc_t)xdr_int32_t, error, milliseconds);
}

CVxi11Status cvxi11_lock(
    CVxi11Connection *connection, int32_t link, int32_t flags, uint32_t lock_timeout, int milliseconds,
    int32_t *error) {
  struct Lock arguments = {.link = link, .flags = flags, .lock_timeout = lock_timeout};
  *error = 0;
  return call(connection, 18, (xdrproc_t)xdr_lock, &arguments, (xdrproc_t)xdr_int32_t, error, milliseconds);
}

CVxi11Status cvxi11_on_link(
    CVxi11Connection *connection, uint32_t procedure, int32_t link, int milliseconds, int32_t *error) {
  *error = 0;
  return call(
      connection, procedure, (xdrproc_t)xdr_int32_t, &link, (xdrproc_t)xdr_int32_t, error, milliseconds);
}
