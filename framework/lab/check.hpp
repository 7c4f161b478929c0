#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/lab/lab.hpp"

namespace gradus::lab {

/// Something that is wrong, or odd, with a lab.
struct Finding {
  std::string place;                  ///< "file:line:column"
  std::string what;                   ///< found, wanted
  bool error = true;                  ///< false: a warning, the lab runs and marks as it says
  std::vector<std::string> profiles;  ///< under which it shows; empty: under all of them
};

struct Checked {
  std::string lab;                    ///< its id, where that can be read
  std::vector<std::string> profiles;  ///< all that were looked at
  std::vector<Finding> findings;      ///< in the order of the file
  bool sound() const;                 ///< no error among them
};

/// Looks for everything that is wrong with a lab, under every profile: what the reader refuses,
/// and what it takes although no submission could ever do it, or nobody would ever see it.
/// Error (user): a file that cannot be read or is no TOML.
Result<Checked> check_lab(const std::filesystem::path& file, const Vocabulary& vocabulary,
                          const std::filesystem::path& private_overlay = {});

}  // namespace gradus::lab
