#include <csignal>
#include <iostream>

#include "app/cli_base.h"
#include "app/cli_commands.h"
#include "core/hub/hub.h"
#include "core/report/number_text.h"

namespace attune {
namespace {

struct BasesOptions {
  std::vector<std::string> words;
  std::string name, ggufFile;
};

Json toJson(const BaseDetails& details) {
  const ModelInfo& info = details.info;
  Json json = Json()
                  .set("name", details.base.name)
                  .set("path", details.base.path)
                  .set("source", details.base.source)
                  .set("family", info.family)
                  .set("architecture", info.architecture)
                  .set("parameters", info.parameters)
                  .set("tokenizer", info.tokenizer)
                  .set("dtype", info.dtype)
                  .set("context", info.contextLength)
                  .set("bytes", details.bytes)
                  .set("licence", details.licence);
  if (!details.problem.empty()) return json.set("problem", details.problem);
  Json memory = Json::object();
  for (const auto& [method, bytes] : memoryNeeds(info)) memory.set(method, bytes);
  return json.set("memory", std::move(memory));
}

void print(const BaseDetails& details, const Output& output) {
  const ModelInfo& info = details.info;
  if (!details.problem.empty()) {
    output.line(details.base.name + "  cannot be opened: " + details.problem + "\n  " + details.base.path);
    return;
  }
  output.line(details.base.name + "  " + info.family + ", " + countText(info.parameters) + " parameters, " +
              info.dtype + ", context " + std::to_string(info.contextLength) + ", " + info.tokenizer +
              (details.licence.empty() ? "" : ", licence " + details.licence) + "\n  " + details.base.path);
}

int show(const std::vector<KnownBase>& bases, const Output& output) {
  Json list = Json::array();
  for (const KnownBase& base : bases) {
    const BaseDetails details = describeBase(base);
    list.push(toJson(details));
    print(details, output);
  }
  if (output.json) output.document("attune.bases/1", Json().set("bases", std::move(list)));
  return kOk;
}

int add(const std::string& path, const std::string& source, const BasesOptions& o, const Output& output) {
  std::vector<Diagnostic> warnings;
  const KnownBase base = baseLibrary().add(path, warnings, source, o.name);
  output.diagnostics(warnings);
  return show({base}, output);
}

StopToken& downloadStop() {
  static StopToken stop;
  return stop;
}

int get(const RepoId& repo, const BasesOptions& o, const Output& output) {
  const HubSettings settings = hubSettings();
  std::string path = settings.offline ? cachedModel(repo, settings) : std::string();
  std::string source = "hub:" + repo.name + "@" + repo.revision;
  if (path.empty()) {
    const HubListing listing = listModel(repo, o.ggufFile, settings, downloadStop());
    source = "hub:" + repo.name + "@" + listing.commit;
    for (const HubFile& file : listing.files)
      output.say((file.wanted ? "  " : "- ") + file.path + "  " +
                 (file.bytes > 0 ? bytesText(file.bytes) : "") +
                 (file.wanted ? "" : "  (left out: " + file.why + ")"));
    output.say(repo.name + ": " + bytesText(listing.wantedBytes()) +
               (listing.licence.empty() ? "" : ", licence " + listing.licence));
    std::signal(SIGINT, [](int) { downloadStop().request(StopKind::kKeep); });
    path = downloadModel(listing, settings, downloadStop(), [&](const HubProgress& progress) {
      if (!output.showsProgress()) return;
      std::cerr << "\r" << progress.file << "  " << bytesText(progress.doneBytes) << " of "
                << bytesText(progress.totalBytes) << "\x1b[K" << std::flush;
    });
    if (output.showsProgress()) std::cerr << "\n";
  }
  BasesOptions named = o;
  if (named.name.empty()) named.name = repo.name;
  return add(path, source, named, output);
}

int bases(const Output& output, const BasesOptions& o) {
  const std::string action = o.words.empty() ? "list" : o.words.front();
  if (action == "list" && o.words.size() <= 1) return show(baseLibrary().list(), output);
  if (o.words.size() == 2) {
    if (action == "add") return add(o.words[1], {}, o, output);
    if (action == "get") return get(parseRepoId(o.words[1]), o, output);
    if (action == "remove") {
      BaseLibrary library = baseLibrary();
      library.remove(o.words[1]);
      output.say(o.words[1] + " is no longer on the list; its files were not touched");
      return show(library.list(), output);
    }
  }
  throw Error(ErrorKind::kUsage, "there is no such form of 'bases'",
              "Write: bases list, bases add PATH, bases get ORG/NAME, or bases remove NAME.");
}

}  // namespace

void addBaseCommands(CLI::App& app, Action& action) {
  CLI::App* command = addCommand(app, "bases", "List base models, add one, or download one from the Hub.",
                                 "attune-cli bases get HuggingFaceTB/SmolLM2-135M");
  const auto o = std::make_shared<BasesOptions>();
  command->add_option("action", o->words, "list; add FOLDER or GGUF; get ORG/NAME[@REVISION]; remove NAME");
  command->add_option("--name", o->name, "Name on the list; default: the model's own");
  command->add_option("--file", o->ggufFile, "GGUF file of a repository that holds several");
  command->callback([o, &action] { action = [o](const Output& output) { return bases(output, *o); }; });
}

}  // namespace attune
