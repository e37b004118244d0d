#include "core/hub/hub_request.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/base/error.h"
#include "core/base/text.h"

namespace attune {
namespace {

constexpr int kMaxRedirects = 6;
constexpr std::size_t kMaxAnswer = 64 << 20;

struct TooMany {  // 429: come back later
  std::int64_t pauseMs;
};

}  // namespace

void throwStopped() {
  throw Error(ErrorKind::kConflict, "the download was stopped",
              "What has arrived is kept: start it again to go on from there.");
}

Url HubClient::at(const std::string& path) const {
  Url url = base_;
  url.path = (base_.path == "/" ? "" : base_.path) + path;
  return url;
}

HttpRequest HubClient::request(const Url& url) const {
  HttpRequest request;
  request.url = url;
  request.answerTimeoutMs = settings_.answerTimeoutMs;
  request.stallTimeoutMs = settings_.stallTimeoutMs;
  request.headers["Accept-Encoding"] = "identity";
  // The token goes to the configured server and nowhere else, and never unencrypted over a network.
  if (!settings_.token.empty() && url.sameOrigin(base_) && (url.scheme == "https" || url.isLoopback()))
    request.headers["Authorization"] = "Bearer " + settings_.token;
  return request;
}

bool HubClient::redirected(const HttpResponse& response, Url& url) const {
  if (response.status < 300 || response.status >= 400) return false;
  const std::string to = response.header("location");
  if (to.empty()) return false;
  if (to.find("://") != std::string::npos) {
    const Url next = Url::parse(to);
    if (url.scheme == "https" && next.scheme != "https")
      throw Error(ErrorKind::kIo, url.host + " redirects to an unencrypted address", "Use another mirror.");
    url = next;
  } else {
    url.path = to.starts_with('/') ? to : url.path.substr(0, url.path.rfind('/') + 1) + to;
  }
  return true;
}

void HubClient::refuse(const HttpResponse& response) const {
  const std::string code = response.header("x-error-code");
  const std::string said = elide(response.header("x-error-message"), 200);
  const std::string who = repo_.name + " at " + base_.host;
  const int status = response.status;
  if (status == 429) {
    const auto seconds = parseInt(response.header("retry-after")).value_or(0);
    throw TooMany{std::clamp<std::int64_t>(seconds, 0, 60) * 1000};
  }
  if (status >= 500) throw HttpBreak(base_.host + " answers " + std::to_string(status));
  if (code == "GatedRepo" || status == 403)
    throw Error(ErrorKind::kNotFound,
                who + ": access is not granted" + (said.empty() ? "" : " (" + said + ")"),
                settings_.token.empty()
                    ? "Accept the model's terms on its page, then set HF_TOKEN to a token of your account."
                    : "Accept the model's terms on its page with the account that the token belongs to.");
  if (code == "RevisionNotFound")
    throw Error(ErrorKind::kNotFound, who + " has no revision '" + repo_.revision + "'",
                "Look at the model's page for its branches and tags.");
  if (code == "EntryNotFound")
    throw Error(ErrorKind::kNotFound, who + ": a file that was listed is not there",
                "The repository changed in the meantime: start again.");
  if (said.find("disabled") != std::string::npos)
    throw Error(ErrorKind::kNotFound, who + ": the repository is disabled", "Choose another model.");
  if (status == 401 || status == 404)
    throw Error(ErrorKind::kNotFound, who + ": there is no such repository, or it is private",
                settings_.token.empty() ? "Check the name; for a private one set HF_TOKEN to your token."
                                        : "Check the name, and that your token may read it.");
  throw Error(ErrorKind::kIo,
              base_.host + " answers " + std::to_string(status) + (said.empty() ? "" : ": " + said),
              "Try again later, or use another mirror (HF_ENDPOINT).");
}

void HubClient::pause(std::int64_t milliseconds) const {
  // Slices, so that a wish to stop is heard.
  for (std::int64_t left = milliseconds; left > 0; left -= 50) {
    if (stop_.requested()) throwStopped();
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min<std::int64_t>(left, 50)));
  }
}

void HubClient::withAttempts(const std::function<void()>& attempt) const {
  std::int64_t wait = settings_.firstPauseMs;
  for (int number = 1;; ++number) {
    try {
      return attempt();
    } catch (const HttpStopped&) {
      throwStopped();
    } catch (const HttpBreak& e) {
      if (number >= settings_.attempts)
        throw Error(ErrorKind::kIo, std::string(e.what()) + ", " + std::to_string(number) + " times",
                    "Check the connection and start again: what has arrived is kept.");
      pause(wait);
      wait *= 2;
    } catch (const TooMany& e) {
      if (number >= settings_.attempts)
        throw Error(ErrorKind::kIo, base_.host + " wants fewer requests (429)",
                    "Try again in a few minutes.");
      pause(std::max(e.pauseMs, wait));
      wait *= 2;
    }
  }
}

std::string HubClient::get(const Url& start) const {
  std::string body;
  withAttempts([&] {
    Url url = start;
    for (int hop = 0; hop < kMaxRedirects; ++hop) {
      body.clear();
      const HttpResponse response = httpRequest(request(url), stop_, {}, [&](std::string_view part) {
        if (body.size() + part.size() > kMaxAnswer)
          throw Error(ErrorKind::kInvalidInput, base_.host + ": the answer is absurdly long",
                      "Use another mirror.");
        body.append(part);
      });
      if (response.status >= 200 && response.status < 300) return;
      if (!redirected(response, url)) refuse(response);
    }
    throw Error(ErrorKind::kIo, base_.host + " redirects in a circle", "Use another mirror.");
  });
  return body;
}

HttpResponse HubClient::head(Url& url) const {
  HttpResponse response;
  withAttempts([&] {
    for (int hop = 0; hop < kMaxRedirects; ++hop) {
      HttpRequest asked = request(url);
      asked.headOnly = true;
      response = httpRequest(asked, stop_, {}, {});
      if (response.status >= 200 && response.status < 300) return;
      Url next = url;
      if (!redirected(response, next)) refuse(response);
      // A file that lies on another host is described by the answer that sends there.
      if (!next.sameOrigin(url)) return;
      url = next;
    }
    throw Error(ErrorKind::kIo, base_.host + " redirects in a circle", "Use another mirror.");
  });
  return response;
}

void HubClient::fetch(Url url, std::int64_t from, const std::function<void(bool)>& onAnswer,
                      const std::function<void(std::string_view)>& onBody) const {
  for (int hop = 0; hop < kMaxRedirects; ++hop) {
    HttpRequest asked = request(url);
    if (from > 0) asked.headers["Range"] = "bytes=" + std::to_string(from) + "-";
    const HttpResponse response = httpRequest(
        asked, stop_,
        [&](const HttpResponse& answer) {
          onAnswer(from > 0 && answer.status == 206);
          return true;
        },
        onBody);
    if (response.status >= 200 && response.status < 300) return;
    if (response.status == 416 && from > 0) {  // nothing is left: what is there is judged by its hash
      onAnswer(true);
      return;
    }
    if (!redirected(response, url)) refuse(response);
  }
  throw Error(ErrorKind::kIo, base_.host + " redirects in a circle", "Use another mirror.");
}

}  // namespace attune
