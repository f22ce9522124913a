// What the files of this target share: guarded calls, the bounded memory pool, import of borrowed columns.
#pragma once
#include <arrow/api.h>
#include <arrow/c/bridge.h>

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "../CArrow/Calls.hpp"

namespace carrow {

// The functions of CArrow.h under names of their own, so that those of the program cannot stand in for them.
#define CARROW_DECLARE(name) decltype(carrow_##name) name;
CARROW_CALLS(CARROW_DECLARE)
#undef CARROW_DECLARE

/// The program's `carrow_share`.
extern decltype(&carrow_share) share;

int32_t fail(CArrowFault *fault, int32_t code, const std::string &message) noexcept;
int32_t fail(CArrowFault *fault, const arrow::Status &status) noexcept;

/// Runs `body`, which returns an arrow::Status, and turns whatever leaves it into a code and a message.
template <typename Body>
int32_t guarded(CArrowFault *fault, Body &&body) noexcept {
  try {
    arrow::Status status = body();
    return status.ok() ? CARROW_OK : fail(fault, status);
  } catch (const std::bad_alloc &) {
    return fail(fault, CARROW_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &error) {
    return fail(fault, CARROW_DAMAGED, error.what());
  } catch (...) {
    return fail(fault, CARROW_INTERNAL, "unknown C++ exception");
  }
}

/// A pool that refuses to go beyond a limit. Arrow's own CappedMemoryPool counts the whole process, so that files
/// read side by side would spoil each other; this one counts what was allocated through it.
class BoundedPool final : public arrow::MemoryPool {
 public:
  explicit BoundedPool(int64_t limit) : inner_(arrow::default_memory_pool()), limit_(limit) {}
  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t **out) override;
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment, uint8_t **ptr) override;
  void Free(uint8_t *buffer, int64_t size, int64_t alignment) override;
  int64_t bytes_allocated() const override { return used_.load(); }
  int64_t max_memory() const override { return -1; }
  int64_t total_bytes_allocated() const override { return total_.load(); }
  int64_t num_allocations() const override { return count_.load(); }
  std::string backend_name() const override { return inner_->backend_name(); }

 private:
  arrow::Status take(int64_t size);
  arrow::MemoryPool *inner_;
  const int64_t limit_;
  std::atomic<int64_t> used_{0}, total_{0}, count_{0};
};

/// A pool that outlives every buffer from it: should one still be out when the last owner goes, the pool stays.
std::shared_ptr<BoundedPool> makePool(int64_t limit);

/// Joins the chunks of a column, checks it fully and exports it; the array keeps `pool` alive.
arrow::Status exportColumn(
    const std::shared_ptr<arrow::Field> &field, const arrow::ChunkedArray &column,
    const std::shared_ptr<BoundedPool> &pool, ArrowSchema *schema, ArrowArray *array);

/// Columns borrowed for the time of a call, as a table.
arrow::Result<std::shared_ptr<arrow::Table>> importTable(
    const CArrowColumn *columns, int64_t count, int64_t rows, const char *metadata);

/// Hands a buffer to C.
arrow::Status giveBytes(std::shared_ptr<arrow::Buffer> buffer, CArrowBytes *out);

}  // namespace carrow
