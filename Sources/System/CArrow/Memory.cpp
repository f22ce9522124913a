// Arrays and schemas made on this side of the C data interface, and second handles on existing ones.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "CArrow.h"

namespace {

constexpr size_t alignment = 64;

void releaseChild(ArrowArray *array) {
  if (array->release) array->release(array);
  delete array;
}

void releaseChild(ArrowSchema *schema) {
  if (schema->release) schema->release(schema);
  delete schema;
}

/// What belongs to an array of ours besides its children.
struct ArrayParts {
  std::vector<const void *> buffers;
  std::vector<void *> owned;
  std::vector<ArrowArray *> children;
  ArrowArray *dictionary = nullptr;
  void *token = nullptr;
  void (*drop)(void *) = nullptr;
};

void releaseArray(ArrowArray *array) {
  auto *parts = static_cast<ArrayParts *>(array->private_data);
  for (ArrowArray *child : parts->children) releaseChild(child);
  if (parts->dictionary) releaseChild(parts->dictionary);
  for (void *buffer : parts->owned) std::free(buffer);
  if (parts->drop) parts->drop(parts->token);
  delete parts;
  array->release = nullptr;
}

struct SchemaParts {
  std::string format, name, metadata;
  std::vector<ArrowSchema *> children;
  ArrowSchema *dictionary = nullptr;
};

void releaseSchema(ArrowSchema *schema) {
  auto *parts = static_cast<SchemaParts *>(schema->private_data);
  for (ArrowSchema *child : parts->children) releaseChild(child);
  if (parts->dictionary) releaseChild(parts->dictionary);
  delete parts;
  schema->release = nullptr;
}

/// Bytes of a metadata block in the interface's binary form.
int64_t metadataSize(const char *metadata) {
  if (!metadata) return 0;
  int32_t count = 0;
  std::memcpy(&count, metadata, 4);
  int64_t position = 4;
  for (int64_t index = 0; index < 2 * static_cast<int64_t>(count); ++index) {
    int32_t size = 0;
    std::memcpy(&size, metadata + position, 4);
    position += 4 + size;
  }
  return position;
}

void finish(ArrowArray *out, ArrayParts *parts) {
  out->n_buffers = static_cast<int64_t>(parts->buffers.size());
  out->buffers = parts->buffers.data();
  out->n_children = static_cast<int64_t>(parts->children.size());
  out->children = parts->children.data();
  out->dictionary = parts->dictionary;
  out->release = releaseArray;
  out->private_data = parts;
}

void copyArray(const ArrowArray &from, ArrowArray *out) {
  auto *parts = new ArrayParts;
  *out = ArrowArray{};
  out->length = from.length;
  out->null_count = from.null_count;
  out->offset = from.offset;
  finish(out, parts);
  parts->buffers.assign(from.buffers, from.buffers + from.n_buffers);
  for (int64_t index = 0; index < from.n_children; ++index) {
    parts->children.push_back(new ArrowArray{});
    copyArray(*from.children[index], parts->children.back());
  }
  if (from.dictionary) {
    parts->dictionary = new ArrowArray{};
    copyArray(*from.dictionary, parts->dictionary);
  }
  finish(out, parts);
}

void copySchema(const ArrowSchema &from, ArrowSchema *out) {
  auto *parts = new SchemaParts;
  *out = ArrowSchema{};
  out->release = releaseSchema;
  out->private_data = parts;
  parts->format = from.format;
  parts->name = from.name ? from.name : "";
  if (from.metadata) parts->metadata.assign(from.metadata, static_cast<size_t>(metadataSize(from.metadata)));
  for (int64_t index = 0; index < from.n_children; ++index) {
    parts->children.push_back(new ArrowSchema{});
    copySchema(*from.children[index], parts->children.back());
  }
  if (from.dictionary) {
    parts->dictionary = new ArrowSchema{};
    copySchema(*from.dictionary, parts->dictionary);
  }
  out->format = parts->format.c_str();
  out->name = parts->name.c_str();
  out->metadata = parts->metadata.empty() ? nullptr : parts->metadata.data();
  out->flags = from.flags;
  out->n_children = static_cast<int64_t>(parts->children.size());
  out->children = parts->children.data();
  out->dictionary = parts->dictionary;
}

}  // namespace

extern "C" bool carrow_array_make(
    ArrowArray *out, int64_t length, int64_t nulls, int64_t buffers, const int64_t *sizes, int64_t children) {
  ArrayParts *parts = nullptr;
  try {
    *out = ArrowArray{};
    out->length = length;
    out->null_count = nulls;
    parts = new ArrayParts;
    finish(out, parts);
    for (int64_t index = 0; index < buffers; ++index) {
      void *buffer = nullptr;
      if (sizes[index] >= 0) {
        const size_t size = (std::max<size_t>(static_cast<size_t>(sizes[index]), 1) + alignment - 1) / alignment * alignment;
        buffer = std::aligned_alloc(alignment, size);
        if (!buffer) throw std::bad_alloc();
        parts->owned.push_back(buffer);
        std::memset(buffer, 0, size);
      }
      parts->buffers.push_back(buffer);
    }
    for (int64_t index = 0; index < children; ++index) parts->children.push_back(new ArrowArray{});
    finish(out, parts);
    return true;
  } catch (...) {
    if (out->release) out->release(out);
    return false;
  }
}

extern "C" bool carrow_schema_make(
    ArrowSchema *out, const char *format, const char *name, const char *metadata, int64_t metadata_size, int64_t flags,
    int64_t children) {
  try {
    *out = ArrowSchema{};
    auto *parts = new SchemaParts;
    out->release = releaseSchema;
    out->private_data = parts;
    parts->format = format;
    parts->name = name;
    if (metadata) parts->metadata.assign(metadata, static_cast<size_t>(metadata_size));
    for (int64_t index = 0; index < children; ++index) parts->children.push_back(new ArrowSchema{});
    out->format = parts->format.c_str();
    out->name = parts->name.c_str();
    out->metadata = parts->metadata.empty() ? nullptr : parts->metadata.data();
    out->flags = flags;
    out->n_children = children;
    out->children = parts->children.data();
    return true;
  } catch (...) {
    if (out->release) out->release(out);
    return false;
  }
}

extern "C" bool carrow_share(
    const CArrowColumn *column, ArrowSchema *schema, ArrowArray *array, void *token, void (*drop)(void *)) {
  *schema = ArrowSchema{};
  *array = ArrowArray{};
  try {
    copySchema(*column->schema, schema);
    auto *names = static_cast<SchemaParts *>(schema->private_data);
    names->name = column->name;
    names->metadata.clear();
    if (column->metadata)
      names->metadata.assign(column->metadata, static_cast<size_t>(metadataSize(column->metadata)));
    schema->name = names->name.c_str();
    schema->metadata = names->metadata.empty() ? nullptr : names->metadata.data();
    schema->flags = (schema->flags & ~static_cast<int64_t>(ARROW_FLAG_NULLABLE)) |
                    (column->nullable ? ARROW_FLAG_NULLABLE : 0);
    copyArray(*column->array, array);
    auto *parts = static_cast<ArrayParts *>(array->private_data);
    array->offset = column->offset;
    array->length = column->length;
    array->null_count = -1;
    if (column->validity && !parts->buffers.empty()) parts->buffers[0] = column->validity;
    if (parts->buffers.empty() || !parts->buffers[0]) array->null_count = 0;
    if (std::strcmp(schema->format, "n") == 0) array->null_count = array->length;
    parts->token = token;
    parts->drop = drop;
    return true;
  } catch (...) {
    if (schema->release) schema->release(schema);
    if (array->release) array->release(array);
    return false;
  }
}
