#pragma once

#include <map>
#include <string>

#include "core/base/hash.h"
#include "core/base/json.h"
#include "tests/support/loopback_server.h"
#include "tests/support/temporary_folder.h"

namespace attune {

// One repository as the Hub serves it. `twist` may change an answer before it is sent.
class FakeHub {
 public:
  using Twist = std::function<void(const LoopbackServer::Request&, LoopbackServer::Response&)>;

  explicit FakeHub(std::map<std::string, std::string> files, Twist twist = {})
      : files_(std::move(files)), twist_(std::move(twist)), server_([this](const auto& request) {
          LoopbackServer::Response response = answer(request);
          if (twist_) twist_(request, response);
          return response;
        }) {}

  static constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";
  LoopbackServer& server() { return server_; }
  static std::string etag(const std::string& content) { return sha256(content); }

 private:
  LoopbackServer::Response answer(const LoopbackServer::Request& request) const {
    LoopbackServer::Response response;
    if (request.path.starts_with("/api/models/team/model/revision/")) {
      if (request.path.find("/revision/nothing") != std::string::npos)
        return {404, {{"X-Error-Code", "RevisionNotFound"}}, ""};
      Json siblings = Json::array();
      for (const auto& [name, content] : files_)
        siblings.push(Json().set("rfilename", name).set("size", static_cast<std::int64_t>(content.size())));
      response.body = Json()
                          .set("sha", kCommit)
                          .set("cardData", Json().set("license", "apache-2.0"))
                          .set("siblings", std::move(siblings))
                          .dump();
      return response;
    }
    const std::string prefix = std::string("/team/model/resolve/") + kCommit + "/";
    const auto file =
        request.path.starts_with(prefix) ? files_.find(request.path.substr(prefix.size())) : files_.end();
    if (file == files_.end()) return {404, {{"X-Error-Code", "RepoNotFound"}}, ""};
    response.headers = {{"X-Repo-Commit", kCommit}, {"ETag", "\"" + etag(file->second) + "\""}};
    response.body = file->second;
    if (const auto range = request.headers.find("range"); range != request.headers.end()) {
      const auto from = parseInt(range->second.substr(6, range->second.size() - 7)).value_or(0);
      if (from >= static_cast<std::int64_t>(file->second.size())) return {416, {}, ""};
      response.status = 206;
      response.body = file->second.substr(static_cast<std::size_t>(from));
    }
    return response;
  }

  std::map<std::string, std::string> files_;
  Twist twist_;
  LoopbackServer server_;
};

}  // namespace attune
