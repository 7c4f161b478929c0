#include "framework/record/input.hpp"

#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "framework/record/object_reader.hpp"

namespace gradus {
namespace {

bool whole(double value) { return std::floor(value) == value; }

std::string counted(std::size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

}  // namespace

ImageSize shown_size(const InputSpec& input, ImageSize full, std::int64_t epoch,
                     std::int64_t epochs) {
  const double done = static_cast<double>(epoch - 1) / static_cast<double>(epochs);
  for (std::size_t i = 0; i < input.resize.size() && i < input.resize_until.size(); ++i) {
    if (done >= input.resize_until[i]) continue;
    const double height = input.resize[i];
    const double width =
        static_cast<double>(full.width) * height / static_cast<double>(full.height);
    return {static_cast<std::int64_t>(height),
            std::max<std::int64_t>(1, static_cast<std::int64_t>(std::llround(width)))};
  }
  return full;
}

std::vector<Contradiction> contradictions(const InputSpec& input) {
  std::vector<Contradiction> found;
  const auto& until = input.resize_until;
  if (input.resize.size() != until.size()) {
    found.push_back({"input.resize", "found " + counted(input.resize.size(), "size") +
                                         " in input.resize and " + counted(until.size(), "share") +
                                         " in input.resize_until, wanted as many"});
  }
  for (const double size : input.resize) {
    if (whole(size) && size >= 1) continue;
    found.push_back(
        {"input.resize", "found " + number(size) + " in input.resize, wanted whole pixels"});
  }
  for (std::size_t i = 0; i < until.size(); ++i) {
    if (!(until[i] > 0) || until[i] > 1) {
      found.push_back({"input.resize_until",
                       "found " + number(until[i]) +
                           " in input.resize_until, wanted shares of the epochs above 0 up to 1"});
    } else if (i > 0 && until[i] <= until[i - 1]) {
      found.push_back({"input.resize_until",
                       "found " + number(until[i]) + " after " + number(until[i - 1]) +
                           " in input.resize_until, wanted ascending shares of the epochs"});
    }
  }
  return found;
}

std::string contradiction(const InputSpec& input) {
  const auto found = contradictions(input);
  return found.empty() ? "" : found.front().what;
}

std::string misfit(const InputSpec& input, std::int64_t height) {
  for (const double size : input.resize) {
    if (size > static_cast<double>(height)) {
      return "found " + number(size) + " in input.resize, wanted at most " +
             std::to_string(height) + ", the height of the images";
    }
  }
  return "";
}

std::string summary(const InputSpec& input) {
  std::vector<std::string> parts;
  if (input.crop > 0) {
    parts.push_back("random crop, padding " + std::to_string(input.crop) +
                    (input.pad == "reflect" ? " (reflected)" : ""));
  }
  if (input.flip) parts.emplace_back(input.flip_by == "turns" ? "flip by turns" : "flip");
  return join(parts, ", ");
}

std::string summary_of_sizes(const InputSpec& input) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < input.resize.size() && i < input.resize_until.size(); ++i) {
    parts.push_back(number(input.resize[i]) + (i == 0 ? " pixels" : "") + " until " +
                    number(100 * input.resize_until[i]) + " %");
  }
  return parts.empty() ? "" : join(parts, ", ") + " of the epochs";
}

Json to_json(const InputSpec& input) {
  Json json = {
      {"crop", input.crop}, {"flip", input.flip}, {"mean", input.mean}, {"std", input.std}};
  // Younger than the others: plans without them keep their hash.
  const InputSpec standard;
  if (input.pad != standard.pad) json["pad"] = input.pad;
  if (input.flip_by != standard.flip_by) json["flip_by"] = input.flip_by;
  if (!input.resize.empty()) json["resize"] = input.resize;
  if (!input.resize_until.empty()) json["resize_until"] = input.resize_until;
  if (input.resize_else != standard.resize_else) json["resize_else"] = input.resize_else;
  return json;
}

Result<InputSpec> input_from_json(const Json& json) {
  InputSpec input;
  ObjectReader reader(json, "plan: input");
  reader.required("crop", input.crop).required("flip", input.flip);
  reader.required("mean", input.mean).required("std", input.std);
  reader.optional("pad", input.pad).optional("flip_by", input.flip_by);
  reader.optional("resize", input.resize).optional("resize_until", input.resize_until);
  reader.optional("resize_else", input.resize_else);
  GRADUS_CHECK(reader.finish());
  return input;
}

}  // namespace gradus
