// Reads a lab file.
//
// Theory of operation. toml++ parses; its tree is copied to Nodes that keep positions. The private
// overlay, a profile, then --set, change that tree by dotted paths (document.cpp). Only then is it
// read, table by table, against the schema, so that a key is checked in one place whoever wrote it,
// and a complaint names the line of the file, or the option, that the value came from. Every other
// profile of the file is read too, without result: a lab that fails in its full profile should not
// be found out by a class.

#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/document.hpp"

namespace gradus::lab {

Result<Lab> read_lab(const std::filesystem::path& file, const std::string& profile,
                     const Vocabulary& vocabulary, const std::vector<Override>& overrides,
                     const std::filesystem::path& private_overlay) {
  Problems problems;
  GRADUS_TRY(const Document document, open_document(file, private_overlay, problems));
  const auto& all = document.profiles;
  const std::string chosen = profile.empty() ? document.standard : profile;
  if (std::find(all.begin(), all.end(), chosen) == all.end()) {
    return user_error(file.string(),
                      "found no profile '" + printable(chosen, false, 60) + "', wanted one of " +
                          enumerate(all) + did_you_mean(chosen, all),
                      "Name one of them with --profile.");
  }
  Lab lab = lab_of(document, tree_of(document, chosen, overrides, problems), chosen, vocabulary,
                   problems);
  for (const std::string& other : all) {
    if (other == chosen && overrides.empty()) continue;
    lab_of(document, tree_of(document, other, {}, problems), other, vocabulary, problems);
  }
  if (!problems.empty()) return problems.error();
  return lab;
}

}  // namespace gradus::lab
