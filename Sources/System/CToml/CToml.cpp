#include "CToml.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

struct CTomlDocument {
  std::vector<CTomlNode> nodes;
  // A deque, so that texts stay where they are while more are added.
  std::deque<std::string> texts;

  const std::string &keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

namespace {

// toml++ refuses to nest deeper than 256 values, which bounds this recursion.
void add(CTomlDocument &document, const toml::node &node, const toml::key *name) {
  CTomlNode result{};
  const std::string &key = document.keep(name ? std::string(name->str()) : std::string());
  result.key = key.data();
  result.keyLength = key.size();
  result.keyLine = name ? name->source().begin.line : 0;
  result.keyColumn = name ? name->source().begin.column : 0;
  result.line = node.source().begin.line;
  result.column = node.source().begin.column;
  if (const toml::table *table = node.as_table()) {
    result.kind = CTomlTableBegin;
    document.nodes.push_back(result);
    for (const auto &[childName, child] : *table) add(document, child, &childName);
    result.kind = CTomlTableEnd;
  } else if (const toml::array *array = node.as_array()) {
    result.kind = CTomlArrayBegin;
    document.nodes.push_back(result);
    for (const toml::node &child : *array) add(document, child, nullptr);
    result.kind = CTomlArrayEnd;
  } else if (const auto *string = node.as_string()) {
    const std::string &text = document.keep(string->get());
    result.kind = CTomlString;
    result.text = text.data();
    result.textLength = text.size();
  } else if (const auto *integer = node.as_integer()) {
    result.kind = CTomlInteger;
    result.integer = integer->get();
  } else if (const auto *number = node.as_floating_point()) {
    result.kind = CTomlFloat;
    result.number = number->get();
  } else if (const auto *boolean = node.as_boolean()) {
    result.kind = CTomlBoolean;
    result.integer = boolean->get() ? 1 : 0;
  } else {
    std::ostringstream stream;
    if (const auto *date = node.as_date()) stream << date->get();
    if (const auto *time = node.as_time()) stream << time->get();
    if (const auto *moment = node.as_date_time()) stream << moment->get();
    const std::string &text = document.keep(stream.str());
    result.kind = CTomlDateTime;
    result.text = text.data();
    result.textLength = text.size();
  }
  document.nodes.push_back(result);
}

void fill(CTomlFault &fault, std::string_view message, uint32_t line, uint32_t column) {
  size_t length = std::min(message.size(), sizeof(fault.message) - 1);
  // A message that is cut is cut between characters: bytes 10xxxxxx continue one.
  while (length < message.size() && length > 0 && (static_cast<unsigned char>(message[length]) & 0xC0) == 0x80) --length;
  std::memcpy(fault.message, message.data(), length);
  fault.message[length] = 0;
  fault.line = line;
  fault.column = column;
}

}  // namespace

CTomlDocument *ctoml_parse(const char *text, size_t length, CTomlFault *fault) {
  try {
    const toml::table table = toml::parse(std::string_view(text, length));
    auto document = std::make_unique<CTomlDocument>();
    add(*document, table, nullptr);
    return document.release();
  } catch (const toml::parse_error &error) {
    fill(*fault, error.description(), error.source().begin.line, error.source().begin.column);
  } catch (const std::exception &error) {
    fill(*fault, error.what(), 0, 0);
  } catch (...) {
    fill(*fault, "unknown fault", 0, 0);
  }
  return nullptr;
}

void ctoml_free(CTomlDocument *document) { delete document; }

size_t ctoml_count(const CTomlDocument *document) { return document->nodes.size(); }

CTomlNode ctoml_node(const CTomlDocument *document, size_t position) {
  return document->nodes[std::min(position, document->nodes.size() - 1)];
}
