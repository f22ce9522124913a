#pragma once
#include <stddef.h>
#include <stdint.h>

/// A small C face of toml++: one text in, a flat list of nodes out. No exception leaves it.

#ifdef __cplusplus
extern "C" {
#endif

/// What a node is.
typedef enum CTomlKind {
  CTomlTableBegin = 0,
  CTomlTableEnd,
  CTomlArrayBegin,
  CTomlArrayEnd,
  CTomlString,
  CTomlInteger,
  CTomlFloat,
  CTomlBoolean,
  CTomlDateTime
} CTomlKind;

/// A node in depth-first order. Texts are UTF-8, not ended by a zero, and live as long as the document.
typedef struct CTomlNode {
  CTomlKind kind;
  /// Name in the enclosing table; empty inside arrays and for the root.
  const char *_Nullable key;
  size_t keyLength;
  /// Position of the name, from 1; 0 where there is none.
  uint32_t keyLine;
  uint32_t keyColumn;
  /// The text of strings, dates and times.
  const char *_Nullable text;
  size_t textLength;
  int64_t integer;
  double number;
  /// Position of the value, from 1; 0 where there is none.
  uint32_t line;
  uint32_t column;
} CTomlNode;

/// Why a text is not TOML.
typedef struct CTomlFault {
  char message[256];
  uint32_t line;
  uint32_t column;
} CTomlFault;

typedef struct CTomlDocument CTomlDocument;

/// Reads a text. Returns null and fills `fault` when it is not TOML; never throws.
CTomlDocument *_Nullable ctoml_parse(const char *_Nonnull text, size_t length, CTomlFault *_Nonnull fault);

/// Frees a document.
void ctoml_free(CTomlDocument *_Nullable document);

/// Number of nodes.
size_t ctoml_count(const CTomlDocument *_Nonnull document);

/// The node at a position below the count; the last node for larger ones.
CTomlNode ctoml_node(const CTomlDocument *_Nonnull document, size_t position);

#ifdef __cplusplus
}
#endif
