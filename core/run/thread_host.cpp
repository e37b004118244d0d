#include "core/base/error.h"
#include "core/run/dataset_store.h"
#include "core/run/host.h"

namespace attune {
namespace thread_host {

class ThreadHost final : public Host {
 public:
  void run(const RunRequest& request, const EventSink& emit, const StopToken& stop) override {
    try {
      executeRun(request.inputs(), emit, stop);
    } catch (const Error& e) {
      emit(RunFailed{errorKindName(e.kind()), e.what(), e.hint()});
    }
  }
};

}  // namespace thread_host

RunInputs RunRequest::inputs() const {
  Store store(projectPath, OpenMode::kReadOnly);
  return {spec, loadDataset(store, spec.datasetHash, spec.splitHash), filesFolder, runFolder,
          checkpointSeconds};
}

Json RunRequest::toJson() const {
  return Json()
      .set("schema", "attune.run_request/1")
      .set("spec", spec.toJson())
      .set("project", projectPath)
      .set("files", filesFolder)
      .set("folder", runFolder)
      .set("checkpoint_seconds", checkpointSeconds)
      .set("measure_seconds", measureSeconds);
}

RunRequest RunRequest::fromJson(const Json& json) {
  return {RunSpec::fromJson(json.at("spec")),
          json.at("project").asString(),
          json.at("files").asString(),
          json.at("folder").asString(),
          json.numberOr("checkpoint_seconds", 30),
          json.numberOr("measure_seconds", 0)};
}

std::unique_ptr<Host> makeThreadHost() { return std::make_unique<thread_host::ThreadHost>(); }

}  // namespace attune
