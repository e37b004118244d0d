#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/stop_token.h"

// Models from the Hugging Face Hub or a mirror of it, into the cache that the Python tools use too. Nothing
// is sent but the names of the files that are wanted, and the user's token to the configured server alone.
namespace attune {

// "name", "org/name" or "org/name@revision".
struct RepoId {
  std::string name;      // "org/name"
  std::string revision;  // branch, tag or commit; "main"
};
// Throws Error(kUsage) for what is no name of the Hub.
RepoId parseRepoId(const std::string& text);

// How the Hub is reached, as the Python tools find it out.
struct HubSettings {
  std::string endpoint = "https://huggingface.co";
  std::string token;        // empty: anonymous
  std::string cacheFolder;  // "…/huggingface/hub"
  bool offline = false;
  std::int64_t answerTimeoutMs = 10'000;  // until an answer begins
  std::int64_t stallTimeoutMs = 10'000;   // without a byte
  int attempts = 5;                       // of a request that the network or the server broke off
  std::int64_t firstPauseMs = 500;        // before the second attempt; doubled each time
};
using Environment = std::function<std::optional<std::string>(const char* name)>;
// From HF_ENDPOINT, HF_TOKEN (or the token file), HF_HUB_CACHE, HF_HOME, HF_HUB_OFFLINE and their older
// names. Throws Error(kUsage) for an endpoint that is no http or https address.
HubSettings hubSettings(const Environment& environment);
HubSettings hubSettings();  // of this process

// One file of a repository.
struct HubFile {
  std::string path;        // "model.safetensors"
  std::int64_t bytes = 0;  // 0: the server does not say
  bool wanted = false;
  std::string why;  // of a file that is left out: "not needed", "a Python pickle, never loaded"
};

struct HubListing {
  RepoId repo;
  std::string commit;   // 40 hex digits
  std::string licence;  // of the model card; empty: not given
  std::vector<HubFile> files;

  std::int64_t wantedBytes() const;
};

// What the repository holds and which files a base model needs; `ggufFile` picks one of a repository with
// several GGUF files. One request. Throws Error(kNotFound) for an unknown repository or revision,
// Error(kUnsupported) for one without usable weights, Error(kUsage) when a GGUF file must be chosen,
// Error(kIo) for the network's faults.
HubListing listModel(const RepoId& repo, const std::string& ggufFile, const HubSettings& settings,
                     const StopToken& stop);

struct HubProgress {
  std::string file;
  std::int64_t doneBytes = 0;  // of all wanted files
  std::int64_t totalBytes = 0;
};

// Fetches the wanted files and returns the folder (or the GGUF file) to open. What is in the cache already is
// not fetched; what was broken off goes on where it stopped; every file is checked against its hash before it
// takes its name. Throws Error as above; Error(kConflict) "stopped" when asked to stop, keeping what has
// arrived.
std::string downloadModel(const HubListing& listing, const HubSettings& settings, const StopToken& stop,
                          const std::function<void(const HubProgress&)>& progress = {});

// The folder of a model that the cache holds already, without any request; empty: it does not.
std::string cachedModel(const RepoId& repo, const HubSettings& settings);

}  // namespace attune
