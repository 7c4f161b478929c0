#include "framework/supervisor/exam_order.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"
#include "framework/core/philox.hpp"
#include "framework/record/messages.hpp"

namespace gradus::supervisor {
namespace {

/// Images of a full batch that were asked before.
std::uint32_t repeats_of(std::uint32_t batch) { return std::max(1U, batch / 64); }

void shuffle(std::vector<std::uint32_t>& items, std::uint64_t seed, std::uint32_t stream) {
  const auto order =
      permutation(seed, Purpose::exam, stream, static_cast<std::uint32_t>(items.size()));
  std::vector<std::uint32_t> mixed;
  mixed.reserve(items.size());
  for (const std::uint32_t index : order) mixed.push_back(items[index]);
  items = std::move(mixed);
}

}  // namespace

std::uint64_t exam_seed(const std::string& secret, const std::string& run_hash,
                        const std::string& subject) {
  Sha256 hash;
  hash.update_field("gradus.exam/1");
  hash.update_field(secret);
  hash.update_field(run_hash);
  hash.update_field(subject);
  return std::stoull(hash.hex().substr(0, 16), nullptr, 16);
}

ExamOrder make_exam_order(const std::string& secret, const std::string& run_hash,
                          const std::string& subject, std::uint32_t count, std::uint32_t batch) {
  ExamOrder order;
  if (count == 0) return order;
  const std::uint64_t seed = exam_seed(secret, run_hash, subject);
  const auto images = permutation(seed, Purpose::exam, 0, count);
  const std::uint32_t repeats = repeats_of(batch);
  std::uint32_t asked = 0;
  // One batch more than the images need where they fit in one: a repeat must stand in another
  // batch than the first answer.
  while (asked < count || order.batches.size() < 2) {
    const auto number = static_cast<std::uint32_t>(order.batches.size());
    std::vector<std::uint32_t> current;
    for (std::uint32_t i = 0; number > 0 && i < std::min(repeats, asked); ++i) {
      const auto word = philox(seed, Purpose::probe, number, i)[0];
      current.push_back(images[bounded(word, asked)]);
    }
    const std::uint32_t fresh = std::min(batch - repeats, count - asked);
    current.insert(current.end(), images.begin() + asked, images.begin() + asked + fresh);
    asked += fresh;
    shuffle(current, seed, number + 1);
    order.batches.push_back(std::move(current));
  }
  return order;
}

Result<std::string> read_secret(const Paths& paths) {
  const fs::path path = paths.home / "secret";
  constexpr std::size_t kDigits = 64;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (fs::exists(path)) {
      GRADUS_TRY(std::string secret, read_file(path, 4096));
      if (secret.size() >= kDigits) return secret.substr(0, kDigits);
      return infrastructure_error(path.string(),
                                  "found " + std::to_string(secret.size()) +
                                      " bytes, wanted the 64 hex digits of the exam secret",
                                  "remove the file: a fresh one is made");
    }
    GRADUS_CHECK(make_folder(paths.home));
    // Written whole under a name of its own, then linked: the first of several processes wins.
    const std::string own = path.string() + "." + fresh_nonce();
    const Fd file(::open(own.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.valid()) return system_error(own, "create", errno);
    const std::string secret = fresh_nonce() + fresh_nonce();
    const bool written =
        ::write(file.get(), secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) &&
        ::fsync(file.get()) == 0;
    const int write_errno = errno;
    const bool linked = written && (::link(own.c_str(), path.c_str()) == 0 || errno == EEXIST);
    const int link_errno = errno;
    ::unlink(own.c_str());
    if (!written) return system_error(own, "write", write_errno);
    if (!linked) return system_error(path.string(), "create", link_errno);
  }
  return infrastructure_error(path.string(), "the exam secret cannot be made",
                              "check the permissions of the folder");
}

}  // namespace gradus::supervisor
