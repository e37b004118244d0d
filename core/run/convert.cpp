#include "core/run/convert.h"

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/method/whole_model.h"
#include "core/run/open_base.h"
#include "core/run/stored_prompt.h"

namespace attune {
namespace convert {

namespace fs = std::filesystem;

// A folder made beside its place; gone again unless it is moved there.
class Workplace {
 public:
  explicit Workplace(const fs::path& out) : out_(out), path_(temporaryNameFor(out.string())) {
    std::error_code error;
    fs::create_directories(path_, error);
    if (error)
      throw Error(ErrorKind::kIo, path_.string() + ": cannot be made: " + error.message(),
                  "Choose a folder that you may write to.")
          .inFile(path_.string());
  }
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  std::string path() const { return path_.string(); }
  // Over an empty folder, or where there is nothing.
  void commit() { commitFile(path_.string(), out_.string()); }

 private:
  fs::path out_, path_;
};

// Weights with the adapter worked in.
TensorMap mergedWeights(const TunedModel& model, const std::string& adapter) {
  if (model.parameters().empty()) return model.base().weights();
  TensorMap weights = model.merged();
  if (weights.empty())
    throw Error(
        ErrorKind::kUnsupported, adapter + ": what it adds has no place in the model's own weights",
        "Keep the adapter beside its base. Only methods that change weights can be merged, like LoRA.")
        .inFile(adapter);
  return weights;
}

// Names of the classes of an adapter that Attune wrote; else as transformers calls them.
std::vector<std::string> classNames(const TensorMap& weights, const TunedModel& model,
                                    const std::string& adapter) {
  const auto head = weights.find(model.base().classHeadName());
  if (head == weights.end() || adapter.empty()) return {};
  std::vector<std::string> names;
  if (const auto prompt = readPrompt(adapter))
    for (const auto& [label, word] : prompt->words) names.push_back(label);
  if (static_cast<std::int64_t>(names.size()) == head->second.size(0)) return names;
  names.clear();
  for (std::int64_t i = 0; i < head->second.size(0); ++i) names.push_back("LABEL_" + std::to_string(i));
  return names;
}

}  // namespace convert

std::vector<std::string> convertModel(const ConvertRequest& request) {
  namespace fs = std::filesystem;
  fs::path out = fs::absolute(request.folder).lexically_normal();
  if (!out.has_filename()) out = out.parent_path();
  std::error_code error;
  if (fs::exists(out, error) && !(fs::is_directory(out, error) && fs::is_empty(out, error)))
    throw Error(ErrorKind::kUsage, request.folder + ": there is something in it already",
                "Choose a folder that is empty or not there yet.")
        .inFile(request.folder);
  const OpenedModel opened = openTuned(request.adapter, [&] { return openBase(request.from); });
  const TensorMap weights = convert::mergedWeights(*opened.model, request.adapter);
  const std::vector<std::string> labels = convert::classNames(weights, *opened.model, request.adapter);
  const std::string source =
      !request.adapter.empty() && holdsWholeModel(request.adapter) ? request.adapter : request.from;

  convert::Workplace work(out);
  std::vector<std::string> names = saveWholeModel(*opened.model, weights, work.path(), source, labels);
  for (std::string& name : saveTokenizer(source, work.path())) names.push_back(std::move(name));
  work.commit();
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace attune
