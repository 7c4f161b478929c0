#include "framework/tests/attacks/decoys.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <cstdlib>

namespace gradus::attacks {
namespace {

constexpr std::uint32_t kWord = 0x600dda7a;
volatile std::uint32_t g_word = kWord;

Result<Fd> listen_on(int family, const sockaddr* address, socklen_t size) {
  Fd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid() || bind(fd.get(), address, size) != 0 || listen(fd.get(), 64) != 0)
    return system_error("decoys", "a listener", errno);
  return fd;
}

Result<Fd> listen_unix(const std::string& name, bool abstract) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + (abstract ? 1 : 0), name.data(), name.size());
  return listen_on(AF_UNIX, reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + 1));
}

/// Waits for its end; everybody may trace it as far as the system's policy goes.
pid_t make_victim() {
  const pid_t parent = getpid();
  const pid_t victim = fork();
  if (victim != 0) return victim;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  if (getppid() != parent) _exit(0);
  for (;;) pause();
}

}  // namespace

Result<Decoys> Decoys::make(const fs::path& home) {
  Decoys decoys;
  Target& target = decoys.target_;
  const std::string id = std::to_string(getpid());
  GRADUS_TRY(const fs::path folder, make_temporary_folder(home, "decoys"));
  if (chmod(folder.c_str(), 0755) != 0) return system_error("decoys", "chmod", errno);
  target.folder = folder;
  target.labels = folder / "labels";
  target.submission = folder / "submission";
  target.outside = folder / "outside";
  target.socket = folder / "socket";
  target.abstract = "gradus-decoy-" + id;
  target.shared = "/gradus-decoy-" + id;
  GRADUS_CHECK(write_file(target.labels, "0123456789012345"));
  GRADUS_CHECK(write_file(target.submission, "int main() { return 0; }"));
  GRADUS_CHECK(make_folder(target.outside));
  if (chmod(target.labels.c_str(), 0600) != 0 || chmod(target.submission.c_str(), 0644) != 0 ||
      chmod(target.outside.c_str(), 0777) != 0)
    return system_error("decoys", "chmod", errno);

  GRADUS_TRY(Fd path_listener, listen_unix(target.socket, false));
  if (chmod(target.socket.c_str(), 0777) != 0) return system_error("decoys", "chmod", errno);
  decoys.held_.push_back(std::move(path_listener));
  GRADUS_TRY(Fd abstract_listener, listen_unix(target.abstract, true));
  decoys.held_.push_back(std::move(abstract_listener));
  sockaddr_in address = detail::loopback(0);
  GRADUS_TRY(Fd tcp, listen_on(AF_INET, reinterpret_cast<sockaddr*>(&address), sizeof address));
  socklen_t size = sizeof address;
  getsockname(tcp.get(), reinterpret_cast<sockaddr*>(&address), &size);
  target.port = ntohs(address.sin_port);
  decoys.held_.push_back(std::move(tcp));
  Fd udp(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (bind(udp.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return system_error("decoys", "the UDP socket", errno);
  decoys.held_.push_back(std::move(udp));

  Fd shared(shm_open(target.shared.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!shared.valid() || fchmod(shared.get(), 0666) != 0)
    return system_error("decoys", "shared memory", errno);
  decoys.held_.push_back(std::move(shared));
  target.sysv = 0x67000000 + getpid();
  decoys.segment_ = shmget(target.sysv, 4096, IPC_CREAT | 0666);
  if (decoys.segment_ < 0) return system_error("decoys", "shmget", errno);
  target.word = reinterpret_cast<std::uintptr_t>(&g_word);
  target.pid = make_victim();
  return decoys;
}

Decoys::~Decoys() {
  if (target_.pid <= 0) return;
  kill(target_.pid, SIGKILL);
  waitpid(target_.pid, nullptr, 0);
  shm_unlink(target_.shared.c_str());
  if (segment_ >= 0) shmctl(segment_, IPC_RMID, nullptr);
}

bool Decoys::victim_untouched() const {
  std::uint32_t value = 0;
  iovec mine{&value, sizeof value}, theirs{reinterpret_cast<void*>(target_.word), sizeof value};
  return process_vm_readv(target_.pid, &mine, 1, &theirs, 1, 0) == sizeof value && value == kWord;
}

}  // namespace gradus::attacks
