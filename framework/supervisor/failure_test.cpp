#include "framework/supervisor/failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "framework/supervisor/worker.hpp"

namespace gradus::supervisor {
namespace {

EndOfWorker ended() {
  EndOfWorker end;
  end.role = "trainer";
  end.phase = "train, epoch 3";
  end.ready = true;
  end.outcome.exit_code = 0;
  end.error = submission_error(kStreamEnded, "the stream ended");
  return end;
}

TEST(Classify, LimitsComeBeforeEverythingElse) {
  EndOfWorker end = ended();
  end.outcome.signal = SIGKILL;
  end.said = Failure{Fault::submission, "ERROR", "", "I am innocent", ""};
  for (const auto& [limit, code] :
       {std::pair{"cpu", "TIMEOUT"}, std::pair{"wall", "TIMEOUT"}, std::pair{"memory", "OOM"},
        std::pair{"processes", "LIMIT"}, std::pair{"output", "LIMIT"}, std::pair{"disk", "DISK"}}) {
    end.outcome.limit = limit;
    EXPECT_EQ(classify(end).code, code) << limit;
    EXPECT_EQ(classify(end).fault, Fault::submission);
  }
}

TEST(Classify, NamesSignalAndPhase) {
  EndOfWorker end = ended();
  end.outcome.signal = SIGSEGV;
  const Failure failure = classify(end);
  EXPECT_EQ(failure.code, "CRASHED");
  EXPECT_EQ(failure.phase, "train, epoch 3");
  EXPECT_THAT(failure.what, testing::HasSubstr("SIGSEGV"));
}

TEST(Classify, TamperingCountsEvenAfterOurKill) {
  EndOfWorker end = ended();
  end.error = tampered("a wrong nonce");
  end.outcome.signal = SIGKILL;
  end.outcome.limit = "killed";
  end.killed_for = "it did not end by itself";
  EXPECT_EQ(classify(end).code, "TAMPERED");
}

TEST(Classify, QuietExitBeforeReadyIsAFailedLoad) {
  EndOfWorker end = ended();
  end.ready = false;
  EXPECT_EQ(classify(end).code, "LOAD_FAILED");
  EXPECT_THAT(classify(end).what, testing::HasSubstr("exited with code 0"));
  end.ready = true;
  EXPECT_EQ(classify(end).code, "CRASHED");
}

TEST(Classify, NoExitCodeMakesItOurFault) {
  EndOfWorker end = ended();
  for (const int code : {1, 2, 3, 126, 127, 255}) {
    end.outcome.exit_code = code;
    for (const bool ready : {false, true}) {
      end.ready = ready;
      EXPECT_EQ(classify(end).fault, Fault::submission) << code;
    }
  }
}

TEST(Classify, OwnWordsExplainAnExitOnly) {
  EndOfWorker end = ended();
  end.said = Failure{Fault::submission, "ERROR", "forward", "sizes do not match", "look"};
  end.outcome.exit_code = 1;
  EXPECT_EQ(classify(end).what, "sizes do not match");
  end.outcome.exit_code = 0;  // words and exit 0 do not go together
  EXPECT_EQ(classify(end).code, "CRASHED");
}

TEST(Classify, StalledIsATimeOut) {
  EndOfWorker end = ended();
  end.killed_for = kStalled;
  end.outcome.limit = "killed";
  EXPECT_EQ(classify(end).code, "TIMEOUT");
}

TEST(Classify, AKillThatIsNotOursIsNobodysVerdict) {
  EndOfWorker end = ended();
  end.outcome.signal = SIGKILL;
  EXPECT_EQ(classify(end).fault, Fault::infrastructure);
  end.killed_for = kStalled;
  end.outcome.limit = "killed";
  EXPECT_EQ(classify(end).fault, Fault::submission);
}

TEST(Classify, AKillInEveryAttemptIsTheSubmissionsWhereNobodyElseDidIt) {
  EndOfWorker end = ended();
  end.outcome.signal = SIGKILL;
  end.kills_are_its_own = true;
  EXPECT_EQ(classify(end).fault, Fault::submission);
  EXPECT_EQ(classify(end).code, "CRASHED");
}

TEST(FailedFrame, CannotClaimOurCodes) {
  Frame frame;
  frame.type = "failed";
  for (const char* code : {"TIMEOUT", "TAMPERED", "NOT_GRADED", ""}) {
    frame.body = {{"phase", "p"}, {"code", code}, {"what", "w"}, {"cure", "c"}};
    EXPECT_EQ(failure_from_frame(frame).code, "ERROR") << code;
  }
  frame.body["code"] = "LOAD_FAILED";
  EXPECT_EQ(failure_from_frame(frame).code, "LOAD_FAILED");
  EXPECT_EQ(failure_from_frame(frame).fault, Fault::submission);
}

TEST(SignalName, KnowsNamesAndNumbers) {
  EXPECT_EQ(signal_name(SIGABRT), "SIGABRT");
  EXPECT_EQ(signal_name(77), "signal 77");
}

EndOfWorker on_gpu(const std::string& code) {
  EndOfWorker end = ended();
  end.gpu = "NVIDIA H200, GPU-a";
  end.limits.gpu_memory_mib = 4096;
  end.outcome.exit_code = 1;
  if (!code.empty()) end.said = Failure{Fault::submission, code, "train", "as CUDA says", ""};
  return end;
}

TEST(Classify, ALostGpuIsTheInfrastructures) {
  const Failure said = classify(on_gpu("DEVICE_LOST"));
  EXPECT_EQ(said.fault, Fault::infrastructure);
  EXPECT_EQ(said.code, "DEVICE_LOST");
  EXPECT_THAT(said.what, testing::HasSubstr("lost its GPU (NVIDIA H200, GPU-a): as CUDA says"));
  EXPECT_THAT(said.cure, testing::HasSubstr("'gradus doctor'"));
  EndOfWorker explained = on_gpu("DEVICE_LOST");
  explained.said->cure = "end what else uses it";
  EXPECT_EQ(classify(explained).cure, "end what else uses it");
  // Whatever the worker died of, and even where it blames the submission.
  for (const char* code : {"", "ERROR", "GPU_MEMORY", "INVALID_OUTPUT"}) {
    EndOfWorker end = on_gpu(code);
    end.gpu_answers = false;
    if (*code == '\0') end.outcome.signal = SIGABRT;
    const Failure failure = classify(end);
    EXPECT_EQ(failure.fault, Fault::infrastructure) << code;
    EXPECT_EQ(failure.code, "DEVICE_LOST") << code;
    EXPECT_THAT(failure.what, testing::HasSubstr("answers no longer"));
  }
}

TEST(Classify, TheGpusMemoryIsTheSubmissionsAndNamesTheLimit) {
  const Failure failure = classify(on_gpu("GPU_MEMORY"));
  EXPECT_EQ(failure.fault, Fault::submission);
  EXPECT_EQ(failure.code, "GPU_MEMORY");
  EXPECT_THAT(failure.what, testing::HasSubstr("more than its 3072 MiB of the GPU's memory"));
  EXPECT_THAT(failure.what, testing::HasSubstr("the run's 4096"));
}

TEST(Classify, OtherEndsOnAGpuAreTheSubmissionsAsEver) {
  EndOfWorker end = on_gpu("");
  end.outcome.signal = SIGSEGV;
  EXPECT_EQ(classify(end).code, "CRASHED");
  end = on_gpu("DEVICE_LOST");
  end.outcome.limit = "memory";
  EXPECT_EQ(classify(end).code, "OOM") << "a limit is an outside fact";
  end = on_gpu("DEVICE_LOST");
  end.error = tampered("a wrong nonce");
  EXPECT_EQ(classify(end).code, "TAMPERED");
}

TEST(Classify, WithoutAGpuNoWordOfOneIsBelieved) {
  for (const char* code : {"DEVICE_LOST", "GPU_MEMORY"}) {
    EndOfWorker end = on_gpu(code);
    end.gpu.clear();
    EXPECT_EQ(classify(end).fault, Fault::submission) << code;
    EXPECT_EQ(classify(end).code, "ERROR") << code;
  }
}

TEST(FailureText, KeepsTheCodeOfALostGpuOnItsWay) {
  const Failure lost = classify(on_gpu("DEVICE_LOST"));
  const Failure told = failure_from_error(error_from_failure(lost), "supervise");
  EXPECT_EQ(told.code, "DEVICE_LOST");
  EXPECT_EQ(told.what, lost.what);
  EXPECT_EQ(told.cure, lost.cure);
  EXPECT_EQ(told.fault, Fault::infrastructure);
}

}  // namespace
}  // namespace gradus::supervisor
