#pragma once

#include "CJSON.h"

// Without exceptions simdjson returns an error with every value, which is what is used here.
#include <simdjson.h>

inline digits_json_problem problem_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::SUCCESS: return digits_json_problem_none;
    case simdjson::EMPTY: return digits_json_problem_empty;
    case simdjson::DEPTH_ERROR: return digits_json_problem_depth;
    case simdjson::STRING_ERROR:
    case simdjson::UNESCAPED_CHARS:
    case simdjson::UNCLOSED_STRING: return digits_json_problem_string;
    case simdjson::NUMBER_ERROR: return digits_json_problem_number;
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR: return digits_json_problem_literal;
    case simdjson::UTF8_ERROR: return digits_json_problem_encoding;
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC: return digits_json_problem_memory;
    default: return digits_json_problem_structure;
  }
}
