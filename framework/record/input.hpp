#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/recipe.hpp"

namespace gradus {

/// The native input pipeline: uint8 → crop → flip → /255 → (x − mean) / std → resize.
struct InputSpec {
  std::int64_t crop = 0;          ///< padding of the random crop in pixels; 0: no crop
  bool flip = false;              ///< mirror half of the images
  std::vector<double> mean, std;  ///< one per channel
  std::string pad = "zero";       ///< what lies around the image: "zero", "reflect"
  std::string flip_by = "coin";   ///< "coin": every epoch anew; "turns": then every second epoch
  /// Training images of the first epochs are resize[i] pixels high until this share of the epochs,
  /// resize_until[i], is over; then they have their own size.
  std::vector<double> resize{}, resize_until{};
  /// What becomes of a model that does not take those sizes: "fail", or "full", which trains it at
  /// full size in all epochs.
  std::string resize_else = "fail";
};

struct ImageSize {
  std::int64_t height = 0, width = 0;
  bool operator==(const ImageSize&) const = default;
};

/// What images of size `full` are shown as in epoch `epoch` (from 1) of `epochs`.
ImageSize shown_size(const InputSpec& input, ImageSize full, std::int64_t epoch,
                     std::int64_t epochs);

/// What makes the values contradict one another, as "found ..., wanted ..."; empty for sound ones.
std::string contradiction(const InputSpec& input);
/// The same for images of this height.
std::string misfit(const InputSpec& input, std::int64_t height);
/// All contradictions, with their keys.
std::vector<Contradiction> contradictions(const InputSpec& input);

/// "random crop, padding 4 (reflected), flip by turns"; empty where nothing is done.
std::string summary(const InputSpec& input);
/// "24 pixels until 40 %, 28 until 70 % of the epochs"; empty where images keep their size.
std::string summary_of_sizes(const InputSpec& input);

nlohmann::json to_json(const InputSpec& input);
Result<InputSpec> input_from_json(const nlohmann::json& json);

}  // namespace gradus
