#include "core/hub/http.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"

namespace attune {
namespace {

struct Transfer {
  const std::function<bool(const HttpResponse&)>* onAnswer = nullptr;
  const std::function<void(std::string_view)>* onBody = nullptr;
  HttpResponse response;
  bool answered = false;  // the headers are complete
  bool agreed = true;
  std::exception_ptr fault;  // thrown by a callback
  double lastByte = 0;
};

std::size_t takeHeader(char* data, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  transfer.lastByte = monotonicSeconds();
  const std::string_view line = trim(std::string_view(data, size * count));
  if (line.starts_with("HTTP/")) {  // an answer (another one, after an interim answer)
    transfer.response = {};
    const auto blank = line.find(' ');
    if (blank != std::string_view::npos)
      transfer.response.status = static_cast<int>(parseInt(line.substr(blank + 1, 3)).value_or(0));
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    transfer.response.headers[toLowerAscii(line.substr(0, colon))] =
        std::string(trim(line.substr(colon + 1)));
  }
  return size * count;
}

void answer(Transfer& transfer) {
  if (transfer.answered) return;
  transfer.answered = true;
  const int status = transfer.response.status;
  transfer.agreed =
      status >= 200 && status < 300 && (!*transfer.onAnswer || (*transfer.onAnswer)(transfer.response));
}

std::size_t takeBody(char* data, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  transfer.lastByte = monotonicSeconds();
  try {
    answer(transfer);
    if (!transfer.agreed)
      return transfer.response.status >= 200 && transfer.response.status < 300 ? 0 : size * count;
    if (*transfer.onBody) (*transfer.onBody)({data, size * count});
  } catch (...) {
    transfer.fault = std::current_exception();
    return 0;
  }
  return size * count;
}

struct Handles {
  CURLM* multi = ::curl_multi_init();
  CURL* easy = ::curl_easy_init();
  curl_slist* headers = nullptr;
  bool added = false;

  ~Handles() {
    if (added) ::curl_multi_remove_handle(multi, easy);
    ::curl_slist_free_all(headers);
    ::curl_easy_cleanup(easy);
    ::curl_multi_cleanup(multi);
  }
};

}  // namespace

Url Url::parse(const std::string& text) {
  const auto refuse = [&] {
    return Error(ErrorKind::kUsage, "'" + elide(text, 80) + "' is no http or https address",
                 "Write https://HOST, or http://HOST:PORT.");
  };
  const auto colon = text.find("://");
  if (colon == std::string::npos || text.find_first_of(" \t\r\n@") != std::string::npos) throw refuse();
  Url url;
  url.scheme = toLowerAscii(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") throw refuse();
  const auto start = colon + 3, slash = text.find_first_of("/?", start);
  std::string place = text.substr(start, slash == std::string::npos ? std::string::npos : slash - start);
  url.path = slash == std::string::npos ? "/" : text.substr(slash);
  if (url.path.front() == '?') url.path.insert(0, "/");
  const auto bracket = place.rfind(']');  // [::1]:8080
  if (const auto port = place.rfind(':');
      port != std::string::npos && (bracket == std::string::npos || port > bracket)) {
    url.port = place.substr(port + 1);
    place.resize(port);
    if (const auto number = parseInt(url.port); !number || *number < 1 || *number > 65535) throw refuse();
  }
  url.host = toLowerAscii(place);
  if (url.host.empty()) throw refuse();
  return url;
}

std::string Url::origin() const {
  const std::string usual = scheme == "https" ? "443" : "80";
  return scheme + "://" + host + (port.empty() || port == usual ? "" : ":" + port);
}

bool Url::isLoopback() const { return host == "localhost" || host == "[::1]" || host.starts_with("127."); }

std::string percentEncoded(std::string_view text, bool keepSlashes) {
  const char* digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~' || (keepSlashes && c == '/');
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

std::string HttpResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

HttpResponse httpRequest(const HttpRequest& request, const StopToken& stop,
                         const std::function<bool(const HttpResponse&)>& onAnswer,
                         const std::function<void(std::string_view)>& onBody) {
  static std::once_flag started;
  std::call_once(started, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
  Handles handles;
  Transfer transfer;
  transfer.onAnswer = &onAnswer;
  transfer.onBody = &onBody;
  CURL* easy = handles.easy;
  const std::string address = request.url.text();
  ::curl_easy_setopt(easy, CURLOPT_URL, address.c_str());
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  ::curl_easy_setopt(easy, CURLOPT_NOBODY, request.headOnly ? 1L : 0L);
  ::curl_easy_setopt(easy, CURLOPT_USERAGENT, "attune/" ATTUNE_VERSION);
  ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, takeHeader);
  ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, takeBody);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  for (const auto& [name, value] : request.headers)
    handles.headers = ::curl_slist_append(handles.headers, (name + ": " + value).c_str());
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, handles.headers);
  ::curl_multi_add_handle(handles.multi, easy);
  handles.added = true;

  // The stop token and the silence of the other side are looked at every 50 ms.
  transfer.lastByte = monotonicSeconds();
  int running = 1;
  while (running > 0) {
    if (stop.requested()) throw HttpStopped{};
    ::curl_multi_perform(handles.multi, &running);
    if (running == 0) break;
    const auto limit = transfer.response.status == 0 ? request.answerTimeoutMs : request.stallTimeoutMs;
    if ((monotonicSeconds() - transfer.lastByte) * 1000 > static_cast<double>(limit))
      throw HttpBreak(request.url.host + " sent nothing for " +
                      formatShortest(static_cast<double>(limit) / 1000) + " seconds");
    ::curl_multi_poll(handles.multi, nullptr, 0, 50, nullptr);
  }
  if (transfer.fault) std::rethrow_exception(transfer.fault);
  int left = 0;
  const CURLMsg* message = ::curl_multi_info_read(handles.multi, &left);
  const CURLcode code = message ? message->data.result : CURLE_FAILED_INIT;
  if (code == CURLE_WRITE_ERROR && transfer.answered && !transfer.agreed) return transfer.response;
  if (code != CURLE_OK) throw HttpBreak(request.url.host + ": " + ::curl_easy_strerror(code));
  answer(transfer);
  return transfer.response;
}

}  // namespace attune
