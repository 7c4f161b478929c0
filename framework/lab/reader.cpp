// Reads a lab file.
//
// Theory of operation. toml++ parses; its tree is copied to Nodes that keep positions. A profile,
// then --set, changes that tree by dotted paths. Only then is it read, table by table, against the
// schema, so that a key is checked in one place whoever wrote it, and a complaint names the line of
// the file, or the option, that the value came from. Every other profile of the file is read too,
// without result: a lab that fails in its full profile should not be found out by a class.

#include <algorithm>
#include <filesystem>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "framework/lab/lab.hpp"
#include "framework/lab/overlay.hpp"
#include "framework/lab/parts.hpp"

namespace gradus::lab {
namespace {

constexpr std::uint64_t kMostBytes = 1 << 20;

Result<std::string> load(const std::filesystem::path& file) {
  const std::string cure =
      "Give the path of a lab.toml; 'gradus lab list' shows the labs there are.";
  std::error_code ignored;
  const auto status = std::filesystem::status(file, ignored);
  if (!std::filesystem::exists(status))
    return user_error(file.string(), "found nothing there, wanted a lab file", cure);
  if (std::filesystem::is_directory(status))
    return user_error(file.string(), "found a folder, wanted a lab file", cure);
  if (!std::filesystem::is_regular_file(status)) {
    return user_error(file.string(),
                      "found something that is not a regular file, wanted a lab file", cure);
  }
  const std::uintmax_t size = std::filesystem::file_size(file, ignored);
  if (!ignored && size > kMostBytes) {
    return user_error(file.string(),
                      "found a file of " + byte_size(static_cast<double>(size)) +
                          ", wanted a lab file of at most 1 MiB",
                      cure);
  }
  auto text = read_file(file, kMostBytes);
  if (!text.ok()) return user_error(file.string(), text.error().what, cure);
  if (text->find_first_not_of(" \t\r\n") == std::string::npos) {
    return user_error(file.string(), "found an empty file, wanted a lab", cure);
  }
  return text;
}

struct ProfileNames {
  std::vector<std::string> all;  ///< in the file's order; "full" is always there
  std::string standard;
};

ProfileNames profile_names(const Node& root, Problems& problems) {
  ProfileNames names;
  if (const Node* profiles = root.find("profile")) {
    for (const Entry& entry : profiles->entries) {
      names.all.push_back(entry.key);
      if (!entry.value.is(Node::Kind::table)) {
        problems.add(entry.value.at, "profile." + printable(entry.key, false, 60) + ": found " +
                                         describe(entry.value) + ", wanted a table");
      }
    }
  }
  if (std::find(names.all.begin(), names.all.end(), "full") == names.all.end())
    names.all.push_back("full");
  names.standard = "full";
  const Node* about = root.find("lab");
  const Node* wanted = about == nullptr ? nullptr : about->find("profile");
  if (wanted == nullptr || !wanted->is(Node::Kind::text))
    return names;  // a wrong type is reported by Table
  if (std::find(names.all.begin(), names.all.end(), wanted->text) == names.all.end()) {
    problems.add(wanted->at, "lab.profile: found " + describe(*wanted) +
                                 ", wanted a profile of this file: " + enumerate(names.all) +
                                 did_you_mean(wanted->text, names.all));
  } else {
    names.standard = wanted->text;
  }
  return names;
}

void apply_named(Node& root, const std::string& name, Problems& problems) {
  const Node* profiles = root.find("profile");
  const Node* profile = profiles == nullptr ? nullptr : profiles->find(name);
  if (profile == nullptr || !profile->is(Node::Kind::table)) return;
  const Node copy = *profile;  // root changes while it is applied
  apply_profile(root, copy, problems);
}

}  // namespace

Result<Lab> read_lab(const std::filesystem::path& file, const std::string& profile,
                     const Vocabulary& vocabulary, const std::vector<Override>& overrides) {
  GRADUS_TRY(const std::string text, load(file));
  GRADUS_TRY(const Node root, parse_document(text, file.string()));
  Problems problems;
  const ProfileNames names = profile_names(root, problems);
  const std::string chosen = profile.empty() ? names.standard : profile;
  if (std::find(names.all.begin(), names.all.end(), chosen) == names.all.end()) {
    return user_error(file.string(),
                      "found no profile '" + printable(chosen, false, 60) + "', wanted one of " +
                          enumerate(names.all) + did_you_mean(chosen, names.all),
                      "Name one of them with --profile.");
  }

  Node changed = root;
  apply_named(changed, chosen, problems);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Override& one : overrides) pairs.emplace_back(one.key, one.value);
  apply_overrides(changed, pairs, problems);
  Lab lab = assemble(changed, vocabulary, problems);

  for (const std::string& other : names.all) {
    if (other == chosen && overrides.empty()) continue;
    Node copy = root;
    apply_named(copy, other, problems);
    assemble(copy, vocabulary, problems);
  }
  if (!problems.empty()) return problems.error();

  lab.file = file;
  lab.profile = chosen;
  lab.profiles = {names.standard};
  for (const std::string& name : names.all) {
    if (name != names.standard) lab.profiles.push_back(name);
  }
  return lab;
}

}  // namespace gradus::lab
