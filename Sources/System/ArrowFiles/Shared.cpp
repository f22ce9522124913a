#include "Shared.hpp"

#include <arrow/array/concatenate.h>
#include <arrow/util/key_value_metadata.h>

#include <cstdio>
#include <cstring>

namespace carrow {

int32_t fail(CArrowFault *fault, int32_t code, const std::string &message) noexcept {
  if (fault) {
    fault->code = code;
    std::snprintf(fault->message, sizeof fault->message, "%s", message.c_str());
  }
  return code;
}

int32_t fail(CArrowFault *fault, const arrow::Status &status) noexcept {
  int32_t code = CARROW_DAMAGED;
  if (status.IsNotImplemented()) code = CARROW_NOT_SUPPORTED;
  if (status.IsOutOfMemory()) code = CARROW_OUT_OF_MEMORY;
  // The format's own faults come as IOError too; only those that carry an errno are the operating system's.
  if (status.IsIOError() && status.detail()) code = CARROW_IO;
  try {
    return fail(fault, code, status.message());
  } catch (...) {
    return fail(fault, code, std::string());
  }
}

arrow::Status BoundedPool::take(int64_t size) {
  if (size < 0 || size > limit_ || used_.fetch_add(size) > limit_ - size) {
    if (size >= 0 && size <= limit_) used_.fetch_sub(size);
    return arrow::Status::OutOfMemory("decoding asks for more than ", limit_, " bytes of memory");
  }
  total_.fetch_add(size);
  count_.fetch_add(1);
  return arrow::Status::OK();
}

arrow::Status BoundedPool::Allocate(int64_t size, int64_t alignment, uint8_t **out) {
  ARROW_RETURN_NOT_OK(take(size));
  arrow::Status status = inner_->Allocate(size, alignment, out);
  if (!status.ok()) used_.fetch_sub(size);
  return status;
}

arrow::Status BoundedPool::Reallocate(int64_t old_size, int64_t new_size, int64_t alignment, uint8_t **ptr) {
  if (new_size > old_size) ARROW_RETURN_NOT_OK(take(new_size - old_size));
  arrow::Status status = inner_->Reallocate(old_size, new_size, alignment, ptr);
  if (!status.ok()) {
    if (new_size > old_size) used_.fetch_sub(new_size - old_size);
  } else if (new_size < old_size) {
    used_.fetch_sub(old_size - new_size);
  }
  return status;
}

void BoundedPool::Free(uint8_t *buffer, int64_t size, int64_t alignment) {
  inner_->Free(buffer, size, alignment);
  used_.fetch_sub(size);
}

std::shared_ptr<BoundedPool> makePool(int64_t limit) {
  return std::shared_ptr<BoundedPool>(new BoundedPool(limit), [](BoundedPool *pool) {
    if (pool->bytes_allocated() == 0) delete pool;
  });
}

namespace {

/// Keeps the pool alive as long as the buffers that came from it.
struct PooledArray {
  ArrowArray inner;
  std::shared_ptr<BoundedPool> pool;
};

void releasePooled(ArrowArray *array) {
  auto *owner = static_cast<PooledArray *>(array->private_data);
  if (owner->inner.release) owner->inner.release(&owner->inner);
  delete owner;
  array->release = nullptr;
}

}  // namespace

arrow::Status exportColumn(
    const std::shared_ptr<arrow::Field> &field, const arrow::ChunkedArray &column,
    const std::shared_ptr<BoundedPool> &pool, ArrowSchema *schema, ArrowArray *array) {
  // Offsets and indices come from the file: check every one before anything reads through them, chunk by chunk,
  // because joining chunks already follows them.
  for (const auto &chunk : column.chunks()) ARROW_RETURN_NOT_OK(chunk->ValidateFull());
  std::shared_ptr<arrow::Array> joined;
  if (column.num_chunks() == 1) {
    joined = column.chunk(0);
  } else if (column.num_chunks() == 0) {
    ARROW_ASSIGN_OR_RAISE(joined, arrow::MakeEmptyArray(column.type(), pool.get()));
  } else {
    ARROW_ASSIGN_OR_RAISE(joined, arrow::Concatenate(column.chunks(), pool.get()));
  }
  auto owner = std::make_unique<PooledArray>();
  owner->pool = pool;
  ARROW_RETURN_NOT_OK(arrow::ExportArray(*joined, &owner->inner));
  arrow::Status status = arrow::ExportField(*field, schema);
  if (!status.ok()) {
    owner->inner.release(&owner->inner);
    return status;
  }
  *array = owner->inner;
  array->private_data = owner.release();
  array->release = releasePooled;
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Table>> importTable(
    const CArrowColumn *columns, int64_t count, int64_t rows, const char *metadata) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (int64_t index = 0; index < count; ++index) {
    ArrowSchema schema{};
    ArrowArray array{};
    if (!carrow::share(&columns[index], &schema, &array, nullptr, nullptr))
      return arrow::Status::OutOfMemory("out of memory");
    auto field = arrow::ImportField(&schema);
    if (!field.ok()) {
      if (array.release) array.release(&array);
      return field.status();
    }
    ARROW_ASSIGN_OR_RAISE(auto imported, arrow::ImportArray(&array, (*field)->type()));
    fields.push_back(*field);
    arrays.push_back(imported);
  }
  std::shared_ptr<const arrow::KeyValueMetadata> pairs;
  if (metadata) {
    // The interface's binary form: a count, then length and bytes of each key and value.
    int32_t number = 0;
    std::memcpy(&number, metadata, 4);
    const char *cursor = metadata + 4;
    auto take = [&cursor] {
      int32_t size = 0;
      std::memcpy(&size, cursor, 4);
      std::string text(cursor + 4, static_cast<size_t>(size));
      cursor += 4 + size;
      return text;
    };
    std::vector<std::string> keys, values;
    for (int32_t index = 0; index < number; ++index) {
      keys.push_back(take());
      values.push_back(take());
    }
    pairs = arrow::key_value_metadata(std::move(keys), std::move(values));
  }
  return arrow::Table::Make(arrow::schema(std::move(fields), pairs), arrays, rows);
}

arrow::Status giveBytes(std::shared_ptr<arrow::Buffer> buffer, CArrowBytes *out) {
  out->data = buffer->data();
  out->size = buffer->size();
  out->owner = new std::shared_ptr<arrow::Buffer>(std::move(buffer));
  return arrow::Status::OK();
}

}  // namespace carrow

void carrow::bytes_free(CArrowBytes *bytes) {
  delete static_cast<std::shared_ptr<arrow::Buffer> *>(bytes->owner);
  *bytes = CArrowBytes{};
}
