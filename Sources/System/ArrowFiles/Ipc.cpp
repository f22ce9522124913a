#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>

#include <cstring>

#include "Shared.hpp"

struct CArrowTable {
  std::shared_ptr<carrow::BoundedPool> pool;
  std::shared_ptr<arrow::Table> table;
};

int32_t carrow::ipc_read(const char *path, int64_t memory_limit, CArrowTable **out, CArrowFault *fault) {
  *out = nullptr;
  return carrow::guarded(fault, [&]() -> arrow::Status {
    auto result = std::make_unique<CArrowTable>();
    result->pool = carrow::makePool(memory_limit);
    // The whole file is read before anything is decoded: from a file the reader would fetch parts on threads of its own,
    // which after a fault could outlive this call and the memory pool.
    std::shared_ptr<arrow::Buffer> bytes;
    {
      ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
      ARROW_ASSIGN_OR_RAISE(int64_t size, file->GetSize());
      ARROW_ASSIGN_OR_RAISE(bytes, file->Read(size));
    }
    auto source = std::make_shared<arrow::io::BufferReader>(bytes);
    ARROW_ASSIGN_OR_RAISE(auto magic, source->ReadAt(0, 6));
    auto options = arrow::ipc::IpcReadOptions::Defaults();
    options.memory_pool = result->pool.get();
    options.use_threads = false;
    // Swift reads through typed pointers.
    options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
    arrow::RecordBatchVector batches;
    std::shared_ptr<arrow::Schema> schema;
    if (magic->size() == 6 && std::memcmp(magic->data(), "ARROW1", 6) == 0) {
      ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(source, options));
      schema = reader->schema();
      for (int index = 0; index < reader->num_record_batches(); ++index) {
        ARROW_ASSIGN_OR_RAISE(auto batch, reader->ReadRecordBatch(index));
        batches.push_back(batch);
      }
    } else {
      ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(source, options));
      schema = reader->schema();
      for (;;) {
        std::shared_ptr<arrow::RecordBatch> batch;
        ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
        if (!batch) break;
        batches.push_back(batch);
      }
    }
    for (const auto &batch : batches) ARROW_RETURN_NOT_OK(batch->ValidateFull());
    ARROW_ASSIGN_OR_RAISE(result->table, arrow::Table::FromRecordBatches(schema, batches));
    *out = result.release();
    return arrow::Status::OK();
  });
}

void carrow::table_free(CArrowTable *table) {
  if (!table) return;
  // The buffers must go before the pool they came from.
  table->table.reset();
  delete table;
}

int64_t carrow::table_rows(const CArrowTable *table) { return table->table->num_rows(); }

int32_t carrow::table_schema(CArrowTable *table, ArrowSchema *out, CArrowFault *fault) {
  return carrow::guarded(
      fault, [&]() -> arrow::Status { return arrow::ExportSchema(*table->table->schema(), out); });
}

int32_t carrow::table_column(
    CArrowTable *table, int64_t index, ArrowSchema *schema, ArrowArray *array, CArrowFault *fault) {
  return carrow::guarded(fault, [&]() -> arrow::Status {
    if (index < 0 || index >= table->table->num_columns()) return arrow::Status::Invalid("no column ", index);
    const int position = static_cast<int>(index);
    return carrow::exportColumn(
        table->table->schema()->field(position), *table->table->column(position), table->pool, schema, array);
  });
}

int32_t carrow::ipc_write(
    const CArrowColumn *columns, int64_t count, int64_t rows, const char *metadata, CArrowBytes *out,
    CArrowFault *fault) {
  *out = CArrowBytes{};
  return carrow::guarded(fault, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto table, carrow::importTable(columns, count, rows, metadata));
    ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
    auto options = arrow::ipc::IpcWriteOptions::Defaults();
    options.use_threads = false;
    ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeFileWriter(sink, table->schema(), options));
    ARROW_RETURN_NOT_OK(writer->WriteTable(*table));
    ARROW_RETURN_NOT_OK(writer->Close());
    ARROW_ASSIGN_OR_RAISE(auto buffer, sink->Finish());
    return carrow::giveBytes(std::move(buffer), out);
  });
}
