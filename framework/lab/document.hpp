#pragma once

// A lab file with its private overlay, before and after a profile; private to this room.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "framework/lab/lab.hpp"
#include "framework/lab/node.hpp"
#include "framework/lab/problems.hpp"

namespace gradus::lab {

/// A private overlay: what students must not see. See private.cpp for how it is applied.
struct Overlay {
  std::string source, hash;  ///< file as messages name it; of its bytes
  std::string lab, secret;
  Node changes;   ///< as a profile's
  Node profiles;  ///< tables by profile name; changes of one profile
};

struct Document {
  std::filesystem::path file;
  Node root;     ///< what the overlay adds stands in its lists; its table "profile" is empty
  Node changes;  ///< of the file's profiles: tables by name, out of what every profile copies
  std::optional<Overlay> overlay;
  std::vector<std::string> profiles;  ///< in the file's order; "full" is always there
  std::string standard;               ///< profile that runs where none is asked for
};

/// Error (user): a file that cannot be read, or is no TOML. What is wrong inside is a problem.
Result<Document> open_document(const std::filesystem::path& file,
                               const std::filesystem::path& private_overlay, Problems& problems);
/// The same for a tree that is in memory already.
Document document_of(Node root, const std::filesystem::path& file, Problems& problems);

/// The tree under a profile.
struct Tree {
  Node root;
  double epochs_scale = 1;
};
Tree tree_of(const Document& document, const std::string& profile,
             const std::vector<Override>& overrides, Problems& problems);

/// The lab that a tree describes, its seed and what is private settled.
Lab lab_of(const Document& document, const Tree& tree, const std::string& profile,
           const Vocabulary& vocabulary, Problems& problems);

/// Text of a regular file of at most 1 MiB that is not empty; errors (user) say what was wanted:
/// `noun` is "a lab file".
Result<std::string> load_text(const std::filesystem::path& file, const std::string& noun,
                              const std::string& cure);

/// Reads an overlay and adds its tasks, items and figures to the document.
Status add_overlay(Document& document, const std::filesystem::path& file, Problems& problems);
/// What the overlay changes below the profile; the scale of epochs that it brings.
double apply_overlay(Node& root, const Overlay& overlay, const std::string& profile,
                     Problems& problems);
/// Seed and marks that come from the overlay.
void settle_private(Lab& lab, const Node& root, const Overlay& overlay, Problems& problems);

}  // namespace gradus::lab
