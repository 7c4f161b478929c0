#include "framework/worker/plugin/inspect.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "framework/core/text.hpp"

namespace gradus::worker {
namespace {

struct KindPrefix {
  const char* kind;
  std::string_view prefix;
};
constexpr std::array<KindPrefix, 3> kPrefixes{{{"model", "gradus_model_"},
                                               {"activation", "gradus_activation_"},
                                               {"augmentation", "gradus_augmentation_"}}};

/// Mangled names that only code which registers or replaces LibTorch operators imports. Such a
/// registration is process-global: it would change what every later call in the worker computes.
constexpr std::array<std::pair<std::string_view, const char*>, 3> kForbiddenImports{
    {{"5torch7Library", "torch::Library"},
     {"3c1010Dispatcher", "c10::Dispatcher"},
     {"3c1017RegisterOperators", "c10::RegisterOperators"}}};

/// Libraries that the worker has loaded anyway, by the beginning of their names.
constexpr std::array<std::string_view, 12> kAllowedLibraries{
    "libtorch.so",    "libtorch_cpu.so", "libtorch_cuda.so", "libc10.so",
    "libc10_cuda.so", "libstdc++.so",    "libgcc_s.so",      "libc.so",
    "libm.so",        "libgomp",         "libpthread.so",    "ld-linux-x86-64.so"};

/// The first few of many names, for a sentence.
std::string few(const std::vector<std::string>& names) {
  constexpr std::size_t kFew = 3;
  const std::size_t shown = std::min(names.size(), kFew);
  std::string text = join(std::span(names).first(shown), ", ");
  if (names.size() > shown) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

}  // namespace

Inspection inspect(const ElfLibrary& library) {
  Inspection found;
  std::vector<std::string> foreign;
  for (const std::string& symbol : library.exports) {
    const auto prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(), [&](const KindPrefix& p) {
      return symbol.starts_with(p.prefix) && symbol.size() > p.prefix.size();
    });
    if (prefix == kPrefixes.end()) {
      foreign.push_back(symbol);
    } else {
      found.plugins.push_back({prefix->kind, symbol.substr(prefix->prefix.size())});
    }
  }
  std::stable_sort(found.plugins.begin(), found.plugins.end(),
                   [](const Listed& a, const Listed& b) {
                     return a.kind != b.kind ? a.kind > b.kind : a.name < b.name;
                   });
  if (!foreign.empty()) {
    found.problems.push_back(
        "the library exports " + few(foreign) +
        ", wanted only gradus_KIND_NAME: link it with the SDK's version script");
  }
  for (const auto& [pattern, readable] : kForbiddenImports) {
    if (std::any_of(library.imports.begin(), library.imports.end(),
                    [&, text = pattern](const std::string& name) {
                      return name.find(text) != std::string::npos;
                    })) {
      found.problems.push_back(std::string("the library uses ") + readable +
                               ": a plugin may not register LibTorch operators (TORCH_LIBRARY)");
    }
  }
  for (const std::string& needed : library.needed) {
    if (std::none_of(kAllowedLibraries.begin(), kAllowedLibraries.end(),
                     [&](std::string_view allowed) { return needed.starts_with(allowed); })) {
      found.problems.push_back("the library needs '" + needed +
                               "', wanted only LibTorch and the C++ run time");
    }
  }
  if (!library.run_path.empty()) {
    found.problems.push_back("the library has a run path ('" + library.run_path +
                             "'), wanted none");
  }
  if (library.executable_stack) {
    found.problems.push_back("the library asks for an executable stack");
  }
  return found;
}

Result<Inspection> inspect(const std::filesystem::path& path) {
  GRADUS_TRY(const ElfLibrary library, read_elf(path));
  return inspect(library);
}

std::string to_text(const std::vector<Listed>& plugins) {
  std::string text;
  for (const Listed& plugin : plugins) {
    text += (text.empty() ? "" : ", ") + plugin.kind + " " + plugin.name;
  }
  return text;
}

}  // namespace gradus::worker
