#pragma once

#include <functional>
#include <string>

#include "core/hub/http.h"
#include "core/hub/hub.h"

namespace attune {

// One conversation with the Hub: token, attempts, pauses, and answers turned into errors that a user can act
// on.
class HubClient {
 public:
  HubClient(const RepoId& repo, const HubSettings& settings, const StopToken& stop)
      : repo_(repo), settings_(settings), stop_(stop), base_(Url::parse(settings.endpoint)) {}

  Url at(const std::string& path) const;  // below the endpoint

  // The body of a small answer. Throws Error.
  std::string get(const Url& url) const;
  // Headers alone, relative redirects followed; `url` becomes where the file lies in the end (a redirect to
  // another host is its "location"). Throws Error.
  HttpResponse head(Url& url) const;
  // The body in pieces, redirects followed. `from` > 0 asks for the rest only; `onAnswer` is told whether
  // that was granted and whether the body is to be taken. Throws Error; HttpBreak is given on, for the caller
  // to resume.
  void fetch(Url url, std::int64_t from, const std::function<void(bool resumed)>& onAnswer,
             const std::function<void(std::string_view)>& onBody) const;

  // Runs `attempt` again after pauses while it throws HttpBreak; the last one becomes Error(kIo).
  void withAttempts(const std::function<void()>& attempt) const;

 private:
  HttpRequest request(const Url& url) const;
  // The next address after a redirect; false: it is none.
  bool redirected(const HttpResponse& response, Url& url) const;
  [[noreturn]] void refuse(const HttpResponse& response) const;
  void pause(std::int64_t milliseconds) const;

  const RepoId& repo_;
  const HubSettings& settings_;
  const StopToken& stop_;
  Url base_;
};

[[noreturn]] void throwStopped();

}  // namespace attune
