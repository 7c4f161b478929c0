#pragma once

#include <string>
#include <utility>
#include <vector>

#include "datasets/catalog/entry.hpp"

/// A catalogue entry of CIFAR's format in miniature, and archives of it: 3 channels, 4 x 4 pixels,
/// 3 classes, two training files of 5 records, one test file of 4.
namespace gradus::datasets::testing {

using NamedBytes = std::vector<std::pair<std::string, std::string>>;

/// Listens to nobody.
inline void quiet(const std::string&) {}
/// Sources are empty: a test that fetches adds its own.
Entry tiny_entry();
/// Bytes of canonical file `index`.
std::string tiny_canonical(std::size_t index);

/// Members of the two kinds of archive, in folders and with by-catch as the real ones have.
NamedBytes tiny_binary_members();
NamedBytes tiny_picture_members();

/// A .tar.gz of the members in that order.
void write_archive(const std::filesystem::path& path, const NamedBytes& members);

}  // namespace gradus::datasets::testing
