#include "reports/model/report_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "framework/core/files.hpp"
#include "framework/record/npy.hpp"

namespace gradus::reports {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCure =
    "The result folder is damaged: make it again with `gradus run`; finished runs come from the "
    "cache.";
constexpr std::uint64_t kMistakesLimit = 64 << 20;

/// A hash names a folder below runs/: anything else could lead out of the result folder.
bool is_hash(const std::string& text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<std::vector<std::int64_t>> read_integers(const fs::path& file, std::int64_t count) {
  GRADUS_TRY(NpyArray array, read_npy(file, kMistakesLimit));
  if (array.shape != std::vector<std::int64_t>{count} ||
      (array.dtype != "int64" && array.dtype != "uint8")) {
    return user_error(file.string(),
                      fmt::format("found {} with {} dimension(s), wanted int64 [{}], one a picture",
                                  array.dtype, array.shape.size(), count),
                      kCure);
  }
  std::vector<std::int64_t> values(static_cast<std::size_t>(count));
  if (array.dtype == "int64") {
    std::memcpy(values.data(), array.bytes.data(), values.size() * sizeof(std::int64_t));
  } else {
    std::transform(array.bytes.begin(), array.bytes.end(), values.begin(),
                   [](std::byte b) { return std::to_integer<std::int64_t>(b); });
  }
  return values;
}

Result<Mistakes> read_mistakes(const fs::path& folder) {
  Mistakes mistakes;
  const fs::path file = folder / "mistakes_images.npy";
  GRADUS_TRY(NpyArray images, read_npy(file, kMistakesLimit));
  const auto& s = images.shape;
  const bool drawable = images.dtype == "uint8" && s.size() == 4 && s[0] >= 0 && s[1] > 0 &&
                        s[2] > 0 && s[1] <= 512 && s[2] <= 512 && (s[3] == 1 || s[3] == 3);
  if (!drawable) {
    return user_error(file.string(),
                      fmt::format("found {} with {} dimension(s), wanted uint8 [N, H, W, 1 or 3]",
                                  images.dtype, s.size()),
                      kCure);
  }
  mistakes.count = s[0];
  mistakes.height = s[1];
  mistakes.width = s[2];
  mistakes.channels = s[3];
  mistakes.images.resize(images.bytes.size());
  if (!images.bytes.empty()) {
    std::memcpy(mistakes.images.data(), images.bytes.data(), images.bytes.size());
  }
  GRADUS_TRY(mistakes.labels, read_integers(folder / "mistakes_labels.npy", mistakes.count));
  GRADUS_TRY(mistakes.predictions,
             read_integers(folder / "mistakes_predictions.npy", mistakes.count));
  return mistakes;
}

}  // namespace

std::string ReportData::class_name(std::int64_t k) const {
  const auto index = static_cast<std::size_t>(k);
  return k >= 0 && index < result.classes.size() ? result.classes[index] : std::to_string(k);
}

Result<ReportData> load(const fs::path& folder, const Audience& audience) {
  ReportData data;
  GRADUS_TRY(LabResult whole, read_result(folder));
  data.result = seen_by(std::move(whole), audience);
  data.hide_seeds = data.result.secret_seed && !audience.instructor;
  GRADUS_TRY(data.reported, reported_of(data.result, (folder / "result.json").string()));
  for (const ResultRun& run : data.result.runs) {
    if (run.status == "missing" || data.evidence.contains(run.run_hash)) continue;
    if (!is_hash(run.run_hash)) {
      return user_error((folder / "result.json").string(),
                        fmt::format("run '{}': found run_hash '{}', wanted lower-case hex digits",
                                    run.id, run.run_hash),
                        kCure);
    }
    const fs::path run_folder = folder / "runs" / run.run_hash;
    GRADUS_TRY(EvidenceFolder evidence, read_evidence(run_folder));
    std::error_code ignored;
    const bool any = fs::exists(run_folder / "mistakes_images.npy", ignored) ||
                     fs::exists(run_folder / "mistakes_labels.npy", ignored) ||
                     fs::exists(run_folder / "mistakes_predictions.npy", ignored);
    if (any) {
      GRADUS_TRY(Mistakes mistakes, read_mistakes(run_folder));
      if (mistakes.count > 0) data.mistakes.emplace(run.run_hash, std::move(mistakes));
    }
    if (fs::exists(run_folder / kHistogramsFile, ignored)) {
      GRADUS_TRY(data.histograms[run.run_hash], read_histograms(run_folder / kHistogramsFile));
    }
    data.evidence.emplace(run.run_hash, std::move(evidence));
  }
  return data;
}

}  // namespace gradus::reports
