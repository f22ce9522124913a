// What the library `cavern-arrow` offers, as one table of the functions in CArrow.h that need Arrow and Parquet.
#pragma once
#include "include/CArrow.h"

#define CARROW_CALLS(APPLY) \
  APPLY(parquet_open)          \
  APPLY(parquet_close)         \
  APPLY(parquet_rows)          \
  APPLY(parquet_row_groups)    \
  APPLY(parquet_leaves)        \
  APPLY(parquet_created_by)    \
  APPLY(parquet_leaf_offset)   \
  APPLY(parquet_schema)        \
  APPLY(parquet_read)          \
  APPLY(parquet_read_group)    \
  APPLY(parquet_write)         \
  APPLY(parquet_stream_open)   \
  APPLY(parquet_stream_append) \
  APPLY(parquet_stream_close)  \
  APPLY(ipc_read)              \
  APPLY(table_free)            \
  APPLY(table_rows)            \
  APPLY(table_schema)          \
  APPLY(table_column)          \
  APPLY(ipc_write)             \
  APPLY(bytes_free)

/// One pointer for each function; their types are those in CArrow.h.
struct CArrowCalls {
#define CARROW_MEMBER(name) decltype(&carrow_##name) name;
  CARROW_CALLS(CARROW_MEMBER)
#undef CARROW_MEMBER
};

/// The one symbol of the library. `share` is the caller's `carrow_share`.
typedef const CArrowCalls *CArrowConnect(decltype(&carrow_share) share);
