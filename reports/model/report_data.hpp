#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/evidence.hpp"
#include "framework/record/histograms.hpp"
#include "framework/record/lab_result.hpp"
#include "framework/record/student_view.hpp"
#include "reports/model/reported.hpp"

namespace gradus::reports {

/// Pictures of the validation split that a run's best weights got wrong.
struct Mistakes {
  std::int64_t count = 0, height = 0, width = 0, channels = 0;
  std::vector<std::uint8_t> images;  ///< [count, height, width, channels], channels 1 or 3
  std::vector<std::int64_t> labels, predictions;  ///< [count]
};

/// A result folder in memory: everything that a page may show, checked once at the door.
struct ReportData {
  LabResult result;                                ///< as its audience sees it
  bool hide_seeds = false;                         ///< they come from a secret, and a student reads
  std::map<std::string, EvidenceFolder> evidence;  ///< by run hash
  std::map<std::string, Mistakes> mistakes;        ///< by run hash; only runs that have some
  std::map<std::string, std::vector<Histogram>> histograms;  ///< by run hash; only where counted
  std::map<std::string, Reported> reported;  ///< by task id; only where the lab says

  /// Name of class k, or its number where the result has no name for it.
  std::string class_name(std::int64_t k) const;
};

/// Reads DIR/result.json and DIR/runs/HASH of every run that is not "missing". Errors (user: the
/// folder is damaged) name the file, what was found and wanted.
Result<ReportData> load(const std::filesystem::path& folder, const Audience& audience = {});

}  // namespace gradus::reports
