// Tables about how runs are fed, repeated, bounded and examined.

#include "framework/lab/key.hpp"
#include "framework/lab/schema.hpp"

namespace gradus::lab {

std::vector<TableSpec> run_tables() {
  using enum ValueType;
  return {
      {"input",
       "Augmentation of training images by the native pipeline; off where a task names an "
       "augmentation plugin.",
       {Key(integer, "crop", "padding of the random crop in pixels; 0: none")
            .at_least(0)
            .at_most(1024)
            .or_else(0),
        Key(text, "pad", "what lies around the image for the crop: black, or its mirror image")
            .one_of({"zero", "reflect"})
            .or_else("zero"),
        Key(boolean, "flip", "mirror half of the images").or_else(false),
        Key(text, "flip_by",
            "coin: thrown for every image in every epoch; turns: thrown once an image, which is "
            "then mirrored in every second epoch")
            .one_of({"coin", "turns"})
            .or_else("coin"),
        Key(numbers, "resize",
            "heights in pixels of the images in the first epochs, made smaller by the mean over "
            "each pixel's area; examination is at full size")
            .at_least(1)
            .at_most(4096),
        Key(numbers, "resize_until",
            "one for each of resize: share of the epochs up to which it holds; then full size. "
            "An epoch that begins before that share is shown smaller whole")
            .more_than(0)
            .at_most(1),
        Key(text, "resize_else",
            "what becomes of a model that does not take those sizes: fail; full: it is trained at "
            "full size throughout, and a warning says so")
            .one_of({"fail", "full"})
            .or_else("fail")}},
      {"run",
       "How runs are repeated and bounded.",
       {Key(integer, "seed", "base of every run's seed").at_least(0).or_else(0),
        Key(integer, "trials", "repetitions with other seeds").at_least(1).at_most(1000).or_else(1),
        Key(integer, "threads", "of a run; 0: share the cores among the runs")
            .at_least(0)
            .at_most(1024)
            .or_else(0),
        Key(text, "device",
            "cuda: on an NVIDIA GPU, which must be there; auto: on one where one can be used")
            .one_of({"cpu", "cuda", "auto"})
            .or_else("cpu"),
        Key(integer, "gpu_memory_mib",
            "of a GPU's memory, MiB: what one run may allocate there, a quarter of it (at most "
            "1024) in its examiner; what its two processes take besides is counted apart")
            .between(512, kMostMib)
            .or_else(4096),
        Key(text, "precision",
            "of what a network computes; bfloat16 on a GPU, on a CPU that multiplies it and, with "
            "the engine gradus, on any with avx2 (kept as bfloat16, multiplied in float32); "
            "tfloat32 "
            "(products of float32 rounded to ten bits) on a GPU; else float32")
            .one_of({"float32", "bfloat16", "tfloat32"})
            .or_else("float32"),
        Key(text, "memory_format", "of images and of convolutions' weights")
            .one_of({"channels_last", "contiguous"})
            .or_else("channels_last"),
        Key(text, "engine",
            "Gradus' kernels for convolutions, batch norm, max pool, ReLU and sums, and its heap "
            "settings, or LibTorch's alone")
            .one_of({"gradus", "stock"})
            .or_else("gradus"),
        Key(integer, "train_images", "train on the first so many of the split; 0: on all")
            .at_least(0)
            .or_else(0),
        Key(boolean, "complete",
            "train every arm of a sweep to its end, whatever a task's stop_arms says")
            .or_else(false),
        Key(table, "limits", "what a run may use")}},
      {"run.limits",
       "What a run may use.",
       {Key(integer, "cpu_s", "CPU seconds").between(1, kMostSeconds).or_else(3600),
        Key(integer, "wall_s",
            "seconds by the clock, the backstop for a run that waits and computes nothing")
            .between(1, kMostSeconds)
            .or_else(7200),
        Key(integer, "memory_mib", "resident memory, MiB; LibTorch alone takes some 150")
            .between(256, kMostMib)
            .or_else(4096),
        Key(integer, "scratch_mib", "temporary files, MiB").between(1, kMostMib).or_else(64)}},
      {"exam",
       "How many images are examined.",
       {Key(integer, "val_images", "after every epoch; 0: all of the split").at_least(0).or_else(0),
        Key(integer, "train_images", "training images, unaugmented, at the end")
            .at_least(0)
            .or_else(5000),
        Key(boolean, "mirror",
            "the test images once more, mirrored: the mean of both probabilities is the figure "
            "test_mirror")
            .or_else(false)}},
  };
}

}  // namespace gradus::lab
