// The C face of Arrow and Parquet for Swift: columns cross over as the two structs of the Arrow C data interface
// (https://arrow.apache.org/docs/format/CDataInterface.html). No C++ type, no exception and no Status passes this line:
// every call that can fail returns a CArrowCode and fills a CArrowFault.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

/// The type of a column; layout fixed by the Arrow C data interface.
struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

/// The buffers of a column; layout fixed by the Arrow C data interface.
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

#endif

/// What kind of failure a call met.
enum {
  CARROW_OK = 0,
  CARROW_DAMAGED = 1,          ///< the bytes do not follow the format
  CARROW_IO = 2,               ///< the operating system refused to read or write
  CARROW_NOT_SUPPORTED = 3,    ///< a valid file that uses what the library does not offer, such as a codec
  CARROW_OUT_OF_MEMORY = 4,    ///< more memory asked for than the limit allows
  CARROW_INTERNAL = 5,
  CARROW_NO_LIBRARY = 6        ///< the library `cavern-arrow`, or Arrow or Parquet themselves, cannot be loaded
};

/// The cause of a failure, in the library's words, cut at the end if need be.
typedef struct CArrowFault {
  int32_t code;
  char message[1024];
} CArrowFault;

/// One column handed to a writer: borrowed for the call, never released by it.
typedef struct CArrowColumn {
  const struct ArrowSchema *schema;
  const struct ArrowArray *array;
  const char *name;           ///< replaces the name in `schema`
  const char *metadata;       ///< replaces the metadata in `schema`, in the interface's binary form; may be NULL
  const uint8_t *validity;    ///< replaces the validity bits (bit `offset` is the first row); NULL keeps the array's own
  int64_t offset;             ///< first row in the array's buffers
  int64_t length;             ///< rows
  bool nullable;
} CArrowColumn;

// Memory ------------------------------------------------------------------------------------------------------------

/// Makes an array with zeroed buffers of `sizes` bytes (a negative size: no buffer) and `children` empty children.
/// Returns false when memory is short.
bool carrow_array_make(
    struct ArrowArray *out, int64_t length, int64_t nulls, int64_t buffers, const int64_t *sizes, int64_t children);

/// Makes a schema with copies of the given strings and `children` empty children; `metadata` may be NULL.
bool carrow_schema_make(
    struct ArrowSchema *out, const char *format, const char *name, const char *metadata, int64_t metadata_size,
    int64_t flags, int64_t children);

/// Makes a second handle on a column. `drop(token)` is called when the new array is released; until then the caller
/// keeps the first one alive.
bool carrow_share(
    const CArrowColumn *column, struct ArrowSchema *schema, struct ArrowArray *array, void *token,
    void (*drop)(void *token));

// Parquet -----------------------------------------------------------------------------------------------------------

typedef struct CArrowParquet CArrowParquet;

/// Opens a file and reads its footer. `memory_limit` bounds what decoding one column may ask for, in bytes.
int32_t carrow_parquet_open(const char *path, int64_t memory_limit, CArrowParquet **out, CArrowFault *fault);
void carrow_parquet_close(CArrowParquet *file);
int64_t carrow_parquet_rows(const CArrowParquet *file);
int64_t carrow_parquet_row_groups(const CArrowParquet *file);
/// Number of physical columns: the leaves of the schema tree.
int64_t carrow_parquet_leaves(const CArrowParquet *file);
/// The program that wrote the file, as it calls itself; valid as long as the file is open.
const char *carrow_parquet_created_by(const CArrowParquet *file);
/// First byte of a leaf's data in a row group, or -1.
int64_t carrow_parquet_leaf_offset(const CArrowParquet *file, int64_t row_group, int64_t leaf);
/// The schema as a struct type with one child per top-level column.
int32_t carrow_parquet_schema(CArrowParquet *file, struct ArrowSchema *out, CArrowFault *fault);
/// Reads the given leaves, which must belong to one top-level column, checks them fully and gives one array.
int32_t carrow_parquet_read(
    CArrowParquet *file, const int32_t *leaves, int64_t count, struct ArrowSchema *schema, struct ArrowArray *array,
    CArrowFault *fault);
/// The same for one row group only.
int32_t carrow_parquet_read_group(
    CArrowParquet *file, int64_t row_group, const int32_t *leaves, int64_t count, struct ArrowSchema *schema,
    struct ArrowArray *array, CArrowFault *fault);

enum {
  CARROW_CODEC_NONE = 0,
  CARROW_CODEC_SNAPPY = 1,
  CARROW_CODEC_GZIP = 2,
  CARROW_CODEC_ZSTD = 3,
  CARROW_CODEC_LZ4 = 4
};

/// Bytes made by a writer; free with carrow_bytes_free.
typedef struct CArrowBytes {
  const uint8_t *data;
  int64_t size;
  void *owner;
} CArrowBytes;
void carrow_bytes_free(CArrowBytes *bytes);

/// Writes columns of equal length as a Parquet file in memory. `metadata` is the table's own, may be NULL.
int32_t carrow_parquet_write(
    const CArrowColumn *columns, int64_t count, int64_t rows, const char *metadata, int32_t codec,
    int64_t rows_per_group, bool page_version_2, bool lists_of_items, bool dictionaries, CArrowBytes *out,
    CArrowFault *fault);

typedef struct CArrowParquetStream CArrowParquetStream;

/// Opens a Parquet file that is written piece by piece; `columns` give the types and may be empty of rows.
int32_t carrow_parquet_stream_open(
    const char *path, const CArrowColumn *columns, int64_t count, const char *metadata, int32_t codec, bool dictionaries,
    CArrowParquetStream **out, CArrowFault *fault);
/// Adds rows of the same columns as one row group.
int32_t carrow_parquet_stream_append(
    CArrowParquetStream *stream, const CArrowColumn *columns, int64_t count, int64_t rows, CArrowFault *fault);
/// Writes the footer and frees the stream, also when it fails.
int32_t carrow_parquet_stream_close(CArrowParquetStream *stream, CArrowFault *fault);

// Arrow IPC ---------------------------------------------------------------------------------------------------------

typedef struct CArrowTable CArrowTable;

/// Reads an Arrow IPC file or stream whole.
int32_t carrow_ipc_read(const char *path, int64_t memory_limit, CArrowTable **out, CArrowFault *fault);
void carrow_table_free(CArrowTable *table);
int64_t carrow_table_rows(const CArrowTable *table);
/// The schema as a struct type with one child per column.
int32_t carrow_table_schema(CArrowTable *table, struct ArrowSchema *out, CArrowFault *fault);
/// Column `index`, checked fully, as one array.
int32_t carrow_table_column(
    CArrowTable *table, int64_t index, struct ArrowSchema *schema, struct ArrowArray *array, CArrowFault *fault);
/// Writes columns of equal length as an Arrow IPC file in memory.
int32_t carrow_ipc_write(
    const CArrowColumn *columns, int64_t count, int64_t rows, const char *metadata, CArrowBytes *out,
    CArrowFault *fault);

// Numbers in text ---------------------------------------------------------------------------------------------------

/// The number that takes up all of the text, correctly rounded: 1 found, 0 no number, 2 beyond the range of a double.
int32_t carrow_parse_double(const char *first, const char *last, double *out);

/// Numbers separated by commas, blanks or line ends, a comma at the end allowed. Returns how many, at most `capacity`,
/// or -1 with the byte of the first word that is no number (or is beyond the range or the capacity) in `fault`.
int64_t carrow_parse_list(const char *text, int64_t size, double *out, int64_t capacity, int64_t *fault);

#ifdef __cplusplus
}
#endif
