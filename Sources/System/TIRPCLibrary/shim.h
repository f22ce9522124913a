// ONC RPC by libtirpc, found through pkg-config; used by the target CVXI11 only.
