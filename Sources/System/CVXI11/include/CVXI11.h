#pragma once
#include <stddef.h>
#include <stdint.h>

/// The VXI-11 client procedures (VXIbus Consortium, "TCP/IP Instrument Protocol", VXI-11 revision 1.0, appendix B) over
/// ONC RPC by libtirpc. Every call has a time limit. One connection belongs to one thread at a time.

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CVxi11Connection CVxi11Connection;

/// How a call ended when it did not reach the instrument's own answer.
typedef enum CVxi11Status {
  CVxi11Done = 0,
  /// No answer within the limit.
  CVxi11TimedOut,
  /// The connection is lost or was refused; `code` is an `errno`.
  CVxi11Lost,
  /// The other side speaks RPC but does not serve the program or procedure.
  CVxi11Unserved,
  /// The answer cannot be decoded.
  CVxi11Malformed
} CVxi11Status;

/// Connects to an RPC program over TCP.
///
/// `address` is an IPv4 address and `port` a port, both in host order. Returns null and sets `status` and `code` (an
/// `errno`, or 0) on failure.
CVxi11Connection *_Nullable cvxi11_connect(
    uint32_t address, uint16_t port, uint32_t program, uint32_t version, int milliseconds,
    CVxi11Status *_Nonnull status, int *_Nonnull code);

/// Closes a connection.
void cvxi11_close(CVxi11Connection *_Nullable connection);

/// Why the last call of a connection failed: an `errno`, or 0.
int cvxi11_code(const CVxi11Connection *_Nonnull connection);

/// Port mapper GETPORT (program 100000 version 2, procedure 3) for a TCP program; `port` is 0 when it is not registered.
CVxi11Status cvxi11_getport(
    CVxi11Connection *_Nonnull connection, uint32_t program, uint32_t version, int milliseconds,
    uint32_t *_Nonnull port);

/// create_link (10).
CVxi11Status cvxi11_create_link(
    CVxi11Connection *_Nonnull connection, int32_t client, int locks, uint32_t lock_timeout,
    const char *_Nonnull device, int milliseconds, int32_t *_Nonnull error, int32_t *_Nonnull link,
    uint32_t *_Nonnull abort_port, uint32_t *_Nonnull max_receive);

/// device_write (11) of `size` bytes.
CVxi11Status cvxi11_write(
    CVxi11Connection *_Nonnull connection, int32_t link, uint32_t io_timeout, uint32_t lock_timeout, int32_t flags,
    const uint8_t *_Nullable data, uint32_t size, int milliseconds, int32_t *_Nonnull error,
    uint32_t *_Nonnull written);

/// device_read (12) of at most `capacity` bytes into `buffer`; `reason` has 1 for REQCNT, 2 for CHR, 4 for END.
CVxi11Status cvxi11_read(
    CVxi11Connection *_Nonnull connection, int32_t link, uint32_t io_timeout, uint32_t lock_timeout, int32_t flags,
    int32_t terminator, uint8_t *_Nonnull buffer, uint32_t capacity, int milliseconds, int32_t *_Nonnull error,
    int32_t *_Nonnull reason, uint32_t *_Nonnull size);

/// device_readstb (13): the status byte.
CVxi11Status cvxi11_read_status(
    CVxi11Connection *_Nonnull connection, int32_t link, uint32_t io_timeout, uint32_t lock_timeout, int32_t flags,
    int milliseconds, int32_t *_Nonnull error, uint8_t *_Nonnull status_byte);

/// One of trigger (14), clear (15), remote (16), local (17).
CVxi11Status cvxi11_generic(
    CVxi11Connection *_Nonnull connection, uint32_t procedure, int32_t link, uint32_t io_timeout,
    uint32_t lock_timeout, int32_t flags, int milliseconds, int32_t *_Nonnull error);

/// device_lock (18).
CVxi11Status cvxi11_lock(
    CVxi11Connection *_Nonnull connection, int32_t link, int32_t flags, uint32_t lock_timeout, int milliseconds,
    int32_t *_Nonnull error);

/// device_unlock (19) or destroy_link (23) on the core channel, device_abort (1) on the abort channel.
CVxi11Status cvxi11_on_link(
    CVxi11Connection *_Nonnull connection, uint32_t procedure, int32_t link, int milliseconds,
    int32_t *_Nonnull error);

#ifdef __cplusplus
}
#endif
