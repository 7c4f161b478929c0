#include "framework/record/histograms.hpp"

#include <cmath>
#include <numeric>

#include "framework/core/files.hpp"
#include "framework/record/object_reader.hpp"

namespace gradus {
namespace {

constexpr std::uint64_t kLimit = 16 << 20;
constexpr std::size_t kMostBins = 4096, kMostTensors = 4096;

Result<Histogram> one(const Json& json) {
  Histogram h;
  ObjectReader reader(json, "tensors");
  reader.required("name", h.name).required("low", h.low).required("high", h.high);
  reader.required("counts", h.counts).required("near_zero", h.near_zero);
  bool sound = std::isfinite(h.low) && std::isfinite(h.high) && h.low < h.high &&
               !h.counts.empty() && h.counts.size() <= kMostBins && h.near_zero >= 0 &&
               h.near_zero <= 1;
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  for (const std::int64_t count : h.counts) sound = sound && count >= 0 && count < kMost;
  if (!sound) reader.fail("wants low < high, 1 to 4096 counts of at least 0 and a share in 0..1");
  GRADUS_CHECK(reader.finish());
  return h;
}

}  // namespace

std::int64_t Histogram::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

Result<std::vector<Histogram>> read_histograms(const std::filesystem::path& file) {
  const auto damaged = [&](const std::string& what) {
    return user_error(file.string(), what, "make the result folder again with `gradus run`");
  };
  GRADUS_TRY(const std::string text, read_file(file, kLimit));
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return damaged("is not JSON (cut short or damaged)");
  std::string schema;
  std::vector<Histogram> all;
  ObjectReader reader(json, "histograms");
  reader.required("schema", schema).list("tensors", all, one);
  if (Status status = reader.finish(); !status.ok()) {
    return damaged(status.error().where + " " + status.error().what);
  }
  if (schema != kHistogramsSchema) {
    return damaged("found schema '" + schema + "', wanted " + kHistogramsSchema);
  }
  if (all.size() > kMostTensors) return damaged("has more than 4096 tensors");
  return all;
}

}  // namespace gradus
