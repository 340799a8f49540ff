#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// JSON documents read by simdjson, and floats written as JSON numbers.
///
/// Nothing here throws, and nothing reads beyond what it is given. A document is checked whole
/// before anything of it is seen: UTF-8, grammar, depth, and that every number is finite.
#ifdef __cplusplus
extern "C" {
#endif

#define DIGITS_ENUM __attribute__((enum_extensibility(closed)))

/// A document that has been read; it owns a copy of its strings and numbers.
typedef struct digits_json_document digits_json_document;

/// A value of a document, good for as long as the document.
typedef struct {
  uint64_t words[2];
} digits_json_value;

/// UTF-8 in a document, which may hold NUL.
typedef struct {
  const char *bytes;
  size_t byte_count;
} digits_json_text;

typedef enum DIGITS_ENUM {
  digits_json_kind_null,
  digits_json_kind_bool,
  digits_json_kind_number,
  digits_json_kind_string,
  digits_json_kind_array,
  digits_json_kind_object,
} digits_json_kind;

/// Why bytes are no document.
typedef enum DIGITS_ENUM {
  digits_json_problem_none,
  digits_json_problem_empty,
  digits_json_problem_structure,
  digits_json_problem_depth,
  digits_json_problem_string,
  digits_json_problem_number,
  digits_json_problem_literal,
  digits_json_problem_encoding,
  digits_json_problem_memory,
} digits_json_problem;

/// Reads a document; memory for it is about 14 times its bytes. NULL and a problem where they are
/// none. To be given back by `digits_json_free`.
digits_json_document *digits_json_parse(const void *bytes, size_t byte_count, size_t depth_max,
                                        digits_json_problem *problem);
void digits_json_free(digits_json_document *document);

digits_json_value digits_json_root(const digits_json_document *document);
digits_json_kind digits_json_kind_of(digits_json_value value);

/// How many members of an object have this key: more than one is a duplicate. The first of them is
/// written to `member`.
size_t digits_json_find(digits_json_value object, digits_json_text key, digits_json_value *member);
/// Writes the first keys of an object. Returns how many it has in all.
size_t digits_json_keys(digits_json_value object, digits_json_text *keys, size_t capacity);
/// Writes the first elements of an array. Returns how many it has in all.
size_t digits_json_elements(digits_json_value array, digits_json_value *elements, size_t capacity);

/// The text of a string; empty for other kinds.
digits_json_text digits_json_string(digits_json_value string);
/// Whether the value is a number that was written without a fraction and fits.
bool digits_json_integer(digits_json_value number, int64_t *integer);
/// Not a number for other kinds.
double digits_json_number(digits_json_value number);
bool digits_json_bool(digits_json_value value);

#define DIGITS_JSON_RANK_MAX 5

/// The sizes of nested arrays, outermost first.
typedef struct {
  size_t rank;
  size_t sizes[DIGITS_JSON_RANK_MAX];
} digits_json_shape;

/// The shape that a value has along its first elements: rank 0 for what is no array. Whether the
/// others agree is seen when the numbers are read.
digits_json_shape digits_json_shape_of(digits_json_value value);

/// What is wrong with nested arrays of numbers.
typedef enum DIGITS_ENUM {
  digits_json_fault_none,
  /// An array of another length: `expected`, `got`.
  digits_json_fault_length,
  /// Something else where an array should be: `kind`.
  digits_json_fault_not_an_array,
  /// Something else where a number should be: `kind`.
  digits_json_fault_not_a_number,
  /// A number outside the range: `number`.
  digits_json_fault_range,
  /// A number with a fraction where whole ones are needed: `number`.
  digits_json_fault_fraction,
} digits_json_fault_kind;

typedef struct {
  digits_json_fault_kind fault;
  /// How many numbers came before.
  size_t index;
  size_t expected, got;
  digits_json_kind kind;
  double number;
} digits_json_fault;

/// Reads the numbers of nested arrays of this shape in order, each a whole number from 0 to 255,
/// into as many bytes as the product of the sizes.
digits_json_fault digits_json_read_bytes(digits_json_value value, digits_json_shape shape,
                                         uint8_t *bytes);
/// The same for numbers from 0 to 1, as floats.
digits_json_fault digits_json_read_floats(digits_json_value value, digits_json_shape shape,
                                          float *floats);

/// What stands in an object of scalars and lists of scalars, in order.
typedef enum DIGITS_ENUM {
  digits_json_token_key,
  digits_json_token_string,
  /// A number, true or false, as it is written.
  digits_json_token_literal,
  digits_json_token_list,
  /// Of a list.
  digits_json_token_end,
  /// A null, an object, or a list in a list, which is passed over.
  digits_json_token_other,
} digits_json_token_kind;

typedef struct {
  digits_json_token_kind kind;
  /// Of its first byte; 0 for the end of a list.
  size_t offset;
  /// Of a key or a string with its escapes read, of a literal as it is.
  digits_json_text text;
} digits_json_token;

typedef void (*digits_json_visitor)(void *context, const digits_json_token *token);

/// Shows an object token by token, with their places. The first thing that is no JSON ends it:
/// `offset` is its place then, `byte_count` where that is unknown, and what comes before it has been
/// shown. Texts are good for as long as the visit.
digits_json_problem digits_json_scan(const void *bytes, size_t byte_count,
                                     digits_json_visitor visit, void *context, size_t *offset);

#define DIGITS_JSON_FLOAT_BYTE_COUNT_MAX 16

/// Writes numbers with commas between them, each in the shortest form that reads back as the same
/// float; `null` for what is not finite. Returns how many bytes it wrote, at most
/// `DIGITS_JSON_FLOAT_BYTE_COUNT_MAX` a number.
size_t digits_json_write_floats(const float *floats, size_t count, char *text);

#ifdef __cplusplus
}
#endif
