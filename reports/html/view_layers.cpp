// The table of layers: tensors that belong to one module stand in one row.
#include <fmt/format.h>

#include <algorithm>

#include "framework/core/text.hpp"
#include "reports/html/view.hpp"

namespace gradus::reports {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> extents;
  for (const std::int64_t extent : shape) extents.push_back(std::to_string(extent));
  return "[" + join(extents, ", ") + "]";
}

bool same_tensors(const std::vector<TensorInfo>& a, const std::vector<TensorInfo>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const TensorInfo& x, const TensorInfo& y) {
                      return x.name == y.name && x.kind == y.kind && x.shape == y.shape;
                    });
}

struct Layer {
  std::string name;
  std::vector<std::string> tensors, buffers;  ///< "weight [8, 3, 5, 5]"
  std::int64_t parameters = 0;
};

/// Modules in the order of their first tensor; buffers come after all parameters in a hand-over.
std::vector<Layer> layers_of(const std::vector<TensorInfo>& tensors) {
  std::vector<Layer> layers;
  for (const TensorInfo& tensor : tensors) {
    const std::size_t dot = tensor.name.rfind('.');
    const std::string name = dot == std::string::npos ? "" : tensor.name.substr(0, dot);
    const std::string leaf = dot == std::string::npos ? tensor.name : tensor.name.substr(dot + 1);
    auto layer = std::find_if(layers.begin(), layers.end(),
                              [&](const Layer& other) { return other.name == name; });
    if (layer == layers.end()) layer = layers.insert(layers.end(), Layer{name, {}, {}, 0});
    if (tensor.kind == "parameter") {
      layer->tensors.push_back(leaf + " " + shape_text(tensor.shape));
      layer->parameters += tensor.count;
    } else {
      layer->buffers.push_back(leaf + (tensor.shape.empty() ? "" : " " + shape_text(tensor.shape)));
    }
  }
  return layers;
}

View layer_table(const Evidence& e) {
  const std::vector<Layer> layers = layers_of(e.tensors);
  std::int64_t weights = 0, largest = 1;
  for (const TensorInfo& tensor : e.tensors) {
    if (tensor.kind == "parameter" && tensor.shape.size() > 1) weights += tensor.count;
  }
  for (const Layer& layer : layers) largest = std::max(largest, layer.parameters);
  View rows = list();
  for (const Layer& layer : layers) {
    View row;
    row.set("name", layer.name.empty() ? "(the model itself)" : printable(layer.name, false, 200));
    row.set("tensors", printable(join(layer.tensors, " · "), false, 600));
    row.set("buffers", maybe(printable(join(layer.buffers, " · "), false, 600)));
    row.set("count", layer.tensors.empty() ? "–" : with_commas(layer.parameters));
    const double share = static_cast<double>(layer.parameters) / static_cast<double>(largest);
    const double whole = static_cast<double>(std::max<std::int64_t>(e.parameters, 1));
    row.set("share", layer.tensors.empty()
                         ? View(false)
                         : View(fmt::format("{:.2f}", std::clamp(100 * share, 0.4, 100.0))));
    row.set("percent", percent(static_cast<double>(layer.parameters) / whole, 1));
    rows << row;
  }
  View table;
  table.set("long", layers.size() > kShortTable);
  table.set("rows", rows);
  table.set("total", with_commas(e.parameters));
  table.set("weights", with_commas(weights));
  return table;
}

}  // namespace

View layers_view(const TaskView& task, const std::string& title, std::vector<ShownLayers>& shown) {
  const RunView* run = task.main_run();
  if (!run || run->folder->evidence.tensors.empty()) return View(false);
  const Evidence& e = run->folder->evidence;
  View view;
  const FigureSpec* spec = task.spec("layers");
  view.set("heading", spec && !spec->title.empty() ? spec->title : "Layers");
  view.set("caption", maybe(spec ? spec->caption : ""));
  view.set("same", false);
  view.set("table", false);
  for (const ShownLayers& other : shown) {
    if (!same_tensors(other.tensors, e.tensors)) continue;
    view.set("same", fmt::format("the same {} parameters in {} tensors as under “{}”.",
                                 with_commas(e.parameters), e.tensors.size(), other.title));
    return view;
  }
  shown.push_back({title, e.tensors});
  view.set("table", layer_table(e));
  return view;
}

}  // namespace gradus::reports
