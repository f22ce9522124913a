// Numbers out of text without regard to the locale, rounded correctly: the standard library's from_chars.
#include <charconv>

#include "CArrow.h"

extern "C" int32_t carrow_parse_double(const char *first, const char *last, double *out) {
  if (first != last && *first == '+') {
    ++first;
    // from_chars would take the second sign of "+-1".
    if (first != last && *first == '-') return 0;
  }
  const auto result = std::from_chars(first, last, *out);
  if (result.ptr != last || first == last) return 0;
  if (result.ec == std::errc::result_out_of_range) return 2;
  return result.ec == std::errc() ? 1 : 0;
}

extern "C" int64_t carrow_parse_list(
    const char *text, int64_t size, double *out, int64_t capacity, int64_t *fault) {
  const char *cursor = text, *end = text + size;
  auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  int64_t count = 0;
  for (;;) {
    while (cursor != end && blank(*cursor)) ++cursor;
    if (cursor == end) return count;
    const char *word = cursor;
    while (cursor != end && *cursor != ',' && !blank(*cursor)) ++cursor;
    if (count == capacity || carrow_parse_double(word, cursor, out + count) != 1) {
      *fault = word - text;
      return -1;
    }
    ++count;
    // One separator: a comma with blanks around it, or blanks alone.
    while (cursor != end && blank(*cursor)) ++cursor;
    if (cursor != end && *cursor == ',') ++cursor;
  }
}
