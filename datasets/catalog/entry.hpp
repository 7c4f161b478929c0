#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "datasets/catalog/store_writer.hpp"
#include "datasets/store/description.hpp"
#include "framework/core/result.hpp"

/// What the catalogue knows of a data set. The way of the bytes:
///
///   source ──fetch──► archive ──layout──► canonical files ──format──► store files
///
/// Canonical files are what the publisher published, byte for byte; whatever archive they came in,
/// they are checked by sha256 before anything is published, and so are the store's files.
namespace gradus::datasets {

struct Entry;

/// Where an archive can be had.
struct Source {
  std::string location;  ///< a URL
  std::string file;      ///< name of the archive among the downloads
  std::string sha256;    ///< of the archive; empty where only its canonical files are known
  std::string size;      ///< for people: "139 MB"
};

/// A file that the publisher published.
struct CanonicalFile {
  std::string name;
  std::string sha256;
  bool train = true;          ///< belongs to the training set, else to the test set
  std::int64_t records = 0;
};

using Members = std::map<std::string, std::string>;  ///< name in the archive (no folders) → bytes

/// A kind of archive: which members it must have, and how they become canonical files.
struct Layout {
  std::string title;                             ///< "the publisher's archive"
  std::map<std::string, std::uint64_t> members;  ///< name → largest size in bytes
  /// Canonical file `index` of the entry. Error (user): the members are not what they should be.
  Result<std::string> (*canonical)(const Entry& entry, const Members& members, std::size_t index);
};

/// One data set. A new one is one more entry of the table in entry.cpp.
struct Entry {
  DatasetInfo info;   ///< info.hash follows from `files`
  FileHashes files;   ///< of the converted files in the store
  std::vector<Source> sources;  ///< in the order in which they are tried
  std::vector<Layout> layouts;
  std::vector<CanonicalFile> canonical;
  /// Appends one canonical file, whose hash is right, to the store's files.
  Status (*convert)(const Entry& entry, const CanonicalFile& file, std::string_view bytes,
                    StoreWriter& store);
};

/// All sets, in the order in which they are listed.
std::span<const Entry> entries();
/// Error (user) names the nearest known set.
Result<const Entry*> find_entry(const std::string& name);

}  // namespace gradus::datasets
