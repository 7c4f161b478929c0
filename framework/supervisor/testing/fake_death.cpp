// Every way to die or to hang.

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <vector>

#include "framework/supervisor/testing/fake.hpp"

namespace gradus::fake {
namespace {

[[noreturn]] void wait_forever() {
  for (;;) ::poll(nullptr, 0, -1);
}

[[noreturn]] void spin_forever() {
  for (volatile unsigned i = 0;; i = i + 1) {
  }
}

}  // namespace

void send(Fake& fake, const std::string& type, const Json& body) {
  if (!fake.channel.send(type, fake.run_nonce, body).ok()) std::_Exit(9);
}

void die(Fake& fake, const std::string& how) {
  if (how == "segfault") {
    ::signal(SIGSEGV, SIG_DFL);
    ::raise(SIGSEGV);
  }
  if (how == "sigkill") ::raise(SIGKILL);
  if (how == "exit0") std::_Exit(0);
  if (how == "exit7") std::_Exit(7);
  if (how == "silent") wait_forever();
  if (how == "spin") spin_forever();
  if (how == "stop") {
    ::raise(SIGSTOP);
    wait_forever();
  }
  if (how == "hog") {
    std::vector<char*> kept;
    for (;;) {
      constexpr std::size_t kPiece = std::size_t{8} << 20;
      char* piece = new char[kPiece];
      std::memset(piece, 1, kPiece);
      kept.push_back(piece);
    }
  }
  if (how == "closed" || how == "closed_spin") {  // its descriptors closed, but running on
    ::close(3);
    ::close(4);
    if (how == "closed_spin") spin_forever();
    wait_forever();
  }
  if (how == "failed") {
    send(fake, "failed",
         {{"phase", "forward"},
          {"code", "TIMEOUT"},
          {"what", "own \x1b[31mwords"},
          {"cure", "none"}});
    std::_Exit(1);
  }
  if (how == "lostgpu" || how == "fullgpu") {
    send(fake, "failed",
         {{"phase", "train"},
          {"code", how == "lostgpu" ? "DEVICE_LOST" : "GPU_MEMORY"},
          {"what", "CUDA error: as it says"},
          {"cure", ""}});
    std::_Exit(1);
  }
  std::_Exit(8);
}

void perhaps_die(Fake& fake, const std::string& place) {
  for (const char* how : {"segfault", "sigkill", "exit0", "exit7", "silent", "spin", "stop", "hog",
                          "closed", "closed_spin", "failed", "lostgpu", "fullgpu"}) {
    if (fake.has(place + "_" + how)) die(fake, how);
  }
}

}  // namespace gradus::fake
