#include "datasets/catalog/catalog.hpp"

#include <system_error>

#include "datasets/catalog/entry.hpp"
#include "datasets/catalog/publish.hpp"

namespace gradus::datasets {

std::vector<CatalogEntry> list(const Paths& paths) {
  std::vector<CatalogEntry> out;
  for (const Entry& entry : entries()) {
    CatalogEntry row{entry.info.name, entry.info.title, entry.sources.front().location, "ready"};
    std::error_code error;
    if (!std::filesystem::exists(paths.data() / row.name, error)) {
      row.state = "missing";
    } else if (const auto dataset = Dataset::open(paths, row.name); !dataset) {
      row.state = "damaged: " + dataset.error().what;
    } else if (dataset->info().hash != entry.info.hash) {
      row.state = "damaged: not the files of the catalogue";
    }
    out.push_back(std::move(row));
  }
  return out;
}

std::vector<std::string> known_datasets() {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) names.push_back(entry.info.name);
  return names;
}

Status get(const Paths& paths, const std::string& name, const Say& say, const std::string& from) {
  GRADUS_TRY(const Entry* const entry, find_entry(name));
  return get_entry(paths, *entry, say, from);
}

Status verify(const Paths& paths, const std::string& name, const Say& say) {
  GRADUS_TRY(const Entry* const entry, find_entry(name));
  return verify_entry(paths, *entry, say);
}

}  // namespace gradus::datasets
