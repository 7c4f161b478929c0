#include "framework/supervisor/probes/claims.hpp"

#include <cmath>
#include <limits>

#include "framework/core/text.hpp"

namespace gradus::supervisor {
namespace {

constexpr std::size_t kLongest = 1024;
constexpr std::size_t kLongestText = 100;

}  // namespace

Claim::Claim(const ProbeInputs& inputs) {
  const auto found = inputs.measured.find(inputs.spec.name);
  if (found == inputs.measured.end()) {
    problem_ =
        "The training process did not report what it measured, and what is not shown does "
        "not count.";
    return;
  }
  figures_ = found->second;
}

void Claim::wrong(const std::string& what) {
  if (problem_.empty())
    problem_ = "What the training process reports has a wrong form: " + what + ".";
}

const Json* Claim::find(const std::string& key) {
  if (!ok()) return nullptr;
  const auto found = figures_.find(key);
  if (found != figures_.end()) return &*found;
  wrong("it lacks '" + key + "'");
  return nullptr;
}

double Claim::number(const std::string& key, double least, double most) {
  const Json* value = find(key);
  if (value == nullptr) return 0;
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (std::isfinite(number) && number >= least && number <= most) return number;
  wrong("'" + key + "' is " + printable(value->dump(), false, 60) + ", wanted a number from " +
        rounded(least) + " to " + rounded(most));
  return 0;
}

std::int64_t Claim::integer(const std::string& key, std::int64_t most) {
  const Json* value = find(key);
  if (value == nullptr) return 0;
  // As a double first: a whole number beyond 64 bits is none of ours.
  if (value->is_number_integer() && value->get<double>() >= 0 &&
      value->get<double>() <= static_cast<double>(most))
    return value->get<std::int64_t>();
  wrong("'" + key + "' is " + printable(value->dump(), false, 60) +
        ", wanted a whole number up to " + std::to_string(most));
  return 0;
}

std::vector<double> Claim::numbers(const std::string& key) {
  const Json* list = find(key);
  std::vector<double> out;
  if (list == nullptr) return out;
  if (!list->is_array() || list->size() > kLongest) {
    wrong("'" + key + "' is no list of at most " + std::to_string(kLongest) + " numbers");
    return out;
  }
  for (const Json& value : *list) {
    if (!value.is_number() && !value.is_null()) {
      wrong("'" + key + "' holds something else than numbers");
      return {};
    }
    const double number = value.is_null() ? std::nan("") : value.get<double>();
    out.push_back(std::isfinite(number) ? number : std::nan(""));
  }
  return out;
}

std::vector<std::string> Claim::texts(const std::string& key) {
  const Json* list = find(key);
  std::vector<std::string> out;
  if (list == nullptr) return out;
  if (!list->is_array() || list->size() > kLongest) {
    wrong("'" + key + "' is no list of at most " + std::to_string(kLongest) + " names");
    return out;
  }
  for (const Json& value : *list) {
    if (!value.is_string()) {
      wrong("'" + key + "' holds something else than names");
      return {};
    }
    out.push_back(printable(value.get<std::string>(), false, kLongestText));
  }
  return out;
}

void Claim::expect_equal(std::size_t a, std::size_t b) {
  if (a != b) wrong("its lists are not equally long");
}

ProbeOutcome Claim::failure() const { return verdict(false, {}, {}, problem_); }

}  // namespace gradus::supervisor
