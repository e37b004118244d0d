#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/stop_token.h"
#include "core/run/measure.h"
#include "core/run/runner.h"
#include "core/study/run_spec.h"

// Free of torch.
namespace attune {

// What a host needs to do a run; the dataset is found in the project by the hashes in `spec`.
struct RunRequest {
  RunSpec spec;
  std::string projectPath;
  std::string filesFolder;
  std::string runFolder;
  double checkpointSeconds = 30;
  double measureSeconds = 0;  // above 0: the run is measured and not done

  // The dataset comes from the project. Throws Error.
  RunInputs inputs() const;
  Json toJson() const;
  static RunRequest fromJson(const Json& json);
};

// The first steps of a run, measured in a child process (measureRun, about `seconds` of training). Nothing is
// written. Throws Error where the run would fail, and Error(kInternal) when the child is killed because
// `stop` asks for it.
Measured measureInChild(const std::string& program, const RunRequest& request, double seconds,
                        const StopToken& stop);

// A place where one run at a time is done. run() blocks until the run has ended; the last event is one that
// ends it. Wishes in `stop` are passed on within 100 ms. A child that does not leave
// within five seconds when it is asked to is killed.
class Host {
 public:
  virtual ~Host() = default;
  virtual void run(const RunRequest& request, const EventSink& emit, const StopToken& stop) = 0;
  // There is nothing to do for now: what is kept for the next run is let go.
  virtual void rest() {}
};

// On the calling thread, in this process.
std::unique_ptr<Host> makeThreadHost();

// In a child process (`program` is attune-cli): a crash or the out-of-memory killer takes only the run, which
// then ends as interrupted or failed. The child gets one thread for every library and low priority; when its
// parent is gone it puts its run aside and ends. A child whose run has ended well does the next one as well:
// loading the libraries takes as long as some runs do. `cores` says, whenever it is asked, how many cores the
// child may keep busy: the run is the same with any number. Without it: one.
std::unique_ptr<Host> makeProcessHost(const std::string& program, std::function<int()> cores = {});

// Starts a child that the first process host to do a run takes: for who will run something, but has to read
// first. It ends with this process. Where it cannot be started, the run will say so.
void startChildAhead(const std::string& program);

}  // namespace attune
