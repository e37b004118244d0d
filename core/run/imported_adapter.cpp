#include "core/run/imported_adapter.h"

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/data/template.h"
#include "core/method/catalog.h"
#include "core/method/peft_folder.h"
#include "core/method/whole_model.h"
#include "core/run/open_base.h"
#include "core/run/stored_prompt.h"

namespace attune {
namespace imported_adapter {

namespace fs = std::filesystem;

constexpr const char* kFiles[] = {"adapter_config.json", "adapter_model.safetensors", kPromptFile};

// How the study asks a model that is tuned by this method, or by any.
ParamSet promptOf(const Study& study, const std::string& method) {
  ParamSet params;
  for (const char* name : {"template", "label_words"}) {
    for (const MethodChoice& choice : study.methods)
      if (choice.params.has(name) && (!params.has(name) || choice.method == method))
        params.set(name, choice.params.getString(name));
    if (!params.has(name)) params.set(name, presetParams(methodInfo(method), study.preset).getString(name));
  }
  return params;
}

// The head's classes must be the data's labels, in their order.
void checkLabels(const std::string& folder, std::int64_t classes, const StoredPrompt& prompt,
                 const std::vector<std::string>& labels) {
  if (classes == 0) return;
  const auto count = static_cast<std::int64_t>(labels.size());
  if (classes != count)
    throw Error(ErrorKind::kInvalidInput,
                folder + ": the adapter's head has " + std::to_string(classes) + " classes, the data " +
                    std::to_string(count) + " labels",
                "Import an adapter that was trained for these labels: " + joinText(labels, ", ") + ".")
        .inFile(folder);
  std::vector<std::string> own;
  for (const auto& [label, word] : prompt.words) own.push_back(label);
  if (!own.empty() && own != labels)
    throw Error(ErrorKind::kInvalidInput,
                folder + ": the adapter's head answers with " + joinText(own, ", ") +
                    ", the data has the labels " + joinText(labels, ", "),
                "Import an adapter that was trained for these labels, in this order.")
        .inFile(folder);
}

std::vector<std::string> copy(const std::string& from, const fs::path& to) {
  std::vector<std::string> files;
  fs::create_directories(to);
  for (const char* name : kFiles) {
    if (!fs::exists(fs::path(from) / name)) continue;
    const fs::path file = to / name;
    copyFileAtomically((fs::path(from) / name).string(), file.string());
    files.push_back(file.string());
  }
  return files;
}

}  // namespace imported_adapter

ImportedAdapter importAdapter(const AdapterImport& request, const Study& study,
                              const std::vector<std::string>& labels) {
  const std::string& folder = request.folder;
  if (holdsWholeModel(folder))
    throw Error(ErrorKind::kUsage, folder + ": is a whole model and not an adapter",
                "Compare on it as a base: --base " + folder + ".")
        .inFile(folder);
  const std::string method = adapterMethod(folder);
  const OpenedBase base = openBase(study.base.path);
  requireFinite(base.warnings);
  const auto model = openAdapter(folder, base.model);
  const StoredPrompt prompt = readPrompt(folder).value_or(StoredPrompt());
  imported_adapter::checkLabels(folder, model->classCount(), prompt, labels);

  ImportedAdapter imported;
  ParamSet params = imported_adapter::promptOf(study, method);
  if (!prompt.words.empty()) {
    StoredPrompt known = prompt;
    known.keepWordsOf(labels);
    params.set("label_words", known.wordLines());
  }
  if (!request.labelWords.empty()) params.set("label_words", request.labelWords);
  const std::vector<std::string> words = labelWords(labels, params.getString("label_words"));
  if (!request.pattern.empty())
    params.set("template", request.pattern);
  else if (!prompt.pattern.empty())
    params.set("template", prompt.wholePattern(words));

  std::string contents;
  for (const char* name : imported_adapter::kFiles)
    if (const auto file = std::filesystem::path(folder) / name; std::filesystem::exists(file))
      contents += std::string(name) + " " + sha256File(file.string()) + "\n";
  const std::string place = "adapters/" + sha256(contents).substr(0, 16);
  params.set(kAdapterSetting, place);
  std::string title = request.title;
  if (title.empty()) title = std::filesystem::absolute(folder).lexically_normal().filename().string();
  if (title.empty()) title = std::filesystem::absolute(folder).parent_path().filename().string();
  imported.choice = {method, title, params, false};
  imported.repeatCommand = "attune-cli import-adapter " + shellQuoted(folder) + " --project " +
                           shellQuoted(request.projectPath) + " --title " + shellQuoted(title);
  if (!request.pattern.empty()) imported.repeatCommand += " --template " + shellQuoted(request.pattern);
  if (!request.labelWords.empty())
    imported.repeatCommand += " --label-words " + shellQuoted(request.labelWords);
  imported.files = imported_adapter::copy(folder, std::filesystem::path(request.filesFolder) / place);
  return imported;
}

std::string assumedLabels(const std::string& folder, std::int64_t classes,
                          const std::vector<std::string>& labels) {
  if (classes == 0 || readPrompt(folder)) return {};
  return "the adapter does not say what its classes are called; they were taken for " +
         joinText(labels, ", ") + ", in this order";
}

}  // namespace attune
