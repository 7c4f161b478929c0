#pragma once

namespace gradus::worker {

/// Descriptors of one worker; the caller keeps them.
struct WorkerFds {
  int in = 3, out = 4;         ///< frames
  int images = 5, labels = 6;  ///< trainer: the training split's files
};

/// Exit codes beside 0 (an "end" frame was sent).
inline constexpr int kExitFailed = 1;          ///< a "failed" frame was sent
inline constexpr int kExitInfrastructure = 3;  ///< start frame, data or supervisor at fault

/// Reads the start frame and plays its role to the end. Returns the exit code; never throws.
int run_worker(const WorkerFds& fds);

}  // namespace gradus::worker
