#include <cmath>
#include <cstdlib>
#include <optional>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"
#include "grader/checks/measure.hpp"

namespace gradus::grader {
namespace {

using lab::Key;
using lab::ValueType;

std::int64_t whole(const Json& count) { return std::llround(count.get<double>()); }

std::string wanted_text(const Json& expect) {
  std::vector<std::string> parts;
  if (expect.contains("total"))
    parts.push_back("exactly " + with_commas(expect.at("total").get<std::int64_t>()));
  if (expect.contains("one_of")) {
    std::vector<std::string> counts;
    for (const Json& count : expect.at("one_of")) counts.push_back(with_commas(whole(count)));
    parts.push_back(join(counts, " or "));
  }
  if (expect.contains("at_least"))
    parts.push_back("at least " + with_commas(expect.at("at_least").get<std::int64_t>()));
  if (expect.contains("at_most"))
    parts.push_back("at most " + with_commas(expect.at("at_most").get<std::int64_t>()));
  return join(parts, ", ");
}

/// How far the count lies outside what is wanted; 0: inside.
std::int64_t excess(const Json& expect, std::int64_t count) {
  if (expect.contains("total") && count != expect.at("total").get<std::int64_t>()) {
    return count - expect.at("total").get<std::int64_t>();
  }
  if (expect.contains("one_of")) {
    std::optional<std::int64_t> nearest;
    for (const Json& one : expect.at("one_of")) {
      const std::int64_t off = count - whole(one);
      if (!nearest || std::abs(off) < std::abs(*nearest)) nearest = off;
    }
    if (nearest && *nearest != 0) return *nearest;
  }
  if (expect.contains("at_least") && count < expect.at("at_least").get<std::int64_t>()) {
    return count - expect.at("at_least").get<std::int64_t>();
  }
  if (expect.contains("at_most") && count > expect.at("at_most").get<std::int64_t>()) {
    return count - expect.at("at_most").get<std::int64_t>();
  }
  return 0;
}

CheckResult run(const CheckInput& input) {
  const Json& expect = input.options.at("expect");
  const std::string wanted = wanted_text(expect);
  const Looked looked = look(input, wanted);
  if (looked.evidence == nullptr) return looked.stopped;
  const std::int64_t count = looked.evidence->parameters;
  CheckResult result;
  result.found = with_commas(count);
  result.wanted = wanted;
  const std::int64_t off = excess(expect, count);
  if (off == 0) {
    result.verdict = CheckResult::Verdict::pass;
    result.reason = "The model hands out " + result.found + " parameters, as wanted.";
    return result;
  }
  result.reason =
      "The model hands out " + result.found + " parameters, " + with_commas(off > 0 ? off : -off) +
      (off > 0 ? " more" : " fewer") + " than wanted (" + wanted + "): " +
      (off > 0 ? "look for a layer, a bias or a batch normalisation too many, or a wrong size."
               : "look for a layer that is not registered with register_module, a missing bias or "
                 "a wrong size.") +
      " The layer table shows each tensor.";
  return result;
}

}  // namespace

CheckInfo parameters_check() {
  lab::NamedSpec spec;
  spec.name = "parameters";
  spec.help =
      "Counts the elements of the parameters that the model hands out; tied ones once, buffers "
      "not.";
  spec.keys = {Key(ValueType::integer, "expect.total", "exact number").at_least(0),
               Key(ValueType::numbers, "expect.one_of", "exact numbers, any of which is right")
                   .at_least(0),
               Key(ValueType::integer, "expect.at_least", "smallest number").at_least(0),
               Key(ValueType::integer, "expect.at_most", "largest number").at_least(0)};
  spec.task_kinds = {"probe", "train"};
  spec.one_of = {"expect.total", "expect.one_of", "expect.at_least", "expect.at_most"};
  return {std::move(spec), run};
}

}  // namespace gradus::grader
