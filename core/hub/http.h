#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/base/stop_token.h"

namespace attune {

// Scheme, host and port of an http or https address, and the rest.
struct Url {
  std::string scheme, host, port, path;  // path with query, begins with "/"

  static Url parse(const std::string& text);  // throws Error(kUsage)
  std::string origin() const;                 // "https://host:port"
  std::string text() const { return origin() + path; }
  bool sameOrigin(const Url& other) const { return origin() == other.origin(); }
  bool isLoopback() const;
};

// Each segment percent-encoded, "/" kept where `keepSlashes`.
std::string percentEncoded(std::string_view text, bool keepSlashes);

struct HttpRequest {
  Url url;
  bool headOnly = false;
  std::map<std::string, std::string> headers;
  std::int64_t answerTimeoutMs = 10'000;
  std::int64_t stallTimeoutMs = 10'000;
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case

  std::string header(const std::string& name) const;  // empty: absent
};

// The network or the other side broke off; another attempt may help.
class HttpBreak : public std::exception {
 public:
  explicit HttpBreak(std::string why) : why_(std::move(why)) {}
  const char* what() const noexcept override { return why_.c_str(); }

 private:
  std::string why_;
};

struct HttpStopped {};  // `stop` asked for it

// One request, redirects not followed. The body of a 2xx answer goes to `onBody` in pieces once `onAnswer`
// has agreed (false: leave it); bodies of other answers are dropped. Throws HttpBreak, HttpStopped.
HttpResponse httpRequest(const HttpRequest& request, const StopToken& stop,
                         const std::function<bool(const HttpResponse&)>& onAnswer,
                         const std::function<void(std::string_view)>& onBody);

}  // namespace attune
