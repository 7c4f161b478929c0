#include "framework/core/error.hpp"

#include <system_error>
#include <utility>

namespace gradus {

std::string Error::text() const {
  std::string out;
  if (!where.empty()) out += where + ": ";
  out += what;
  if (!cure.empty()) out += "\n  " + cure;
  return out;
}

int exit_code(Fault fault) {
  switch (fault) {
    case Fault::submission:
      return 1;
    case Fault::user:
      return 2;
    case Fault::infrastructure:
      return 3;
  }
  return 3;
}

const char* to_string(Fault fault) {
  switch (fault) {
    case Fault::submission:
      return "submission";
    case Fault::user:
      return "user";
    case Fault::infrastructure:
      return "infrastructure";
  }
  return "infrastructure";
}

Error submission_error(std::string where, std::string what, std::string cure) {
  return {Fault::submission, std::move(where), std::move(what), std::move(cure)};
}
Error user_error(std::string where, std::string what, std::string cure) {
  return {Fault::user, std::move(where), std::move(what), std::move(cure)};
}
Error infrastructure_error(std::string where, std::string what, std::string cure) {
  return {Fault::infrastructure, std::move(where), std::move(what), std::move(cure)};
}
Error system_error(std::string where, const std::string& action, int errno_value) {
  return infrastructure_error(std::move(where),
                              action + ": " + std::generic_category().message(errno_value));
}

}  // namespace gradus
