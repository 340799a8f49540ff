#include "CJSON.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <string_view>

#include "Problem.h"

namespace dom = simdjson::dom;

struct digits_json_document {
  dom::document document;
};

namespace {

// A value of simdjson is a pointer to its document and an index into it.
static_assert(sizeof(dom::element) == sizeof(digits_json_value));
static_assert(std::is_trivially_copyable_v<dom::element>);

dom::element element_of(digits_json_value value) {
  dom::element element;
  std::memcpy(static_cast<void *>(&element), &value, sizeof element);
  return element;
}

digits_json_value value_of(dom::element element) {
  digits_json_value value;
  std::memcpy(&value, &element, sizeof value);
  return value;
}

digits_json_kind kind_of(dom::element element) {
  switch (element.type()) {
    case dom::element_type::NULL_VALUE: return digits_json_kind_null;
    case dom::element_type::BOOL: return digits_json_kind_bool;
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE: return digits_json_kind_number;
    case dom::element_type::STRING: return digits_json_kind_string;
    case dom::element_type::ARRAY: return digits_json_kind_array;
    case dom::element_type::OBJECT: return digits_json_kind_object;
  }
  return digits_json_kind_null;
}

double number_of(dom::element element) {
  double number;
  return element.get_double().get(number) ? std::numeric_limits<double>::quiet_NaN() : number;
}

/// What a number of an image becomes.
struct Byte {
  using Type = uint8_t;
  static constexpr double most = 255;
  static constexpr bool is_whole = true;
};

struct Ink {
  using Type = float;
  static constexpr double most = 1;
  static constexpr bool is_whole = false;
};

/// Goes through nested arrays, checks each and writes their numbers one after another.
template <typename Pixel>
struct NumberReader {
  digits_json_shape shape;
  typename Pixel::Type *numbers;
  digits_json_fault result = {};

  bool read(dom::element element, size_t depth) {
    dom::array array;
    if (depth == shape.rank) return number(element);
    if (element.get_array().get(array)) return fail(digits_json_fault_not_an_array, element);
    size_t count = 0;
    for (dom::element inner : array) {
      if (count++ == shape.sizes[depth]) break;
      if (!read(inner, depth + 1)) return false;
    }
    return count == shape.sizes[depth] || wrong_length(array, depth);
  }

  bool number(dom::element element) {
    double number;
    if (element.get_double().get(number)) return fail(digits_json_fault_not_a_number, element);
    // Comparisons in this form refuse what is not a number, too.
    if (!(number >= 0 && number <= Pixel::most)) return fail(digits_json_fault_range, element);
    auto converted = static_cast<typename Pixel::Type>(number);
    if (Pixel::is_whole && converted != number) return fail(digits_json_fault_fraction, element);
    numbers[result.index++] = converted;
    return true;
  }

  bool wrong_length(dom::array array, size_t depth) {
    result.fault = digits_json_fault_length;
    result.expected = shape.sizes[depth];
    for ([[maybe_unused]] dom::element element : array) result.got++;
    return false;
  }

  bool fail(digits_json_fault_kind fault, dom::element element) {
    result.fault = fault;
    result.kind = kind_of(element);
    result.number = number_of(element);
    return false;
  }
};

template <typename Pixel>
digits_json_fault read_numbers(digits_json_value value, digits_json_shape shape,
                               typename Pixel::Type *numbers) {
  NumberReader<Pixel> reader{shape, numbers};
  reader.read(element_of(value), 0);
  return reader.result;
}

}  // namespace

digits_json_document *digits_json_parse(const void *bytes, size_t byte_count, size_t depth_max,
                                        digits_json_problem *problem) {
  *problem = digits_json_problem_memory;
  auto *document = new (std::nothrow) digits_json_document;
  if (!document) return nullptr;
  dom::parser parser;
  auto error = parser.allocate(byte_count, depth_max);
  if (!error) {
    // simdjson reads beyond the end of what it is given, so it is told to make a copy.
    const bool copies = true;
    error = parser
                .parse_into_document(document->document, static_cast<const uint8_t *>(bytes),
                                     byte_count, copies)
                .error();
  }
  *problem = problem_of(error);
  if (!error) return document;
  delete document;
  return nullptr;
}

void digits_json_free(digits_json_document *document) { delete document; }

digits_json_value digits_json_root(const digits_json_document *document) {
  return value_of(document->document.root());
}

digits_json_kind digits_json_kind_of(digits_json_value value) { return kind_of(element_of(value)); }

size_t digits_json_find(digits_json_value object, digits_json_text key, digits_json_value *member) {
  size_t count = 0;
  dom::object members;
  if (element_of(object).get_object().get(members)) return 0;
  const std::string_view wanted(key.bytes, key.byte_count);
  for (dom::key_value_pair pair : members) {
    if (pair.key == wanted && count++ == 0) *member = value_of(pair.value);
  }
  return count;
}

size_t digits_json_keys(digits_json_value object, digits_json_text *keys, size_t capacity) {
  size_t count = 0;
  dom::object members;
  if (element_of(object).get_object().get(members)) return 0;
  for (dom::key_value_pair pair : members) {
    if (count < capacity) keys[count] = {pair.key.data(), pair.key.size()};
    count++;
  }
  return count;
}

size_t digits_json_elements(digits_json_value array, digits_json_value *elements, size_t capacity) {
  size_t count = 0;
  dom::array values;
  if (element_of(array).get_array().get(values)) return 0;
  for (dom::element element : values) {
    if (count < capacity) elements[count] = value_of(element);
    count++;
  }
  return count;
}

digits_json_text digits_json_string(digits_json_value string) {
  std::string_view text;
  if (element_of(string).get_string().get(text)) return {nullptr, 0};
  return {text.data(), text.size()};
}

bool digits_json_integer(digits_json_value number, int64_t *integer) {
  return element_of(number).get_int64().get(*integer) == simdjson::SUCCESS;
}

double digits_json_number(digits_json_value number) { return number_of(element_of(number)); }

bool digits_json_bool(digits_json_value value) {
  bool truth;
  return element_of(value).get_bool().get(truth) == simdjson::SUCCESS && truth;
}

digits_json_shape digits_json_shape_of(digits_json_value value) {
  digits_json_shape shape = {};
  dom::element element = element_of(value);
  dom::array array;
  while (shape.rank < DIGITS_JSON_RANK_MAX && !element.get_array().get(array)) {
    size_t count = 0;
    for (dom::element inner : array) {
      if (count++ == 0) element = inner;
    }
    shape.sizes[shape.rank++] = count;
    if (count == 0) break;
  }
  return shape;
}

digits_json_fault digits_json_read_bytes(digits_json_value value, digits_json_shape shape,
                                         uint8_t *bytes) {
  return read_numbers<Byte>(value, shape, bytes);
}

digits_json_fault digits_json_read_floats(digits_json_value value, digits_json_shape shape,
                                          float *floats) {
  return read_numbers<Ink>(value, shape, floats);
}

size_t digits_json_write_floats(const float *floats, size_t count, char *text) {
  char *end = text;
  for (size_t index = 0; index < count; index++) {
    if (index > 0) *end++ = ',';
    if (std::isfinite(floats[index])) {
      end = std::to_chars(end, end + DIGITS_JSON_FLOAT_BYTE_COUNT_MAX, floats[index]).ptr;
    } else {
      std::memcpy(end, "null", 4);
      end += 4;
    }
  }
  return static_cast<size_t>(end - text);
}
