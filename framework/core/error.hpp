#pragma once

#include <string>

namespace gradus {

/// Whose fault a failure is; decides the exit code of a command and whether it costs points.
enum class Fault {
  submission,      ///< a student's code or files fell short (exit code 1)
  user,            ///< the command line, the lab or its configuration is wrong (exit code 2)
  infrastructure,  ///< this machine or we ourselves failed (exit code 3): never costs points
};

/// An expected failure: what was found, what was wanted, and what to do about it.
/// Text may quote untrusted bytes; whoever prints it escapes it (core/text.hpp).
struct Error {
  Fault fault = Fault::infrastructure;
  std::string where;  ///< file:line:column, path, run or phase; may be empty
  std::string what;   ///< found and wanted, one sentence
  std::string cure;   ///< what to do, one sentence; may be empty

  /// "where: what\n  cure", the form shown in a terminal (unescaped).
  std::string text() const;
};

/// Exit code of a command that stops with this error: 1, 2 or 3.
int exit_code(Fault fault);
/// "submission", "user" or "infrastructure", as stored in files.
const char* to_string(Fault fault);

/// Shorthands: the cure is the last argument.
Error submission_error(std::string where, std::string what, std::string cure = "");
Error user_error(std::string where, std::string what, std::string cure = "");
Error infrastructure_error(std::string where, std::string what, std::string cure = "");
/// An infrastructure error that carries strerror(errno_value).
Error system_error(std::string where, const std::string& action, int errno_value);

}  // namespace gradus
