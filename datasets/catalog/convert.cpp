#include "datasets/catalog/convert.hpp"

#include <algorithm>

#include "datasets/catalog/archive.hpp"
#include "framework/core/hash.hpp"

namespace gradus::datasets {
namespace {

std::vector<std::string> missing_members(const Layout& layout, const Members& members) {
  std::vector<std::string> missing;
  for (const auto& [name, limit] : layout.members) {
    if (!members.contains(name)) missing.push_back(name);
  }
  return missing;
}

/// The layout whose members are all there.
Result<const Layout*> recognise(const Entry& entry, const Members& members,
                                const std::string& where) {
  std::string lacks;
  for (const Layout& layout : entry.layouts) {
    const auto missing = missing_members(layout, members);
    if (missing.empty()) return &layout;
    lacks += (lacks.empty() ? "" : "; ") + layout.title + " would also hold " + missing.front() +
             (missing.size() > 1 ? " and " + std::to_string(missing.size() - 1) + " more" : "");
  }
  return user_error(where, "not an archive of " + entry.info.title + ": " + lacks, kGetAgain);
}

}  // namespace

Status convert_archive(const Entry& entry, const std::filesystem::path& archive,
                       const std::filesystem::path& staging, const Say& say) {
  const std::string where = archive.string();
  std::map<std::string, std::uint64_t> wanted;
  for (const Layout& layout : entry.layouts) {
    wanted.insert(layout.members.begin(), layout.members.end());
  }
  GRADUS_TRY(const Members members, read_archive(archive, wanted));
  GRADUS_TRY(const Layout* const layout, recognise(entry, members, where));
  say("converting " + layout->title);

  GRADUS_TRY(StoreWriter store, StoreWriter::create(staging));
  for (std::size_t i = 0; i < entry.canonical.size(); ++i) {
    const CanonicalFile& file = entry.canonical[i];
    const auto bytes = layout->canonical(entry, members, i);
    if (!bytes) {
      return Error{bytes.error().fault, where + ": " + bytes.error().where, bytes.error().what,
                   kGetAgain};
    }
    if (const std::string hash = sha256(*bytes); hash != file.sha256) {
      return user_error(where, file.name + " has sha256 " + hash + ", wanted " + file.sha256,
                        kGetAgain);
    }
    GRADUS_CHECK(entry.convert(entry, file, *bytes, store));
    say(file.name + " verified (" + std::to_string(i + 1) + " of " +
        std::to_string(entry.canonical.size()) + ")");
  }
  GRADUS_TRY(const FileHashes hashes, store.close());
  if (hashes != entry.files) {
    return infrastructure_error(
        staging.string(),
        "the converted files of " + entry.info.name + " do not have the hashes of the catalogue",
        "the converter or this machine's memory is at fault: please report it");
  }
  return write_file(staging / kDescriptionFile, to_text({entry.info, hashes}));
}

}  // namespace gradus::datasets
