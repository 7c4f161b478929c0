// From files to the tree that is read.
//
// Theory of operation. The overlay's additions join the lab's lists first, so that profiles and
// --set reach them like any other. Then the changes, the more special the later: the file's
// profile, the overlay, the overlay's own table of that profile, --set.

#include "framework/lab/document.hpp"

#include <algorithm>
#include <utility>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "framework/lab/overlay.hpp"
#include "framework/lab/parts.hpp"

namespace gradus::lab {
namespace {

constexpr std::uint64_t kMostBytes = 1 << 20;

void add_name(Document& document, const std::string& name) {
  auto& all = document.profiles;
  if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
}

void name_profiles(Document& document, const Node* profiles, Problems& problems) {
  if (profiles == nullptr) return;
  for (const Entry& entry : profiles->entries) {
    add_name(document, entry.key);
    if (!entry.value.is(Node::Kind::table)) {
      problems.add(entry.value.at, "profile." + printable(entry.key, false, 60) + ": found " +
                                       describe(entry.value) + ", wanted a table");
    }
  }
}

/// All profiles there are, and which of them runs where none is asked for.
void settle_profiles(Document& document, Problems& problems) {
  if (Node* profiles = document.root.find("profile");
      profiles != nullptr && profiles->is(Node::Kind::table)) {
    document.changes.entries = std::exchange(profiles->entries, {});
  }
  name_profiles(document, &document.changes, problems);
  if (document.overlay) name_profiles(document, &document.overlay->profiles, problems);
  add_name(document, "full");
  document.standard = "full";
  const Node* about = document.root.find("lab");
  const Node* wanted = about == nullptr ? nullptr : about->find("profile");
  if (wanted == nullptr || !wanted->is(Node::Kind::text))
    return;  // a wrong type is reported by Table
  const auto& all = document.profiles;
  if (std::find(all.begin(), all.end(), wanted->text) == all.end()) {
    problems.add(wanted->at, "lab.profile: found " + describe(*wanted) +
                                 ", wanted a profile of this file: " + enumerate(all) +
                                 did_you_mean(wanted->text, all));
  } else {
    document.standard = wanted->text;
  }
}

}  // namespace

Result<std::string> load_text(const std::filesystem::path& file, const std::string& noun,
                              const std::string& cure) {
  std::error_code ignored;
  const auto status = std::filesystem::status(file, ignored);
  if (!std::filesystem::exists(status))
    return user_error(file.string(), "found nothing there, wanted " + noun, cure);
  if (std::filesystem::is_directory(status))
    return user_error(file.string(), "found a folder, wanted " + noun, cure);
  if (!std::filesystem::is_regular_file(status)) {
    return user_error(file.string(), "found something that is not a regular file, wanted " + noun,
                      cure);
  }
  const std::uintmax_t size = std::filesystem::file_size(file, ignored);
  if (!ignored && size > kMostBytes) {
    return user_error(file.string(),
                      "found a file of " + byte_size(static_cast<double>(size)) + ", wanted " +
                          noun + " of at most 1 MiB",
                      cure);
  }
  auto text = read_file(file, kMostBytes);
  if (!text.ok()) return user_error(file.string(), text.error().what, cure);
  if (text->find_first_not_of(" \t\r\n") == std::string::npos)
    return user_error(file.string(), "found an empty file, wanted " + noun, cure);
  return text;
}

Result<Document> open_document(const std::filesystem::path& file,
                               const std::filesystem::path& private_overlay, Problems& problems) {
  GRADUS_TRY(const std::string text,
             load_text(file, "a lab file",
                       "Give the path of a lab.toml; 'gradus lab list' shows the labs there are."));
  Document document;
  document.file = file;
  GRADUS_TRY(document.root, parse_document(text, file.string()));
  if (!private_overlay.empty()) GRADUS_CHECK(add_overlay(document, private_overlay, problems));
  settle_profiles(document, problems);
  return document;
}

Document document_of(Node root, const std::filesystem::path& file, Problems& problems) {
  Document document;
  document.file = file;
  document.root = std::move(root);
  settle_profiles(document, problems);
  return document;
}

Tree tree_of(const Document& document, const std::string& profile,
             const std::vector<Override>& overrides, Problems& problems) {
  Tree tree{document.root, 1};
  const Node* own = document.changes.find(profile);
  if (own != nullptr && own->is(Node::Kind::table))
    tree.epochs_scale *= apply_profile(tree.root, *own, problems);
  if (document.overlay)
    tree.epochs_scale *= apply_overlay(tree.root, *document.overlay, profile, problems);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Override& one : overrides) pairs.emplace_back(one.key, one.value);
  tree.epochs_scale *= apply_overrides(tree.root, pairs, problems);
  return tree;
}

Lab lab_of(const Document& document, const Tree& tree, const std::string& profile,
           const Vocabulary& vocabulary, Problems& problems) {
  Lab lab = assemble(tree.root, vocabulary, problems);
  lab.file = document.file;
  lab.profile = profile;
  lab.epochs_scale = tree.epochs_scale;
  if (lab.epochs_scale == 1) check_rungs(lab, tree.root, problems);
  lab.profiles = {document.standard};
  for (const std::string& name : document.profiles) {
    if (name != document.standard) lab.profiles.push_back(name);
  }
  if (document.overlay) settle_private(lab, tree.root, *document.overlay, problems);
  return lab;
}

}  // namespace gradus::lab
