#include "grader/archive/unpack.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "grader/archive/stream.hpp"

namespace gradus::grader {
namespace {

constexpr double kCpuSeconds = 30;
constexpr const char* kPack = "pack the folder of sources again, with zip or tar";

/// Everything that the unpacker may say, with room for its heads and names.
std::uint64_t stream_bytes(const ArchiveCaps& caps) {
  return caps.total_bytes + 4 * caps.members * (caps.path_bytes + 16) + (std::uint64_t{1} << 16);
}

sandbox::Spec call(const Paths& paths, sandbox::Mode mode, int archive, const ArchiveCaps& caps) {
  const auto program = paths.program("gradus-unpack");
  sandbox::Spec spec;
  spec.argv = {program.string(), caps.to_text()};
  spec.mounts = {{program, {}, false}};
  spec.fds = {{archive, 3}};
  spec.mode = mode;
  spec.may_exec = false;
  spec.limits.cpu_s = kCpuSeconds;
  spec.limits.wall_s = kCpuSeconds * 4;  // a busy machine is no reason to give up
  constexpr std::uint64_t kMib = std::uint64_t{1} << 20;
  // The archive, one file (which grows by doubling) and what a decompressor keeps.
  spec.limits.memory_mib =
      static_cast<std::int64_t>((caps.archive_bytes + 3 * caps.file_bytes) / kMib + 192);
  spec.limits.scratch_mib = 1;
  spec.limits.output_bytes = stream_bytes(caps);
  spec.limits.output_total_mib = static_cast<std::int64_t>(stream_bytes(caps) / kMib + 1);
  return spec;
}

/// What the end of the unpacker says about the archive; a stream that is whole speaks for itself.
Result<std::optional<Failure>> judge(const sandbox::Outcome& outcome, const Unpacking& unpacking) {
  const bool ended_well = outcome.ok() && !outcome.out_cut;
  if (ended_well && unpacking.refusal) {
    return std::optional(rejection(unpacking.refusal->what, unpacking.refusal->cure));
  }
  if (ended_well && unpacking.whole) return std::optional<Failure>();
  if (!outcome.limit.empty() || outcome.out_cut) {
    return std::optional(rejection("unpacking the archive was stopped at its limit of " +
                                       (outcome.limit.empty() ? "output" : outcome.limit),
                                   "hand in the sources only"));
  }
  if (outcome.signal != 0) {
    return std::optional(rejection("the archive is damaged (reading it ended with signal " +
                                       std::to_string(outcome.signal) + ")",
                                   kPack));
  }
  return infrastructure_error("gradus-unpack",
                              "gave no whole answer (exit code " +
                                  std::to_string(outcome.exit_code) +
                                  "): " + printable(outcome.err, false, 400),
                              "install Gradus whole: './gradus setup'");
}

Status write_members(const std::vector<Member>& members, const fs::path& target) {
  GRADUS_CHECK(make_folder(target, 0700));
  for (const Member& member : members) {
    const fs::path path = target / member.name;
    if (member.folder) {
      GRADUS_CHECK(make_folder(path, 0700));
      continue;
    }
    GRADUS_CHECK(make_folder(path.parent_path(), 0700));
    GRADUS_CHECK(write_file(path, member.content));
  }
  return {};
}

}  // namespace

Failure rejection(std::string what, std::string cure) {
  return {Fault::submission, "REJECTED", "unpack", printable(what, true, 2000), std::move(cure)};
}

Result<std::optional<Failure>> unpack(const Paths& paths, sandbox::Mode mode,
                                      const fs::path& archive, const fs::path& target,
                                      const ArchiveCaps& caps) {
  // O_NONBLOCK: a pipe that is named like an archive must not hold us up.
  const Fd fd(::open(archive.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0)
    return system_error(archive.string(), "the archive cannot be opened", errno);
  if (!S_ISREG(info.st_mode)) {
    return std::optional(
        rejection("the archive is no regular file (a pipe, socket or device)", kPack));
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > caps.archive_bytes) {
    return std::optional(rejection(
        "the archive is larger than " + byte_size(static_cast<double>(caps.archive_bytes)),
        "hand in the sources only"));
  }
  GRADUS_TRY(const sandbox::Outcome outcome, sandbox::run(call(paths, mode, fd.get(), caps)));
  const Unpacking unpacking = read_stream(outcome.out, caps, size);
  GRADUS_TRY(auto failure, judge(outcome, unpacking));
  if (failure) return failure;
  FolderGuard guard(target);
  GRADUS_CHECK(write_members(unpacking.members, target));
  guard.release();
  return std::optional<Failure>();
}

}  // namespace gradus::grader
