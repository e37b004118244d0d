#include "core/hub/hub.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "tests/support/fake_hub.h"

// Against a server of our own on the loopback address that stalls, cuts, lies and sends away.
namespace attune {
namespace {

using Request = LoopbackServer::Request;
using Response = LoopbackServer::Response;

const std::map<std::string, std::string> kFiles{
    {"config.json", "{\"model_type\": \"llama\"}"},
    {"model.safetensors", std::string(200'000, 'w')},
    {"pytorch_model.bin", "a pickle"},
    {"README.md", "---\nlicense: apache-2.0\n---\n"},
    {"onnx/model.onnx", "not needed"},
};

class Hub : public testing::Test {
 protected:
  HubSettings settings(FakeHub& hub) const {
    HubSettings s;
    s.endpoint = hub.server().url();
    s.cacheFolder = cache_.path("hub");
    s.answerTimeoutMs = 300;
    s.stallTimeoutMs = 300;
    s.firstPauseMs = 1;
    s.attempts = 3;
    return s;
  }
  std::string get(FakeHub& hub, const std::string& repo = "team/model") {
    const HubSettings s = settings(hub);
    return downloadModel(listModel(parseRepoId(repo), "", s, stop_), s, stop_);
  }
  // The error that it ends with.
  Error complaint(FakeHub& hub, const std::string& repo = "team/model") {
    try {
      get(hub, repo);
    } catch (const Error& e) {
      return e;
    }
    return Error(ErrorKind::kInternal, "no error");
  }
  std::filesystem::path folder() const {
    return std::filesystem::path(cache_.path("hub")) / "models--team--model";
  }
  bool hasBlob(const std::string& content) const {
    return std::filesystem::exists(folder() / "blobs" / FakeHub::etag(content));
  }

  TemporaryFolder cache_;
  StopToken stop_;
};

bool isWeights(const Request& request) { return request.path.ends_with("/model.safetensors"); }

TEST_F(Hub, ListsWhatIsThereAndWhatIsLeftOut) {
  FakeHub hub(kFiles);
  const HubListing listing = listModel(parseRepoId("team/model"), "", settings(hub), stop_);
  EXPECT_EQ(listing.commit, FakeHub::kCommit);
  EXPECT_EQ(listing.licence, "apache-2.0");
  std::map<std::string, bool> wanted;
  for (const HubFile& f : listing.files) wanted[f.path] = f.wanted;
  EXPECT_TRUE(wanted.at("config.json") && wanted.at("model.safetensors") && wanted.at("README.md"));
  EXPECT_FALSE(wanted.at("pytorch_model.bin") || wanted.at("onnx/model.onnx"));
  EXPECT_EQ(listing.wantedBytes(), 200'000 + 23 + 28);
}

TEST_F(Hub, FillsTheCacheAsThePythonToolsLayItOut) {
  FakeHub hub(kFiles);
  const std::string snapshot = get(hub);
  EXPECT_EQ(snapshot, (folder() / "snapshots" / FakeHub::kCommit).string());
  EXPECT_EQ(readFile(snapshot + "/model.safetensors"), kFiles.at("model.safetensors"));
  const auto link = std::filesystem::path(snapshot) / "model.safetensors";
  ASSERT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(std::filesystem::read_symlink(link).string(),
            "../../blobs/" + FakeHub::etag(kFiles.at("model.safetensors")));
  EXPECT_EQ(readFile((folder() / "refs" / "main").string()), FakeHub::kCommit);
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(snapshot) / "pytorch_model.bin"));

  // A second time nothing is fetched, and without the network it is still found.
  const int before = hub.server().count("GET", "/resolve/");
  EXPECT_EQ(get(hub), snapshot);
  EXPECT_EQ(hub.server().count("GET", "/resolve/"), before);
  HubSettings offline = settings(hub);
  offline.offline = true;
  EXPECT_EQ(cachedModel(parseRepoId("team/model"), offline), snapshot);
  EXPECT_EQ(cachedModel(parseRepoId("team/other"), offline), "");
}

TEST_F(Hub, GoesOnWhereTheServerCutItOff) {
  int cuts = 0;
  FakeHub hub(kFiles, [&](const Request& request, Response& response) {
    if (isWeights(request) && request.method == "GET" && cuts++ < 2) response.cutAfter = 70'000;
  });
  EXPECT_EQ(readFile(get(hub) + "/model.safetensors"), kFiles.at("model.safetensors"));
  std::vector<std::string> ranges;
  for (const Request& r : hub.server().requests())
    if (isWeights(r) && r.method == "GET")
      ranges.push_back(r.headers.contains("range") ? r.headers.at("range") : "");
  EXPECT_EQ(ranges, (std::vector<std::string>{"", "bytes=70000-", "bytes=140000-"}));
}

TEST_F(Hub, StartsAgainWhereTheServerIgnoresTheRange) {
  int cuts = 0;
  FakeHub hub(kFiles, [&](const Request& request, Response& response) {
    if (!isWeights(request) || request.method != "GET") return;
    response.status = 200;
    response.body = kFiles.at("model.safetensors");
    if (cuts++ == 0) response.cutAfter = 70'000;
  });
  EXPECT_EQ(readFile(get(hub) + "/model.safetensors"), kFiles.at("model.safetensors"));
}

TEST_F(Hub, GivesUpOnAServerThatStalls) {
  FakeHub hub(kFiles, [&](const Request& request, Response& response) {
    if (isWeights(request) && request.method == "GET") response.stallAfter = 1000;
  });
  const Error e = complaint(hub);
  EXPECT_EQ(e.kind(), ErrorKind::kIo);
  EXPECT_NE(std::string(e.what()).find("3 times"), std::string::npos) << e.what();
  EXPECT_FALSE(hasBlob(kFiles.at("model.safetensors")));
  EXPECT_GT(std::filesystem::file_size(folder() / "blobs" /
                                       (FakeHub::etag(kFiles.at("model.safetensors")) + ".incomplete")),
            0u);
}

TEST_F(Hub, RefusesContentThatIsNotWhatItsHashSays) {
  FakeHub hub(kFiles, [&](const Request& request, Response& response) {
    if (isWeights(request) && request.method == "GET") response.body.back() = 'x';
  });
  const Error e = complaint(hub);
  EXPECT_NE(std::string(e.what()).find("SHA-256"), std::string::npos) << e.what();
  EXPECT_FALSE(hasBlob(kFiles.at("model.safetensors")));
  EXPECT_FALSE(std::filesystem::exists(folder() / "snapshots" / FakeHub::kCommit / "model.safetensors"));
  // What cannot be trusted is not built upon.
  EXPECT_FALSE(std::filesystem::exists(folder() / "blobs" /
                                       (FakeHub::etag(kFiles.at("model.safetensors")) + ".incomplete")));
}

TEST_F(Hub, ChecksTheGitHashOfSmallFiles) {
  // printf '{"model_type": "llama"}' | git hash-object --stdin
  std::string git = "230d5f4da0da586aad26ead694ea67cd15bd6df1";
  FakeHub hub(kFiles, [&](const Request& request, Response& response) {
    if (request.path.ends_with("/config.json")) response.headers["ETag"] = "\"" + git + "\"";
  });
  EXPECT_EQ(readFile(get(hub) + "/config.json"), kFiles.at("config.json"));
  std::filesystem::remove_all(folder());
  git.back() = git.back() == '0' ? '1' : '0';
  EXPECT_NE(std::string(complaint(hub).what()).find("hash"), std::string::npos);
}

TEST_F(Hub, RefusesMoreThanWasAnnounced) {
  FakeHub hub(kFiles, [&](const Request& request, Response& response) {
    if (!isWeights(request)) return;
    response.headers["X-Linked-Size"] = "1000";
    if (request.method == "GET") response.headers["Content-Length"] = "200000";
  });
  EXPECT_NE(std::string(complaint(hub).what()).find("announced"), std::string::npos);
}

TEST_F(Hub, TheTokenStaysWithTheConfiguredServer) {
  const std::string content = kFiles.at("model.safetensors");
  LoopbackServer other([&](const Request&) { return Response{200, {}, content}; });
  FakeHub hub(kFiles, [&](const Request& request, Response& response) {
    if (!isWeights(request)) return;
    response.status = 302;
    response.headers["X-Linked-Etag"] = "\"" + FakeHub::etag(content) + "\"";
    response.headers["X-Linked-Size"] = std::to_string(content.size());
    response.headers["Location"] = other.url("localhost") + "/signed?secret=1";
    response.body.clear();
  });
  HubSettings s = settings(hub);
  s.token = "hf_verysecret";
  const std::string snapshot = downloadModel(listModel(parseRepoId("team/model"), "", s, stop_), s, stop_);
  EXPECT_EQ(readFile(snapshot + "/model.safetensors"), content);
  EXPECT_EQ(hub.server().requests().front().headers.at("authorization"), "Bearer hf_verysecret");
  ASSERT_EQ(other.requests().size(), 1u);
  EXPECT_FALSE(other.requests().front().headers.contains("authorization"));
  for (const auto& file : std::filesystem::recursive_directory_iterator(cache_.path()))
    if (std::filesystem::is_regular_file(file))
      EXPECT_EQ(readFile(file.path().string()).find("hf_verysecret"), std::string::npos) << file.path();
}

TEST_F(Hub, FollowsARenamedRepository) {
  FakeHub hub(kFiles, [&](const Request& request, Response& response) {
    if (request.path.find("/old/") == std::string::npos) return;
    std::string to = request.path;
    to.replace(to.find("old/name"), 8, "team/model");
    response = {307, {{"Location", to}}, ""};
  });
  EXPECT_EQ(readFile(get(hub, "old/name") + "/model.safetensors"), kFiles.at("model.safetensors"));
}

TEST_F(Hub, SaysWhatEachRefusalMeans) {
  struct Case {
    int status;
    const char* code;
    const char* said;
  };
  for (const Case& c : {Case{401, "", "no such repository"},
                        {404, "RepoNotFound", "no such repository"},
                        {404, "RevisionNotFound", "no revision 'main'"},
                        {403, "GatedRepo", "not granted"},
                        {401, "GatedRepo", "not granted"},
                        {400, "", "answers 400"}}) {
    FakeHub hub(kFiles, [&](const Request&, Response& response) {
      response = {c.status, {}, ""};
      if (*c.code) response.headers["X-Error-Code"] = c.code;
    });
    const Error e = complaint(hub);
    EXPECT_NE(std::string(e.what()).find(c.said), std::string::npos)
        << c.status << " " << c.code << ": " << e.what();
    EXPECT_FALSE(e.hint().empty());
  }
}

TEST_F(Hub, WaitsForABusyServerAndTriesAgainAfterItsFaults) {
  int answers = 0;
  FakeHub hub(kFiles, [&](const Request& request, Response& response) {
    if (request.path.starts_with("/api/") && answers++ < 2)
      response = {answers == 1 ? 429 : 503, {{"Retry-After", "0"}}, ""};
  });
  EXPECT_FALSE(get(hub).empty());
  EXPECT_EQ(answers, 3);
  FakeHub always(kFiles, [](const Request&, Response& response) {
    response = {429, {{"Retry-After", "0"}}, ""};
  });
  EXPECT_NE(std::string(complaint(always).what()).find("429"), std::string::npos);
}

TEST_F(Hub, RefusesNamesThatLeadOutOfTheCache) {
  for (const char* name : {"../evil", "/etc/passwd", "a/../../b", "a\\b", "c:evil", "a//b", ""}) {
    FakeHub hub(kFiles, [&](const Request& request, Response& response) {
      if (!request.path.starts_with("/api/")) return;
      response.body = Json()
                          .set("sha", FakeHub::kCommit)
                          .set("siblings", Json().push(Json().set("rfilename", name)))
                          .dump();
    });
    EXPECT_NE(std::string(complaint(hub).what()).find("impossible name"), std::string::npos) << name;
  }
  FakeHub evil(kFiles, [&](const Request& request, Response& response) {
    if (isWeights(request)) response.headers["ETag"] = "\"../../evil\"";
  });
  EXPECT_EQ(complaint(evil).kind(), ErrorKind::kIo);
  EXPECT_FALSE(std::filesystem::exists(cache_.path("evil")));
}

TEST_F(Hub, RefusesPicklesByNameAndByContent) {
  FakeHub named({{"config.json", "{}"}, {"pytorch_model.bin", "x"}});
  EXPECT_NE(std::string(complaint(named).what()).find("pickle"), std::string::npos);
  FakeHub hidden(
      {{"config.json", "{}"}, {"model.safetensors", std::string("\x80\x02}q\x01(X\x03", 8) + "weights"}});
  EXPECT_NE(std::string(complaint(hidden).what()).find("pickle"), std::string::npos);
  FakeHub zipped({{"config.json", "{}"},
                  {"model.safetensors", std::string("PK\x03\x04\x14\x00\x00\x00", 8) + "weights"}});
  EXPECT_NE(std::string(complaint(zipped).what()).find("pickle"), std::string::npos);
}

TEST_F(Hub, LetsTheUserChooseAmongGgufFiles) {
  const std::map<std::string, std::string> files{
      {"a-Q4_0.gguf", "GGUF a"}, {"a-Q8_0.gguf", "GGUF b"}, {"README.md", "x"}};
  FakeHub hub(files);
  const Error e = complaint(hub);
  EXPECT_EQ(e.kind(), ErrorKind::kUsage);
  EXPECT_NE(e.hint().find("a-Q8_0.gguf"), std::string::npos);
  const HubSettings s = settings(hub);
  const std::string path =
      downloadModel(listModel(parseRepoId("team/model"), "a-Q8_0.gguf", s, stop_), s, stop_);
  EXPECT_EQ(readFile(path), "GGUF b");
  EXPECT_FALSE(hasBlob("GGUF a"));
}

TEST_F(Hub, StopsWithinATenthOfASecondAndGoesOnLater) {
  std::atomic<bool> stalls{true};
  FakeHub hub(kFiles, [&](const Request& request, Response& response) {
    if (stalls && isWeights(request) && request.method == "GET") response.stallAfter = 100'000;
  });
  HubSettings s = settings(hub);
  s.stallTimeoutMs = 60'000;
  const HubListing listing = listModel(parseRepoId("team/model"), "", s, stop_);
  double asked = 0;
  std::thread user;
  try {
    downloadModel(listing, s, stop_, [&](const HubProgress& p) {
      if (p.file != "model.safetensors" || p.doneBytes < 100'000 || asked > 0) return;
      asked = monotonicSeconds();
      stop_.request(StopKind::kKeep);
    });
    FAIL() << "was not stopped";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kConflict);
    EXPECT_LT(monotonicSeconds() - asked, 1.0);  // generous: the machine may be busy
  }
  EXPECT_FALSE(hasBlob(kFiles.at("model.safetensors")));
  stalls = false;
  const StopToken again;
  const std::string snapshot = downloadModel(listing, s, again);
  EXPECT_EQ(readFile(snapshot + "/model.safetensors"), kFiles.at("model.safetensors"));
  EXPECT_EQ(hub.server().requests().back().headers.count("range"), 1u);
}

TEST_F(Hub, TwoAtOnceFetchABlobOnce) {
  FakeHub hub(kFiles);
  const HubSettings s = settings(hub);
  const HubListing listing = listModel(parseRepoId("team/model"), "", s, stop_);
  std::thread other([&] { downloadModel(listing, s, stop_); });
  const std::string snapshot = downloadModel(listing, s, stop_);
  other.join();
  EXPECT_EQ(readFile(snapshot + "/model.safetensors"), kFiles.at("model.safetensors"));
  EXPECT_EQ(hub.server().count("GET", "/model.safetensors"), 1);
}

TEST_F(Hub, NeedsNoNetworkToSayThatItIsSwitchedOff) {
  FakeHub hub(kFiles);
  HubSettings s = settings(hub);
  s.offline = true;
  EXPECT_THROW(listModel(parseRepoId("team/model"), "", s, stop_), Error);
  EXPECT_TRUE(hub.server().requests().empty());
}

TEST(HubSettings, ComeFromTheEnvironmentAsInThePythonTools) {
  const TemporaryFolder home;
  writeFileAtomically(home.path("hf/token"), "  hf_fromfile\n");
  std::map<std::string, std::string> set{{"HOME", home.path()},
                                         {"HF_HOME", home.path("hf")},
                                         {"HF_ENDPOINT", "https://mirror.example/"},
                                         {"HF_HUB_OFFLINE", "1"}};
  const auto read = [&] {
    return hubSettings([&](const char* name) {
      const auto found = set.find(name);
      return found == set.end() ? std::optional<std::string>() : std::optional(found->second);
    });
  };
  EXPECT_EQ(read().endpoint, "https://mirror.example");
  EXPECT_EQ(read().token, "hf_fromfile");
  EXPECT_EQ(read().cacheFolder, home.path("hf") + "/hub");
  EXPECT_TRUE(read().offline);
  set["HF_TOKEN"] = "hf_set";
  set["HF_HUB_CACHE"] = "/cache";
  EXPECT_EQ(read().token, "hf_set");
  EXPECT_EQ(read().cacheFolder, "/cache");
  set["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1";
  EXPECT_EQ(read().token, "");
  set["HF_ENDPOINT"] = "ftp://mirror";
  EXPECT_THROW(read(), Error);
}

TEST(RepoId, FollowsTheRulesOfTheHub) {
  EXPECT_EQ(parseRepoId("gpt2").name, "gpt2");
  EXPECT_EQ(parseRepoId("org/na.me_x-1@v2").revision, "v2");
  EXPECT_EQ(parseRepoId("a/b@refs/pr/1").revision, "refs/pr/1");
  for (const char* bad : {"", "/", "a/", "a/b/c", "-a/b", "a/b.", "a/b--c", "a..b", "a/b.git", "a/b@",
                          "a/b@../x", "a b", "ä/b", "a/b@x y", "../../etc"})
    EXPECT_THROW(parseRepoId(bad), Error) << bad;
}

}  // namespace
}  // namespace attune
