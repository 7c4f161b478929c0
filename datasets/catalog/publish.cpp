#include "datasets/catalog/publish.hpp"

#include <system_error>
#include <vector>

#include "datasets/catalog/convert.hpp"
#include "datasets/catalog/fetch.hpp"
#include "datasets/store/split.hpp"
#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"

// Where things lie: home/data/NAME is the published set, home/data/.new-NAME-… one in the making,
// home/data/.old-NAME-… a damaged one on its way out, home/downloads/NAME the archives. All is done
// under home/locks/data-NAME.lock, so the holder may remove whatever a killed process left. At any
// instant data/NAME is whole, absent, or as damaged as it was found.
namespace gradus::datasets {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const Paths& paths, const Entry& entry) {
  return paths.data() / entry.info.name;
}

fs::path downloads_of(const Paths& paths, const Entry& entry) {
  return paths.home / "downloads" / entry.info.name;
}

void remove_leftovers(const fs::path& folder, const std::vector<std::string>& prefixes) {
  std::error_code error;
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    for (const std::string& prefix : prefixes) {
      if (it->path().filename().string().starts_with(prefix)) leftovers.push_back(it->path());
    }
  }
  // What cannot be removed costs space, not correctness.
  for (const fs::path& leftover : leftovers) (void)remove_tree(leftover);
}

/// Makes the set from an archive and publishes it in the place of a damaged one.
Status publish(const Paths& paths, const Entry& entry, const fs::path& archive, const Say& say) {
  const std::string& name = entry.info.name;
  GRADUS_TRY(const fs::path staging, make_temporary_folder(paths.data(), ".new-" + name));
  const FolderGuard guard(staging);
  GRADUS_CHECK(convert_archive(entry, archive, staging, say));
  const fs::path target = folder_of(paths, entry);
  std::error_code error;
  if (fs::exists(fs::symlink_status(target, error))) {
    GRADUS_TRY(const fs::path old, make_temporary_folder(paths.data(), ".old-" + name));
    const FolderGuard old_guard(old);
    fs::rename(target, old / name, error);
    if (error) return infrastructure_error(target.string(), "cannot be moved: " + error.message());
    return publish_folder(staging, target);
  }
  return publish_folder(staging, target);
}

/// Published, or the archive's own fault (Fault::user) and the archive thrown away.
Status publish_download(const Paths& paths, const Entry& entry, const fs::path& archive,
                        const Say& say) {
  Status status = publish(paths, entry, archive, say);
  if (!status.ok() && status.error().fault == Fault::user) {
    say(archive.filename().string() + " is damaged and thrown away: " + status.error().what);
    std::error_code error;
    fs::remove(archive, error);
  }
  return status;
}

/// From downloads that are there already, then from each source, each tried twice where its
/// archive turns out damaged.
Status get_from_sources(const Paths& paths, const Entry& entry, const Say& say) {
  const fs::path downloads = downloads_of(paths, entry);
  GRADUS_CHECK(make_folder(downloads));
  std::error_code error;
  for (const Source& source : entry.sources) {
    const fs::path kept = downloads / source.file;
    if (!fs::exists(kept, error)) continue;
    say("using the download of before: " + kept.string());
    const Status status = publish_download(paths, entry, kept, say);
    if (status.ok() || status.error().fault != Fault::user) return status;
  }
  std::string reasons, cure;
  for (const Source& source : entry.sources) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      const auto archive = fetch(source, downloads, say);
      const Status status =
          archive ? publish_download(paths, entry, *archive, say) : Status(archive.error());
      if (status.ok()) return status;
      if (archive && status.error().fault != Fault::user) return status;  // our disk, our memory
      say("not from there: " + status.error().what);
      reasons += "\n  " + source.location + ": " + status.error().what;
      if (!status.error().cure.empty()) cure = status.error().cure;
      if (!archive) break;
    }
  }
  return infrastructure_error("", entry.info.title + " could not be had from any source:" + reasons,
                              cure);
}

/// Removes splits that are not what they were; they are made again when they are wanted.
void mend_splits(const fs::path& folder, const Say& say) {
  for (const fs::path& split : damaged_splits(folder)) {
    say("removing the damaged split " + split.filename().string());
    (void)remove_tree(split);
  }
}

Status verify_files(const Paths& paths, const Entry& entry, const Say& say) {
  const std::string& name = entry.info.name;
  GRADUS_TRY(const Dataset dataset, Dataset::open(paths, name));
  if (dataset.info().hash != entry.info.hash) {
    return infrastructure_error((folder_of(paths, entry) / kDescriptionFile).string(),
                                "hash " + dataset.info().hash + ", wanted " + entry.info.hash,
                                get_again(name));
  }
  for (std::size_t i = 0; i < kStoreFiles.size(); ++i) {
    const fs::path file = folder_of(paths, entry) / kStoreFiles[i];
    GRADUS_TRY(const std::string hash, sha256_file(file));
    if (hash != entry.files[i]) {
      return infrastructure_error(file.string(), "sha256 " + hash + ", wanted " + entry.files[i],
                                  get_again(name));
    }
    say(std::string(kStoreFiles[i]) + " verified");
  }
  return {};
}

}  // namespace

Status verify_entry(const Paths& paths, const Entry& entry, const Say& say) {
  GRADUS_CHECK(verify_files(paths, entry, say));
  const auto damaged = damaged_splits(folder_of(paths, entry));
  if (damaged.empty()) return {};
  return infrastructure_error(damaged.front().string(),
                              "the files of this split are not what they were when it was made",
                              get_again(entry.info.name));
}

Status get_entry(const Paths& paths, const Entry& entry, const Say& say, const std::string& from) {
  std::error_code error;
  if (!from.empty() && !fs::is_regular_file(from, error)) {
    return user_error(from, "no such archive", "give the path of a .tar.gz or .tgz file");
  }
  GRADUS_CHECK(make_folder(paths.data()));
  GRADUS_CHECK(make_folder(paths.locks()));
  GRADUS_TRY(const FileLock lock,
             FileLock::acquire(paths.locks() / ("data-" + entry.info.name + ".lock")));
  remove_leftovers(paths.data(),
                   {".new-" + entry.info.name + "-", ".old-" + entry.info.name + "-"});
  const auto quiet = [](const std::string&) {};
  if (const Status whole = verify_files(paths, entry, quiet); whole.ok()) {
    mend_splits(folder_of(paths, entry), say);
    say(entry.info.title + " is there and whole: " + folder_of(paths, entry).string());
    return {};
  } else if (fs::exists(folder_of(paths, entry), error)) {
    say("the set in the store is damaged and is made again: " + whole.error().what);
  }
  GRADUS_CHECK(from.empty() ? get_from_sources(paths, entry, say)
                            : publish(paths, entry, from, say));
  say(entry.info.title + " is in the store: " + folder_of(paths, entry).string());
  return {};
}

}  // namespace gradus::datasets
