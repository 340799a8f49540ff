#include "CJSON.h"

#include <string_view>

#include "Problem.h"

namespace ondemand = simdjson::ondemand;

namespace {

/// Goes through an object once, from its beginning to its end.
struct Scanner {
  digits_json_visitor visit;
  void *context;
  const char *begin;

  simdjson::error_code object(ondemand::document &document) {
    ondemand::object members;
    if (auto error = document.get_object().get(members)) return error;
    for (auto member : members) {
      ondemand::field field;
      if (auto error = std::move(member).get(field)) return error;
      const char *quote = field.key().raw() - 1;
      std::string_view key;
      if (auto error = field.unescaped_key().get(key)) return error;
      show(digits_json_token_key, quote, key);
      if (auto error = value(field.value(), true)) return error;
    }
    // What follows the object; there is no such place at the end.
    const char *rest;
    return document.current_location().get(rest) ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
  }

  simdjson::error_code value(ondemand::value value, bool may_be_list) {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return error;
    std::string_view token = value.raw_json_token();
    const char *place = token.data();
    switch (type) {
      case ondemand::json_type::string: {
        std::string_view text;
        if (auto error = value.get_string().get(text)) return error;
        show(digits_json_token_string, place, text);
        return simdjson::SUCCESS;
      }
      case ondemand::json_type::number: {
        ondemand::number number;
        if (auto error = value.get_number().get(number)) return error;
        return literal(token);
      }
      case ondemand::json_type::boolean: {
        bool truth;
        // A word that only begins like one is said to be of another type.
        if (value.get_bool().get(truth)) return simdjson::T_ATOM_ERROR;
        return literal(token);
      }
      case ondemand::json_type::array:
        if (may_be_list) return list(value, place);
        break;
      case ondemand::json_type::object:
      case ondemand::json_type::null: break;
    }
    show(digits_json_token_other, place, {});
    return simdjson::SUCCESS;
  }

  simdjson::error_code list(ondemand::value value, const char *place) {
    ondemand::array elements;
    show(digits_json_token_list, place, {});
    if (auto error = value.get_array().get(elements)) return error;
    for (auto element : elements) {
      ondemand::value inner;
      if (auto error = std::move(element).get(inner)) return error;
      if (auto error = this->value(inner, false)) return error;
    }
    show(digits_json_token_end, begin, {});
    return simdjson::SUCCESS;
  }

  /// The token without the blanks behind it.
  simdjson::error_code literal(std::string_view token) {
    const size_t count = token.find_last_not_of(" \t\n\r") + 1;
    show(digits_json_token_literal, token.data(), token.substr(0, count));
    return simdjson::SUCCESS;
  }

  void show(digits_json_token_kind kind, const char *place, std::string_view text) {
    digits_json_token token = {
        kind, static_cast<size_t>(place - begin), {text.data(), text.size()}};
    visit(context, &token);
  }
};

}  // namespace

digits_json_problem digits_json_scan(const void *bytes, size_t byte_count,
                                     digits_json_visitor visit, void *context, size_t *offset) {
  *offset = byte_count;
  // simdjson reads beyond the end, so there is a copy with room.
  simdjson::padded_string copy(static_cast<const char *>(bytes), byte_count);
  if (copy.data() == nullptr) return digits_json_problem_memory;
  ondemand::parser parser;
  ondemand::document document;
  if (auto error = parser.iterate(copy).get(document)) return problem_of(error);
  auto error = Scanner{visit, context, copy.data()}.object(document);
  const char *place;
  if (error && error != simdjson::INCOMPLETE_ARRAY_OR_OBJECT &&
      !document.current_location().get(place)) {
    *offset = static_cast<size_t>(place - copy.data());
  }
  return problem_of(error);
}
