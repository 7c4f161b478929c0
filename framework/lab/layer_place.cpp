#include "framework/lab/layer_place.hpp"

namespace gradus::lab {

std::optional<LayerPlace> layer_place(const std::string& layer) {
  const auto colon = layer.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string kind = layer.substr(0, colon), rank = layer.substr(colon + 1);
  const bool counts = !rank.empty() && rank.size() < 4 && rank[0] != '0' &&
                      rank.find_first_not_of("0123456789") == std::string::npos;
  if ((kind != "linear" && kind != "conv") || !counts) return std::nullopt;
  return LayerPlace{kind == "linear", std::stoul(rank)};
}

}  // namespace gradus::lab
