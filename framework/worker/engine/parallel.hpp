#pragma once

#include <c10/util/FunctionRef.h>

#include <cstdint>

namespace gradus::worker::engine {

/// Calls work(from, to) for parts of [0, count) on LibTorch's threads, as many as
/// at::get_num_threads() says, each part at least `grain` long (but for the last ones). Which
/// thread takes a part is settled while they run, most often the same one as in a like call before:
/// who has done its share helps the others. Serial inside another such call, and for one part.
///
/// at::parallel_for() is a template that is compiled here, and without OpenMP's compiler flag it
/// quietly runs in one thread; with the flag a second OpenMP library could come in beside
/// LibTorch's. So LibTorch's own, compiled one is asked, through a tensor iterator over `count`
/// bytes that nobody reads.
void in_parallel(std::int64_t count, std::int64_t grain,
                 c10::function_ref<void(std::int64_t from, std::int64_t to)> work);

}  // namespace gradus::worker::engine
