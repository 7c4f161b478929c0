#pragma once

#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "framework/core/result.hpp"

namespace gradus::worker {

/// First line of an exception's text: LibTorch appends a backtrace of ours to its own.
inline std::string first_line(const char* text) {
  const std::string whole = text == nullptr ? "" : text;
  return whole.substr(0, whole.find('\n'));
}

/// Calls student code and turns whatever it throws into an Error (submission). `where` names the
/// call, e.g. "ERROR forward". Not caught, by nature: signals, exit(), endless loops; the
/// supervisor sees those from outside.
template <class Call>
auto guard(const std::string& where, Call&& call) -> Result<std::invoke_result_t<Call>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
      std::forward<Call>(call)();
      return {};
    } else {
      return std::forward<Call>(call)();
    }
  } catch (const std::bad_alloc&) {
    return submission_error(where, "the plugin ran out of memory (std::bad_alloc)");
  } catch (const c10::Error& error) {
    return submission_error(
        where, "LibTorch refused a call: " + first_line(error.what_without_backtrace()));
  } catch (const std::exception& error) {
    return submission_error(where, "the plugin threw: " + first_line(error.what()));
  } catch (...) {
    return submission_error(where, "the plugin threw something that is not a std::exception");
  }
}

}  // namespace gradus::worker
