// Every broken model folder, adapter and GGUF file of the corpus, seen through bases, forward and compare.

#include <filesystem>

#include "core/store/store.h"
#include "tests/support/cli_test.h"

namespace attune::cli {
namespace {

struct Case {
  std::string path, action, folder;
  Json entry;
};

std::vector<Case> cases(const std::string& kind) {
  std::vector<Case> list;
  const Json index = readJson(fixture("bad/index.json"));
  for (const Json& entry : index.items())
    if (const std::string path = entry.at("path").asString(); path.starts_with(kind + "/"))
      list.push_back({path, entry.at("action").asString(), fixture("bad/" + path).string(), entry});
  return list;
}

// What must be named: the tensor and whatever else the index lists.
std::vector<std::string> names(const Case& c) {
  std::vector<std::string> list;
  if (const Json* tensor = c.entry.find("tensor")) list.push_back(tensor->asString());
  if (const Json* more = c.entry.find("names"))
    for (const Json& name : more->items()) list.push_back(name.asString());
  return list;
}

void expectRefusal(const Result& result, const Case& c) {
  const Json error = expectError(result, 3);
  if (error.isNull()) return;
  const std::string message = error.stringOr("message", "");
  EXPECT_NE(message.find(c.folder), std::string::npos) << "the file is not named: " << message;
  for (const std::string& name : names(c))
    EXPECT_NE(message.find(name), std::string::npos) << name << ": " << message;
}

TEST(BadModelsOnTheCommandLine, AreAddedOrRefusedAsTheIndexSays) {
  ATTUNE_NEEDS_FIXTURE(fixture("bad/index.json"));
  const Place place;
  const auto models = cases("models");
  ASSERT_GT(models.size(), 30u);
  std::vector<std::vector<std::string>> commands;
  for (const Case& c : models) commands.push_back({"bases", "add", c.folder, "--json"});
  const auto results = place.runAll(commands);
  for (std::size_t i = 0; i < models.size(); ++i) {
    SCOPED_TRACE(models[i].path + " (" + models[i].action + "): " + models[i].entry.at("tell").asString());
    if (models[i].action == "refuse") {
      expectRefusal(results[i], models[i]);
      continue;
    }
    EXPECT_EQ(results[i].exitCode, 0) << results[i].err;
    const Json json = document(results[i], "bases");
    if (json.has("bases")) EXPECT_EQ(json.at("bases").items().size(), 1u);
  }
}

TEST(BadModelsOnTheCommandLine, GiveNoLogits) {
  ATTUNE_NEEDS_FIXTURE(fixture("bad/index.json"));
  const Place place;
  const std::string ids = place.write("ids.json", "{\"input_ids\": [[5, 6, 7]]}");
  std::vector<Case> models;
  for (const Case& c : cases("models"))  // the ones whose weights are at fault
    for (const char* about : {"/st_", "_weight", "tensor", "shape", "/shard", "pickle", "untied", "/good"})
      if (c.path.find(about) != std::string::npos) {
        models.push_back(c);
        break;
      }
  ASSERT_GT(models.size(), 20u);
  std::vector<std::vector<std::string>> commands;
  std::vector<std::string> outputs;
  for (const Case& c : models) {
    outputs.push_back(place.path("out" + std::to_string(outputs.size()) + ".safetensors"));
    commands.push_back({"forward", "--base", c.folder, "--ids", ids, "--out", outputs.back(), "--json"});
  }
  const auto results = place.runAll(commands);
  for (std::size_t i = 0; i < models.size(); ++i) {
    SCOPED_TRACE(models[i].path + " (" + models[i].action + "): " + models[i].entry.at("tell").asString());
    if (models[i].action == "load") {
      EXPECT_EQ(results[i].exitCode, 0) << results[i].err;
      EXPECT_TRUE(std::filesystem::exists(outputs[i]));
      document(results[i], "forward");
    } else {  // a weight that is not a number is refused too: nothing can be computed with it
      expectRefusal(results[i], models[i]);
      EXPECT_FALSE(std::filesystem::exists(outputs[i]));
    }
  }
}

TEST(BadModelsOnTheCommandLine, GgufFilesAreRefusedAsTheIndexSays) {
  ATTUNE_NEEDS_FIXTURE(fixture("bad/index.json"));
  const Place place;
  const auto files = cases("gguf");
  std::vector<std::vector<std::string>> commands;
  for (const Case& c : files) commands.push_back({"bases", "add", c.folder, "--json"});
  const auto results = place.runAll(commands);
  for (std::size_t i = 0; i < files.size(); ++i) {
    SCOPED_TRACE(files[i].path);
    expectRefusal(results[i], files[i]);
  }
  EXPECT_GT(files.size(), 20u);
  EXPECT_FALSE(std::filesystem::exists(place.path(".local/share/attune/bases.json")));
}

TEST(BadModelsOnTheCommandLine, AdaptersAreRefusedAsTheIndexSays) {
  ATTUNE_NEEDS_FIXTURE(fixture("bad/index.json"));
  const Place place;
  const std::string ids = place.write("ids.json", "{\"input_ids\": [[5, 6, 7]]}");
  const auto adapters = cases("adapters");
  ASSERT_GT(adapters.size(), 10u);
  std::vector<std::vector<std::string>> commands;
  for (const Case& c : adapters)
    commands.push_back(
        {"forward", "--base", fixture("models/" + c.entry.stringOr("base", "llama_gqa") + "/model").string(),
         "--adapter", c.folder, "--ids", ids, "--out", place.path("out.safetensors"), "--json"});
  const auto results = place.runAll(commands);
  for (std::size_t i = 0; i < adapters.size(); ++i) {
    SCOPED_TRACE(adapters[i].path + " (" + adapters[i].action +
                 "): " + adapters[i].entry.at("tell").asString());
    expectRefusal(results[i], adapters[i]);
  }
  EXPECT_FALSE(std::filesystem::exists(place.path("out.safetensors")));
}

// "No run may start without consent": the weight is found before the comparison begins, not by each run.
TEST(BadModelsOnTheCommandLine, NoComparisonStartsOnWeightsThatAreNotNumbers) {
  ATTUNE_NEEDS_FIXTURE(fixture("bad/index.json"));
  const Place place;
  const std::string data = place.write("data.csv", fewMessages(60));
  for (const char* name : {"nan_weight", "inf_weight"}) {
    SCOPED_TRACE(name);
    const std::string project = place.path(std::string(name) + ".attune");
    const Result result = place.run({"compare", "--project", project, "--data", data, "--base",
                                     fixture(std::string("bad/models/") + name).string(), "--methods",
                                     "untuned,lora", "--max-steps", "2", "--json"});
    const Json error = expectError(result, 3, "invalid_input");
    EXPECT_NE(error.stringOr("message", "").find("model.layers.0.self_attn.v_proj.weight"),
              std::string::npos);
    if (std::filesystem::exists(project))
      for (const auto& run : Store(project, OpenMode::kReadOnly).allRuns())
        EXPECT_EQ(run.startedMs, 0) << run.spec.method << " was started";
  }
}

TEST(BadModelsOnTheCommandLine, NoComparisonStartsOnAFolderThatIsNoModel) {
  const Place place;
  const std::string data = place.write("data.csv", fewMessages(60));
  const Result result = place.run({"compare", "--project", "p.attune", "--data", data, "--base",
                                   place.path("nothing"), "--methods", "untuned", "--json"});
  const Json error = expectError(result, 3, "not_found");
  EXPECT_NE(error.stringOr("message", "").find(place.path("nothing")), std::string::npos);
}

}  // namespace
}  // namespace attune::cli
