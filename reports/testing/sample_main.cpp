// Renders, to look at the design: gradus-report-sample DIR writes made-up result folders into DIR
// first; a DIR that is a result folder itself is rendered as it is.
#include <chrono>
#include <cstdio>

#include "framework/core/paths.hpp"
#include "reports/report.hpp"
#include "reports/testing/sample.hpp"

int main(int argc, char** argv) {
  using namespace gradus;
  namespace samples = reports::testing;
  if (argc != 2) {
    std::fputs("usage: gradus-report-sample DIR\n", stderr);
    return 2;
  }
  auto paths = find_paths();
  if (!paths.ok()) {
    std::fprintf(stderr, "%s\n", paths.error().text().c_str());
    return exit_code(paths.error().fault);
  }
  if (std::filesystem::exists(std::filesystem::path(argv[1]) / "result.json")) {
    const Status status = reports::render(*paths, argv[1], {});
    if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().text().c_str());
    return status.ok() ? 0 : exit_code(status.error().fault);
  }
  const std::pair<const char*, samples::Sample> all[] = {
      {"simplenn", samples::simplenn_sample()}, {"tuning", samples::tuning_sample()},
      {"stopped", samples::stopped_sample()},   {"course", samples::course_sample()},
      {"grid", samples::grid_sample()},         {"crashed", samples::crashed_sample()},
      {"unbuilt", samples::unbuilt_sample()}};
  for (const auto& [name, sample] : all) {
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / name;
    Status status = samples::write_sample(sample, folder);
    const auto start = std::chrono::steady_clock::now();
    if (status.ok()) status = reports::render(*paths, folder, {});
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.error().text().c_str());
      return exit_code(status.error().fault);
    }
    std::printf("%s: %.2f s\n", folder.c_str(), seconds.count());
  }
  return 0;
}
