#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus::grader {

/// One thing that was handed in: a folder of sources or an archive of one.
struct Submission {
  std::string name;  ///< of its result folder: the folder's, or the archive's without its ending
  std::filesystem::path path;
  bool archive = false;  ///< a file: whether it can be unpacked shows later
  bool link = false;     ///< found in a class folder as a symbolic link, which is not followed
};

/// What the arguments of `gradus grade` name, in their order; of a class folder each entry, by
/// name. A folder is one submission where a source lies directly in it, or nothing in it could be
/// one. It is a class where it holds an archive, or nothing but folders that are not the parts of
/// one project (src, include, ...). Hidden entries, and folders of grades and results, are passed
/// over. Errors (user): a path that is not there; a folder that may be either; two submissions of
/// one name (both are named); none at all.
Result<std::vector<Submission>> find_submissions(
    const std::vector<std::filesystem::path>& arguments);

/// The text with its ASCII letters in lower case: endings and names of files.
std::string lower(std::string text);

}  // namespace gradus::grader
