#pragma once

// What the attacks aim at, what came of them, and the few helpers that they share.

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <sstream>
#include <string>

namespace gradus::attacks {

/// The decoys that an attack goes for; passed as one string "name value\n...".
struct Target {
  std::string labels;       ///< file, mode 0600, of the supervisor's user
  std::string submission;   ///< file, readable by everybody
  std::string folder;       ///< with files to list; world-readable
  std::string outside;      ///< folder that everybody may write
  std::string socket;       ///< Unix socket with a listener
  std::string abstract;     ///< abstract Unix socket with a listener
  std::string shared;       ///< name of a POSIX shared memory object
  int port = 0;             ///< TCP and UDP, 127.0.0.1
  int pid = 0;              ///< the victim: a process of the supervisor's user
  std::uintptr_t word = 0;  ///< address of a word of the victim
  int sysv = -1;            ///< key of a System V segment

  std::string text() const {
    std::ostringstream out;
    out << "labels " << labels << "\nsubmission " << submission << "\nfolder " << folder
        << "\noutside " << outside << "\nsocket " << socket << "\nabstract " << abstract
        << "\nshared " << shared << "\nport " << port << "\npid " << pid << "\nword " << word
        << "\nsysv " << sysv << "\n";
    return out.str();
  }
  static Target parse(const std::string& text) {
    Target target;
    std::istringstream in(text);
    for (std::string name; in >> name;) {
      if (name == "labels") in >> target.labels;
      if (name == "submission") in >> target.submission;
      if (name == "folder") in >> target.folder;
      if (name == "outside") in >> target.outside;
      if (name == "socket") in >> target.socket;
      if (name == "abstract") in >> target.abstract;
      if (name == "shared") in >> target.shared;
      if (name == "port") in >> target.port;
      if (name == "pid") in >> target.pid;
      if (name == "word") in >> target.word;
      if (name == "sysv") in >> target.sysv;
    }
    return target;
  }
};

/// What came of it. impossible: this kernel lacks what the attack needs, whatever the layers.
struct Finding {
  enum class Result { held, succeeded, impossible } result = Result::held;
  std::string did;
};

inline Finding held(const std::string& what) {
  return {Finding::Result::held, what + ": " + std::strerror(errno)};
}
inline Finding succeeded(const std::string& did) { return {Finding::Result::succeeded, did}; }
/// Held, unless errno says that the kernel does not have it (only a seccomp filter answers EPERM).
inline Finding held_or_absent(const std::string& what, std::initializer_list<int> absent) {
  for (const int error : absent)
    if (errno == error) return {Finding::Result::impossible, what + ": " + std::strerror(errno)};
  return held(what);
}

namespace detail {

class Handle {
 public:
  explicit Handle(int fd) : fd_(fd) {}
  ~Handle() {
    const int error = errno;
    if (fd_ >= 0) close(fd_);
    errno = error;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator int() const { return fd_; }  // NOLINT: a descriptor

 private:
  int fd_;
};

inline Finding read_some(const std::string& path) {
  const Handle fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char bytes[16];
  if (fd < 0) return held("open " + path);
  const ssize_t got = read(fd, bytes, sizeof bytes);
  if (got <= 0) return held("read " + path);
  return succeeded("read " + std::to_string(got) + " bytes of " + path);
}

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline Finding connect_unix(const std::string& path, bool abstract) {
  const Handle fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd < 0) return held("socket(AF_UNIX)");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + (abstract ? 1 : 0), path.data(),
              std::min(path.size(), sizeof address.sun_path - 2));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) return held("connect");
  return succeeded("connected to the Unix socket " + path);
}

}  // namespace detail

}  // namespace gradus::attacks
