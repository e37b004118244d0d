// The list of base models and downloads from the Hub, against a server of our own on the loopback address.

#include <filesystem>

#include "tests/support/cli_test.h"
#include "tests/support/fake_hub.h"

namespace attune::cli {
namespace {

std::map<std::string, std::string> bundledFiles() {
  std::map<std::string, std::string> files{{"README.md", "---\nlicense: apache-2.0\n---\n"},
                                           {"weights.bin", "x"}};
  for (const char* name : {"config.json", "model.safetensors", "tokenizer.model"})
    files[name] = readFile(bundledFolder() + "/" + name);
  return files;
}

Options against(FakeHub& hub) {
  Options options;
  options.environment = {{"HF_ENDPOINT", hub.server().url()},
                         {"HF_TOKEN", "hf_secretsecret"},
                         {"HF_HOME", ""},
                         {"HF_HUB_CACHE", ""},
                         {"no_proxy", "127.0.0.1"}};
  return options;
}

TEST(Bases, GetDownloadsAModelThatCanBeUsedByItsName) {
  FakeHub hub(bundledFiles());
  const Place place;
  const Result got = place.run({"bases", "get", "team/model", "--json"}, against(hub));
  ASSERT_EQ(got.exitCode, 0) << got.err;
  const Json base = document(got, "bases").at("bases").items().at(0);
  EXPECT_EQ(base.at("name").asString(), "team/model");
  EXPECT_EQ(base.at("family").asString(), "llama");
  EXPECT_EQ(base.at("licence").asString(), "apache-2.0");
  EXPECT_TRUE(base.at("source").asString().starts_with("hub:team/model@"));
  EXPECT_NE(base.at("path").asString().find("/.cache/huggingface/hub/models--team--model/snapshots/"),
            std::string::npos);
  EXPECT_NE(got.err.find("weights.bin  1 B  (left out: a Python pickle, never loaded)"), std::string::npos)
      << got.err;

  const Result ids = place.run({"tokenize", "--base", "team/model", "--text", "Hello", "--json"});
  EXPECT_EQ(ids.exitCode, 0) << ids.err;
  const Json list = document(place.run({"bases", "--json"}), "bases").at("bases");
  ASSERT_EQ(list.items().size(), 2u);
  EXPECT_EQ(list.items().at(1).at("name").asString(), "team/model");

  // Again: nothing is fetched, nothing is listed twice; and it works without the network.
  const int fetched = hub.server().count("GET", "/resolve/");
  Options offline = against(hub);
  offline.environment["HF_HUB_OFFLINE"] = "1";
  EXPECT_EQ(place.run({"bases", "get", "team/model", "--json"}, against(hub)).exitCode, 0);
  EXPECT_EQ(place.run({"bases", "get", "team/model", "--json"}, offline).exitCode, 0);
  EXPECT_EQ(hub.server().count("GET", "/resolve/"), fetched);
  EXPECT_EQ(document(place.run({"bases", "--json"}), "bases").at("bases").items().size(), 2u);

  for (const std::string& text : {got.out, got.err}) EXPECT_EQ(text.find("hf_secret"), std::string::npos);
  const Result removed = place.run({"bases", "remove", "team/model"});
  EXPECT_EQ(removed.exitCode, 0) << removed.err;
  EXPECT_TRUE(std::filesystem::exists(base.at("path").asString()));
}

TEST(Bases, GetSaysWhatIsWrongAndLeavesNothingOnTheList) {
  FakeHub hub(bundledFiles(), [](const LoopbackServer::Request& request, LoopbackServer::Response& response) {
    if (request.method == "GET" && request.path.ends_with("/model.safetensors")) response.body.back() ^= 1;
  });
  const Place place;
  const Json error = expectError(place.run({"bases", "get", "team/model", "--json"}, against(hub)), 3);
  EXPECT_NE(error.at("message").asString().find("SHA-256"), std::string::npos);
  expectError(place.run({"bases", "get", "team/model@nothing", "--json"}, against(hub)), 3, "not_found");
  expectError(place.run({"bases", "get", "team/other", "--json"}, against(hub)), 3, "not_found");
  EXPECT_EQ(document(place.run({"bases", "--json"}), "bases").at("bases").items().size(), 1u);
}

}  // namespace
}  // namespace attune::cli
