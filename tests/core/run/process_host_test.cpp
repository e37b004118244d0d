#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/run/host.h"
#include "tests/support/temporary_folder.h"

// Workers that are no workers: programs of the system take their place.
namespace attune {
namespace process_host_test {

RunRequest request() {
  RunRequest request;
  request.spec.method = "majority";
  request.projectPath = "absent.attune";
  request.filesFolder = "absent.files";
  request.runFolder = "runs/1";
  return request;
}

std::vector<RunEvent> eventsOf(const std::string& program, const StopToken& stop = {}) {
  std::vector<RunEvent> events;
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  makeProcessHost(program)->run(
      request(), [&](const RunEvent& event) { events.push_back(event); }, stop);
  std::signal(SIGPIPE, before);
  return events;
}

TEST(ProcessHost, AWorkerThatGoesAwaySilentlyInterruptsTheRun) {
  for (const char* program : {"/bin/true", "/bin/false"}) {
    const auto events = eventsOf(program);
    ASSERT_EQ(events.size(), 1u);
    const auto* gone = std::get_if<RunInterrupted>(&events.front());
    ASSERT_NE(gone, nullptr);
    EXPECT_NE(gone->reason.find(program == std::string("/bin/true") ? "code 0" : "code 1"), std::string::npos)
        << gone->reason;
  }
}

TEST(ProcessHost, AWorkerThatTalksNonsenseFailsTheRunAndIsEnded) {
  for (const char* program : {"/bin/echo", "/usr/bin/yes"}) {  // "yes worker" never ends by itself
    const auto events = eventsOf(program);
    ASSERT_EQ(events.size(), 1u) << program;
    EXPECT_NE(std::get_if<RunFailed>(&events.front()), nullptr) << program;
  }
}

TEST(ProcessHost, AProgramThatIsNotThereFailsTheRunWithAHint) {
  const auto events = eventsOf("/there/is/no/attune-cli");
  ASSERT_EQ(events.size(), 1u);
  const auto* failed = std::get_if<RunFailed>(&events.front());
  ASSERT_NE(failed, nullptr);
  EXPECT_NE(failed->message.find("/there/is/no/attune-cli"), std::string::npos);
  EXPECT_FALSE(failed->hint.empty());
}

TEST(ProcessHost, TheFirstRunTakesTheChildThatWasStartedAhead) {
  const TemporaryFolder folder;
  const std::string program = folder.path("worker"), log = folder.path("starts");
  writeFileAtomically(program, "#!/bin/sh\necho start >> '" + log + "'\nread request\necho '" +
                                   toJson(RunCancelled{}).dump() + "'\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const auto starts = [&] { return readFile(log).size() / std::string("start\n").size(); };
  startChildAhead(program);
  startChildAhead(program);                     // it is there
  EXPECT_EQ(eventsOf("/bin/true").size(), 1u);  // another program's is none of its
  for (const std::size_t wanted : {1u, 2u}) {
    const auto events = eventsOf(program);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_NE(std::get_if<RunCancelled>(&events.front()), nullptr);
    EXPECT_EQ(starts(), wanted);
  }
  startChildAhead("/bin/true");  // gone before anybody asks
  startChildAhead("/there/is/no/attune-cli");
}

TEST(ProcessHost, TheWorkersOwnErrorArrivesWhole) {
  const auto events = eventsOf(ATTUNE_CLI);
  ASSERT_FALSE(events.empty());
  const auto* failed = std::get_if<RunFailed>(&events.back());
  ASSERT_NE(failed, nullptr);
  EXPECT_NE(failed->message.find("absent.attune"), std::string::npos) << failed->message;
  EXPECT_FALSE(failed->hint.empty());
}

// The wish to stop goes to a worker that no longer listens, as a dying one does not. Whoever hosts runs must
// live on, whether or not it ignores the signal of a broken pipe: the window does not.
TEST(ProcessHostDeathTest, AWorkerThatDoesNotListenNeverEndsItsHost) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        int heard = 0;
        std::signal(SIGPIPE, SIG_DFL);
        {
          const TemporaryFolder folder;
          const std::string program = folder.path("deaf-worker");
          writeFileAtomically(program,
                              "#!/bin/sh\nexec <&-\necho '" + toJson(RunPhase{"loading"}).dump() + "'\n");
          std::filesystem::permissions(program, std::filesystem::perms::owner_all);
          StopToken stop;
          makeProcessHost(program)->run(
              request(),
              [&](const RunEvent&) {
                ++heard;
                stop.request(StopKind::kKeep);  // said once the worker has closed its ears
              },
              stop);
        }
        std::_Exit(heard == 2 ? 0 : 1);  // the phase, and that it was interrupted
      },
      testing::ExitedWithCode(0), "");
}

// What a child that was asked to measure can do wrong.
TEST(MeasureInChild, WhoeverMeasuresNothingIsAnError) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  for (const char* program : {"/bin/true", "/bin/echo", "/usr/bin/yes", "/there/is/no/attune-cli"})
    EXPECT_THROW(measureInChild(program, request(), 1, StopToken{}), Error) << program;
  std::signal(SIGPIPE, before);
}

TEST(MeasureInChild, TellsWhatTheRunWouldSay) {
  try {
    measureInChild(ATTUNE_CLI, request(), 1, StopToken{});
    FAIL() << "a project that is not there was measured";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("absent.attune"), std::string::npos) << e.what();
  }
}

TEST(MeasureInChild, EndsWhenItIsToldTo) {
  StopToken stop;
  stop.request(StopKind::kDiscard);
  EXPECT_THROW(measureInChild(ATTUNE_CLI, request(), 60, stop), Error);
}

}  // namespace process_host_test
}  // namespace attune
