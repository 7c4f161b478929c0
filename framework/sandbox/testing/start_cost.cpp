// What a sandbox adds to the start of a program: start_cost [MOUNT...] -- PROGRAM [ARGUMENT...]
// Runs the program 20 times in each mode and once more often plainly, interleaved, so that a change
// of the machine's load meets all alike, and prints the medians of start-to-end wall time.
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

#include "framework/sandbox/sandbox.hpp"

namespace {

using gradus::sandbox::Mode;
using gradus::sandbox::Spec;

double timed_ms(const std::function<bool()>& work, bool& ok) {
  const auto start = std::chrono::steady_clock::now();
  ok = work() && ok;
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

bool plainly(const std::vector<std::string>& argv) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  char* environment[] = {nullptr};
  pid_t pid = 0;
  int status = 1;
  return posix_spawn(&pid, words[0], nullptr, nullptr, words.data(), environment) == 0 &&
         waitpid(pid, &status, 0) == pid && status == 0;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  Spec spec;
  int at = 1;
  for (; at < argc && std::strcmp(argv[at], "--") != 0; ++at)
    spec.mounts.push_back({argv[at], "", false});
  for (++at; at < argc; ++at) spec.argv.emplace_back(argv[at]);
  if (spec.argv.empty())
    return std::fputs("start_cost [MOUNT...] -- PROGRAM [ARGUMENT...]\n", stderr), 2;
  spec.may_exec = false;
  constexpr Mode kModes[] = {Mode::off, Mode::reduced, Mode::full};
  std::vector<double> plain, times[3];
  bool ok = true;
  for (int round = 0; round < 20; ++round) {
    plain.push_back(timed_ms([&] { return plainly(spec.argv); }, ok));
    for (std::size_t i = 0; i < 3; ++i) {
      spec.mode = kModes[i];
      times[i].push_back(timed_ms(
          [&] {
            const auto outcome = gradus::sandbox::run(spec);
            if (!outcome.ok()) std::fprintf(stderr, "%s\n", outcome.error().text().c_str());
            return outcome.ok() && outcome->ok();
          },
          ok));
    }
  }
  std::printf("plain %.1f ms", median(plain));
  for (std::size_t i = 0; i < 3; ++i)
    std::printf(", %s %.1f ms (+%.1f)", to_string(kModes[i]), median(times[i]),
                median(times[i]) - median(plain));
  std::printf("  medians of 20%s\n", ok ? "" : "; SOME RUNS FAILED");
  return ok ? 0 : 1;
}
