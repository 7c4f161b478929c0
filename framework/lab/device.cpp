#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/lab.hpp"
#include "framework/record/gpu_share.hpp"

namespace gradus::lab {

Result<std::string> settle_device(Lab& lab, const GpuReport& report, const Status& usable) {
  if (lab.device == "cpu") return std::string();
  if (!usable.ok() || report.gpus.empty()) {
    if (lab.device == "cuda") {
      if (!usable.ok()) return usable.error();
      return user_error("run.device", "no GPU answers here: " + report.problem, report.cure);
    }
    lab.device = "cpu";
    // That there is none needs no word; one that is left idle does.
    if (report.gpus.empty()) return std::string();
    return "The GPU is not used: " + usable.error().what + ". " + usable.error().cure;
  }
  const Gpu& first = report.gpus.front();
  RunLimits limits;
  limits.gpu_memory_mib = lab.gpu_memory_mib;
  if (first.memory_mib > 0 && gpu_mib_of_run(limits) > first.memory_mib)
    return user_error("run.gpu_memory_mib",
                      "found " + with_commas(lab.gpu_memory_mib) + " MiB for a run and " +
                          with_commas(2 * kGpuContextMib) + " for its two processes, the " +
                          printable(first.name) + " has " + with_commas(first.memory_mib),
                      "Ask for less: --set run.gpu_memory_mib=" +
                          std::to_string(std::min<std::int64_t>(4096, first.memory_mib / 2)));
  lab.device = "cuda";
  lab.device_name = first.name;
  return std::string();
}

bool serves_bfloat16(const Lab& lab, const Machine& machine) {
  return machine.bfloat16 || (machine.vectors && lab.engine == "gradus");
}

std::string precision_note(const Lab& lab, const Machine& machine) {
  if (lab.device == "cuda") return "";
  if (lab.precision == "tfloat32")
    return "The lab asks for tfloat32, which only GPUs have: float32 is used instead.";
  if (lab.precision != "bfloat16" || serves_bfloat16(lab, machine)) return "";
  const std::string why = machine.vectors ? "LibTorch's own kernels (run.engine) would be"
                                          : "without avx2 and fma, too, it would be";
  return "The lab asks for bfloat16, which this CPU has no instructions for (avx512_bf16 or "
         "amx_bf16): " +
         why + " several times slower in it than in float32, which is used instead.";
}

}  // namespace gradus::lab
