#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <mutex>

#include "Shared.hpp"

struct CArrowParquet {
  std::shared_ptr<carrow::BoundedPool> pool;
  std::unique_ptr<parquet::arrow::FileReader> reader;
  // The footer, held apart so that asking for facts needs no lock.
  std::shared_ptr<parquet::FileMetaData> facts;
  std::string creator;
  std::mutex lock;
};

int32_t carrow::parquet_open(const char *path, int64_t memory_limit, CArrowParquet **out, CArrowFault *fault) {
  *out = nullptr;
  return carrow::guarded(fault, [&]() -> arrow::Status {
    auto file = std::make_unique<CArrowParquet>();
    file->pool = carrow::makePool(memory_limit);
    ARROW_ASSIGN_OR_RAISE(auto source, arrow::io::ReadableFile::Open(path, file->pool.get()));
    ARROW_ASSIGN_OR_RAISE(int64_t size, source->GetSize());
    parquet::ReaderProperties properties(file->pool.get());
    properties.set_page_checksum_verification(true);
    // A string or a list of the footer cannot be longer than the file that holds it.
    const int32_t bound = static_cast<int32_t>(std::clamp<int64_t>(size, 1024, 100'000'000));
    properties.set_thrift_string_size_limit(bound);
    properties.set_thrift_container_size_limit(std::min(bound, parquet::kDefaultThriftContainerSizeLimit));
    parquet::ArrowReaderProperties options(false);
    // Reading ahead would start a pool of threads, and files lie on local disks.
    options.set_pre_buffer(false);
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(source, properties));
    builder.memory_pool(file->pool.get());
    builder.properties(options);
    ARROW_ASSIGN_OR_RAISE(file->reader, builder.Build());
    file->facts = file->reader->parquet_reader()->metadata();
    file->creator = file->facts->created_by();
    int64_t rows = 0;
    for (int group = 0; group < file->facts->num_row_groups(); ++group) {
      const int64_t part = file->facts->RowGroup(group)->num_rows();
      if (part < 0 || part > INT64_MAX - rows) return arrow::Status::Invalid("row group ", group, " has ", part, " rows");
      rows += part;
    }
    if (rows != file->facts->num_rows())
      return arrow::Status::Invalid(
          "the footer counts ", file->facts->num_rows(), " rows, its row groups ", rows);
    *out = file.release();
    return arrow::Status::OK();
  });
}

void carrow::parquet_close(CArrowParquet *file) { delete file; }

int64_t carrow::parquet_rows(const CArrowParquet *file) { return file->facts->num_rows(); }

int64_t carrow::parquet_row_groups(const CArrowParquet *file) { return file->facts->num_row_groups(); }

int64_t carrow::parquet_leaves(const CArrowParquet *file) { return file->facts->num_columns(); }

const char *carrow::parquet_created_by(const CArrowParquet *file) { return file->creator.c_str(); }

int64_t carrow::parquet_leaf_offset(const CArrowParquet *file, int64_t row_group, int64_t leaf) {
  try {
    if (row_group < 0 || row_group >= file->facts->num_row_groups() || leaf < 0 || leaf >= file->facts->num_columns())
      return -1;
    auto chunk = file->facts->RowGroup(static_cast<int>(row_group))->ColumnChunk(static_cast<int>(leaf));
    const int64_t data = chunk->data_page_offset();
    return chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0
               ? std::min(data, chunk->dictionary_page_offset())
               : data;
  } catch (...) {
    return -1;
  }
}

int32_t carrow::parquet_schema(CArrowParquet *file, ArrowSchema *out, CArrowFault *fault) {
  return carrow::guarded(fault, [&]() -> arrow::Status {
    std::lock_guard<std::mutex> hold(file->lock);
    std::shared_ptr<arrow::Schema> schema;
    ARROW_RETURN_NOT_OK(file->reader->GetSchema(&schema));
    return arrow::ExportSchema(*schema, out);
  });
}

int32_t carrow::parquet_read(
    CArrowParquet *file, const int32_t *leaves, int64_t count, ArrowSchema *schema, ArrowArray *array,
    CArrowFault *fault) {
  return carrow::guarded(fault, [&]() -> arrow::Status {
    std::lock_guard<std::mutex> hold(file->lock);
    std::vector<int> indices(leaves, leaves + count);
    for (int leaf : indices)
      if (leaf < 0 || leaf >= file->facts->num_columns()) return arrow::Status::Invalid("no physical column ", leaf);
    ARROW_ASSIGN_OR_RAISE(auto table, file->reader->ReadTable(indices));
    if (table->num_columns() != 1)
      return arrow::Status::Invalid("expected one column, found ", table->num_columns());
    if (table->column(0)->length() != file->facts->num_rows())
      return arrow::Status::Invalid(
          "holds ", table->column(0)->length(), " rows where the footer counts ", file->facts->num_rows());
    return carrow::exportColumn(table->schema()->field(0), *table->column(0), file->pool, schema, array);
  });
}

int32_t carrow::parquet_read_group(
    CArrowParquet *file, int64_t row_group, const int32_t *leaves, int64_t count, ArrowSchema *schema,
    ArrowArray *array, CArrowFault *fault) {
  return carrow::guarded(fault, [&]() -> arrow::Status {
    std::lock_guard<std::mutex> hold(file->lock);
    if (row_group < 0 || row_group >= file->facts->num_row_groups())
      return arrow::Status::Invalid("no row group ", row_group);
    std::vector<int> indices(leaves, leaves + count);
    for (int leaf : indices)
      if (leaf < 0 || leaf >= file->facts->num_columns()) return arrow::Status::Invalid("no physical column ", leaf);
    ARROW_ASSIGN_OR_RAISE(auto table, file->reader->ReadRowGroup(static_cast<int>(row_group), indices));
    if (table->num_columns() != 1)
      return arrow::Status::Invalid("expected one column, found ", table->num_columns());
    const int64_t rows = file->facts->RowGroup(static_cast<int>(row_group))->num_rows();
    if (table->column(0)->length() != rows)
      return arrow::Status::Invalid("holds ", table->column(0)->length(), " rows where the footer counts ", rows);
    return carrow::exportColumn(table->schema()->field(0), *table->column(0), file->pool, schema, array);
  });
}

namespace {

/// Fixed in every detail, so that equal tables give equal bytes; checksums, so that damage shows.
std::shared_ptr<parquet::WriterProperties> writerProperties(int32_t codec, bool page_version_2, bool dictionaries) {
  parquet::WriterProperties::Builder properties;
  arrow::Compression::type kind = arrow::Compression::UNCOMPRESSED;
  switch (codec) {
    case CARROW_CODEC_SNAPPY: kind = arrow::Compression::SNAPPY; break;
    case CARROW_CODEC_GZIP: kind = arrow::Compression::GZIP; break;
    case CARROW_CODEC_ZSTD: kind = arrow::Compression::ZSTD; break;
    case CARROW_CODEC_LZ4: kind = arrow::Compression::LZ4; break;
    default: break;
  }
  properties.created_by("cavern")->compression(kind)->enable_page_checksum();
  properties.version(parquet::ParquetVersion::PARQUET_2_6);
  properties.data_page_version(page_version_2 ? parquet::ParquetDataPageVersion::V2 : parquet::ParquetDataPageVersion::V1);
  if (!dictionaries) properties.disable_dictionary();
  return properties.build();
}

/// The name below a list: "element" as the format asks for, or "item" as older writers had it.
std::shared_ptr<parquet::ArrowWriterProperties> arrowProperties(bool lists_of_items) {
  parquet::ArrowWriterProperties::Builder options;
  options.store_schema()->set_use_threads(false);
  if (lists_of_items) options.disable_compliant_nested_types();
  else options.enable_compliant_nested_types();
  return options.build();
}

}  // namespace

int32_t carrow::parquet_write(
    const CArrowColumn *columns, int64_t count, int64_t rows, const char *metadata, int32_t codec,
    int64_t rows_per_group, bool page_version_2, bool lists_of_items, bool dictionaries, CArrowBytes *out,
    CArrowFault *fault) {
  *out = CArrowBytes{};
  return carrow::guarded(fault, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto table, carrow::importTable(columns, count, rows, metadata));
    ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
    ARROW_RETURN_NOT_OK(parquet::arrow::WriteTable(
        *table, arrow::default_memory_pool(), sink, std::max<int64_t>(rows_per_group, 1),
        writerProperties(codec, page_version_2, dictionaries), arrowProperties(lists_of_items)));
    ARROW_ASSIGN_OR_RAISE(auto buffer, sink->Finish());
    return carrow::giveBytes(std::move(buffer), out);
  });
}

struct CArrowParquetStream {
  std::shared_ptr<arrow::io::FileOutputStream> sink;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
};

int32_t carrow::parquet_stream_open(
    const char *path, const CArrowColumn *columns, int64_t count, const char *metadata, int32_t codec,
    bool dictionaries, CArrowParquetStream **out, CArrowFault *fault) {
  *out = nullptr;
  return carrow::guarded(fault, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto table, carrow::importTable(columns, count, 0, metadata));
    auto stream = std::make_unique<CArrowParquetStream>();
    ARROW_ASSIGN_OR_RAISE(stream->sink, arrow::io::FileOutputStream::Open(path));
    ARROW_ASSIGN_OR_RAISE(
        stream->writer,
        parquet::arrow::FileWriter::Open(
            *table->schema(), arrow::default_memory_pool(), stream->sink, writerProperties(codec, false, dictionaries),
            arrowProperties(false)));
    *out = stream.release();
    return arrow::Status::OK();
  });
}

int32_t carrow::parquet_stream_append(
    CArrowParquetStream *stream, const CArrowColumn *columns, int64_t count, int64_t rows, CArrowFault *fault) {
  return carrow::guarded(fault, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto table, carrow::importTable(columns, count, rows, nullptr));
    return stream->writer->WriteTable(*table, std::max<int64_t>(rows, 1));
  });
}

int32_t carrow::parquet_stream_close(CArrowParquetStream *stream, CArrowFault *fault) {
  const int32_t code = carrow::guarded(fault, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(stream->writer->Close());
    return stream->sink->Close();
  });
  delete stream;
  return code;
}
