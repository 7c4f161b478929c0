#pragma once

#include <cassert>
#include <optional>
#include <utility>
#include <variant>

#include "framework/core/error.hpp"

namespace gradus {

/// A value or the Error that kept us from it. Library exceptions are caught at the doors (lab
/// reader, plugin loader, archive reader) and become one of these; inside, nothing throws.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    assert(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    assert(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    assert(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    assert(!ok());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    assert(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

/// GRADUS_TRY(auto x, f()): x is the value of f(), or this function returns its error.
#define GRADUS_TRY_CONCAT_(a, b) a##b
#define GRADUS_TRY_NAME_(line) GRADUS_TRY_CONCAT_(gradus_try_, line)
#define GRADUS_TRY(declaration, expression)                                        \
  auto GRADUS_TRY_NAME_(__LINE__) = (expression);                                  \
  if (!GRADUS_TRY_NAME_(__LINE__).ok()) return GRADUS_TRY_NAME_(__LINE__).error(); \
  declaration = std::move(GRADUS_TRY_NAME_(__LINE__)).value()
/// GRADUS_CHECK(f()): returns the error of f(), if it has one.
#define GRADUS_CHECK(expression)                                                              \
  do {                                                                                        \
    if (auto gradus_check_ = (expression); !gradus_check_.ok()) return gradus_check_.error(); \
  } while (false)

}  // namespace gradus
