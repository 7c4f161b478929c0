#pragma once

#include <optional>

#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

/// Reads what a trainer claims to have measured. A hostile process wrote it: every figure is
/// checked for presence, type, length and being finite. The first thing that is wrong is kept; then
/// every getter returns nothing and failure() is the verdict.
class Claim {
 public:
  explicit Claim(const ProbeInputs& inputs);

  double number(const std::string& key, double least, double most);
  std::int64_t integer(const std::string& key, std::int64_t most);
  /// At most `longest` numbers. null, which is how JSON writes NaN and infinity, becomes NaN.
  std::vector<double> numbers(const std::string& key);
  std::vector<std::string> texts(const std::string& key);  ///< printable
  /// Lists of one claim must be equally long.
  void expect_equal(std::size_t a, std::size_t b);

  bool ok() const { return problem_.empty(); }
  /// "fail", with what is wrong with the claim.
  ProbeOutcome failure() const;

 private:
  const Json* find(const std::string& key);
  void wrong(const std::string& what);
  Json figures_;
  std::string problem_;
};

}  // namespace gradus::supervisor
