// What the library `cavern-arrow` offers, as one table of the functions in CArrow.h that need Arrow and Parquet.
#pragma once
#include <string>
#include <typeinfo>

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

/// The types of all functions and the sizes of what they pass, as the compiler spells them: a program and a library of different
/// builds must not call each other.
inline std::string carrow_interface() {
  std::string text;
#define CARROW_TYPE(call) text += typeid(decltype(carrow_##call)).name();
  CARROW_CALLS(CARROW_TYPE)
#undef CARROW_TYPE
  return text + std::to_string(sizeof(CArrowColumn)) + " " + std::to_string(sizeof(CArrowFault));
}

/// The one symbol of the library: its functions, or null when `interface` is not its own. `share` is the caller's `carrow_share`.
typedef const CArrowCalls *CArrowConnect(const char *interface, decltype(&carrow_share) share);
