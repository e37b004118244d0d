#include "core/base/error.h"
#include "core/run/dataset_store.h"
#include "core/run/host.h"

namespace attune {
namespace thread_host {

class ThreadHost final : public Host {
 public:
  void run(const RunRequest& request, const EventSink& emit, const StopToken& stop) override {
    RunInputs inputs{request.spec, nullptr, request.filesFolder, request.runFolder,
                     request.checkpointSeconds};
    try {
      Store store(request.projectPath, OpenMode::kReadOnly);
      inputs.dataset = loadDataset(store, request.spec.datasetHash, request.spec.splitHash);
    } catch (const Error& e) {
      emit(RunFailed{errorKindName(e.kind()), e.what(), e.hint()});
      return;
    }
    executeRun(inputs, emit, stop);
  }
};

}  // namespace thread_host

Json RunRequest::toJson() const {
  return Json()
      .set("schema", "attune.run_request/1")
      .set("spec", spec.toJson())
      .set("project", projectPath)
      .set("files", filesFolder)
      .set("folder", runFolder)
      .set("checkpoint_seconds", checkpointSeconds);
}

RunRequest RunRequest::fromJson(const Json& json) {
  return {RunSpec::fromJson(json.at("spec")), json.at("project").asString(), json.at("files").asString(),
          json.at("folder").asString(), json.numberOr("checkpoint_seconds", 30)};
}

std::unique_ptr<Host> makeThreadHost() { return std::make_unique<thread_host::ThreadHost>(); }

}  // namespace attune
