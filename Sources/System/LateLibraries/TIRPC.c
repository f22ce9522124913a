// libtirpc, for the target CVXI11.
#include <rpc/rpc.h>

#include "Late.h"

#define RPC_CALL(result, name, parameters, ...) LATE(LateTirpc, result, name, parameters, __VA_ARGS__)

RPC_CALL(
    CLIENT *, clnt_vc_create,
    (int descriptor, const struct netbuf *place, rpcprog_t program, rpcvers_t version, u_int send, u_int receive),
    descriptor, place, program, version, send, receive)
RPC_CALL(bool_t, xdr_bool, (XDR * xdr, bool_t *value), xdr, value)
RPC_CALL(bool_t, xdr_int32_t, (XDR * xdr, int32_t *value), xdr, value)
RPC_CALL(bool_t, xdr_uint32_t, (XDR * xdr, uint32_t *value), xdr, value)
RPC_CALL(bool_t, xdr_bytes, (XDR * xdr, char **bytes, u_int *size, u_int limit), xdr, bytes, size, limit)
RPC_CALL(bool_t, xdr_string, (XDR * xdr, char **text, u_int limit), xdr, text, limit)
