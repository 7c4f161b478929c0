#include "framework/worker/engine/parallel.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gradus::worker::engine {
namespace {

class InParallel : public ::testing::Test {
 protected:
  void SetUp() override { at::set_num_threads(2); }
  void TearDown() override { at::set_num_threads(before_); }
  const int before_ = at::get_num_threads();
};

TEST_F(InParallel, VisitsEachOnceOnSeveralThreads) {
  for (const std::int64_t count : {0, 1, 2, 3, 100, 1001}) {
    std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
    std::mutex mutex;
    std::set<std::thread::id> threads;
    in_parallel(count, 1, [&](std::int64_t from, std::int64_t to) {
      ASSERT_LT(from, to);
      for (std::int64_t i = from; i < to; ++i) ++visits[static_cast<std::size_t>(i)];
      // Whoever is first waits for the other, or might have done all.
      const auto all_came = [&] {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
        return threads.size() == static_cast<std::size_t>(std::min<std::int64_t>(count, 2));
      };
      const auto start = std::chrono::steady_clock::now();
      while (!all_came() && std::chrono::steady_clock::now() - start < std::chrono::seconds(20)) {
        std::this_thread::yield();
      }
    });
    for (const auto& visit : visits) EXPECT_EQ(visit, 1);
    EXPECT_EQ(threads.size(), static_cast<std::size_t>(std::min<std::int64_t>(count, 2))) << count;
  }
}

TEST_F(InParallel, WhoHasDoneItsShareHelps) {
  // The thread that begins is held up until the other has done all the rest.
  std::atomic<std::int64_t> done{0};
  std::atomic<bool> held{false};
  in_parallel(100, 1, [&](std::int64_t from, std::int64_t to) {
    const auto start = std::chrono::steady_clock::now();
    if (!held.exchange(true)) {
      while (done < 100 - (to - from) &&
             std::chrono::steady_clock::now() - start < std::chrono::seconds(20)) {
        std::this_thread::yield();
      }
      EXPECT_EQ(done, 100 - (to - from)) << "a share is 50";
    }
    done += to - from;
  });
  EXPECT_EQ(done, 100);
}

TEST_F(InParallel, SmallWorkAndOneThreadStayWhereTheyAre) {
  const auto threads_of = [](std::int64_t count, std::int64_t grain) {
    std::mutex mutex;
    std::set<std::thread::id> threads;
    in_parallel(count, grain, [&](std::int64_t, std::int64_t) {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    });
    return threads;
  };
  EXPECT_EQ(threads_of(100, 100), std::set{std::this_thread::get_id()});
  at::set_num_threads(1);
  EXPECT_EQ(threads_of(100, 1), std::set{std::this_thread::get_id()});
}

TEST_F(InParallel, IsSerialInsideItself) {
  std::atomic<int> inner{0};
  in_parallel(2, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t i = from; i < to; ++i) {
      in_parallel(10, 1, [&](std::int64_t a, std::int64_t b) {
        EXPECT_EQ(b - a, 10);
        ++inner;
      });
    }
  });
  EXPECT_EQ(inner, 2);
}

TEST_F(InParallel, WhatIsThrownComesOut) {
  EXPECT_THROW(
      in_parallel(10, 1, [](std::int64_t, std::int64_t) { throw std::runtime_error("x"); }),
      std::runtime_error);
}

}  // namespace
}  // namespace gradus::worker::engine
