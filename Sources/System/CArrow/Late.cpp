// The functions that need Arrow and Parquet, handed on to the library `cavern-arrow`, which is loaded by the first call that
// opens or writes a file. Loading the two libraries takes a third of the time that a program needs to start.
#include <LateLibraries.h>

#include <cstdio>

#include "Calls.hpp"

namespace {

/// The library's functions, or null; asked for once for all threads. The loader looks into the folders that Package.swift gave to
/// the program.
const CArrowCalls *library() {
  static const CArrowCalls *const calls = []() -> const CArrowCalls * {
    if (late_library_fault(LateArrow)) return nullptr;
    auto *connect = reinterpret_cast<CArrowConnect *>(late_library_function(LateArrow, "carrow_connect"));
    return connect(carrow_interface().c_str(), carrow_share);
  }();
  return calls;
}

/// The calls, or null with the cause in `fault`.
const CArrowCalls *calls(CArrowFault *fault) {
  const CArrowCalls *loaded = library();
  if (!loaded && fault) {
    const char *cause = late_library_fault(LateArrow);
    fault->code = CARROW_NO_LIBRARY;
    std::snprintf(
        fault->message, sizeof fault->message, "%s", cause ? cause : "it is of another build than the program");
  }
  return loaded;
}

}  // namespace

// What can be a program's first call answers CARROW_NO_LIBRARY when there is no library ...

extern "C" int32_t carrow_parquet_open(const char *path, int64_t memory_limit, CArrowParquet **out, CArrowFault *fault) {
  const auto *library = calls(fault);
  return library ? library->parquet_open(path, memory_limit, out, fault) : CARROW_NO_LIBRARY;
}

extern "C" int32_t carrow_parquet_write(
    const CArrowColumn *columns, int64_t count, int64_t rows, const char *metadata, int32_t codec,
    int64_t rows_per_group, bool page_version_2, bool lists_of_items, bool dictionaries, CArrowBytes *out,
    CArrowFault *fault) {
  const auto *library = calls(fault);
  return library ? library->parquet_write(
                       columns, count, rows, metadata, codec, rows_per_group, page_version_2, lists_of_items,
                       dictionaries, out, fault)
                 : CARROW_NO_LIBRARY;
}

extern "C" int32_t carrow_parquet_stream_open(
    const char *path, const CArrowColumn *columns, int64_t count, const char *metadata, int32_t codec, bool dictionaries,
    CArrowParquetStream **out, CArrowFault *fault) {
  const auto *library = calls(fault);
  return library ? library->parquet_stream_open(path, columns, count, metadata, codec, dictionaries, out, fault)
                 : CARROW_NO_LIBRARY;
}

extern "C" int32_t carrow_ipc_read(const char *path, int64_t memory_limit, CArrowTable **out, CArrowFault *fault) {
  const auto *library = calls(fault);
  return library ? library->ipc_read(path, memory_limit, out, fault) : CARROW_NO_LIBRARY;
}

extern "C" int32_t carrow_ipc_write(
    const CArrowColumn *columns, int64_t count, int64_t rows, const char *metadata, CArrowBytes *out,
    CArrowFault *fault) {
  const auto *library = calls(fault);
  return library ? library->ipc_write(columns, count, rows, metadata, out, fault) : CARROW_NO_LIBRARY;
}

extern "C" void carrow_bytes_free(CArrowBytes *bytes) {
  // Bytes without an owner come from no library.
  if (bytes->owner) library()->bytes_free(bytes);
}

// ... all others take a handle that one of these has given, so that the library is there.

extern "C" void carrow_parquet_close(CArrowParquet *file) { library()->parquet_close(file); }

extern "C" int64_t carrow_parquet_rows(const CArrowParquet *file) { return library()->parquet_rows(file); }

extern "C" int64_t carrow_parquet_row_groups(const CArrowParquet *file) {
  return library()->parquet_row_groups(file);
}

extern "C" int64_t carrow_parquet_leaves(const CArrowParquet *file) { return library()->parquet_leaves(file); }

extern "C" const char *carrow_parquet_created_by(const CArrowParquet *file) {
  return library()->parquet_created_by(file);
}

extern "C" int64_t carrow_parquet_leaf_offset(const CArrowParquet *file, int64_t row_group, int64_t leaf) {
  return library()->parquet_leaf_offset(file, row_group, leaf);
}

extern "C" int32_t carrow_parquet_schema(CArrowParquet *file, ArrowSchema *out, CArrowFault *fault) {
  return library()->parquet_schema(file, out, fault);
}

extern "C" int32_t carrow_parquet_read(
    CArrowParquet *file, const int32_t *leaves, int64_t count, ArrowSchema *schema, ArrowArray *array,
    CArrowFault *fault) {
  return library()->parquet_read(file, leaves, count, schema, array, fault);
}

extern "C" int32_t carrow_parquet_read_group(
    CArrowParquet *file, int64_t row_group, const int32_t *leaves, int64_t count, ArrowSchema *schema,
    ArrowArray *array, CArrowFault *fault) {
  return library()->parquet_read_group(file, row_group, leaves, count, schema, array, fault);
}

extern "C" int32_t carrow_parquet_stream_append(
    CArrowParquetStream *stream, const CArrowColumn *columns, int64_t count, int64_t rows, CArrowFault *fault) {
  return library()->parquet_stream_append(stream, columns, count, rows, fault);
}

extern "C" int32_t carrow_parquet_stream_close(CArrowParquetStream *stream, CArrowFault *fault) {
  return library()->parquet_stream_close(stream, fault);
}

extern "C" void carrow_table_free(CArrowTable *table) { library()->table_free(table); }

extern "C" int64_t carrow_table_rows(const CArrowTable *table) { return library()->table_rows(table); }

extern "C" int32_t carrow_table_schema(CArrowTable *table, ArrowSchema *out, CArrowFault *fault) {
  return library()->table_schema(table, out, fault);
}

extern "C" int32_t carrow_table_column(
    CArrowTable *table, int64_t index, ArrowSchema *schema, ArrowArray *array, CArrowFault *fault) {
  return library()->table_column(table, index, schema, array, fault);
}
