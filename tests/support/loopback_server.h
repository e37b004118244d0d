#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/text.h"

namespace attune {

// A web server of our own on the loopback address that can misbehave. One thread; connections one after
// another, each closed after its answer.
class LoopbackServer {
 public:
  struct Request {
    std::string method, path;
    std::map<std::string, std::string> headers;  // names in lower case
  };
  struct Response {
    int status = 200;
    std::map<std::string, std::string> headers;
    std::string body;
    std::int64_t cutAfter = -1;    // bytes of the body after which the connection is closed
    std::int64_t stallAfter = -1;  // bytes of the body after which nothing comes any more
    std::int64_t length = -1;      // what Content-Length says; -1: the truth
  };
  using Handler = std::function<Response(const Request&)>;

  explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no loopback server");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~LoopbackServer() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  // `host`: another name of the same machine makes it another host.
  std::string url(const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(port_);
  }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int count(const std::string& method, const std::string& part) const {
    int n = 0;
    for (const Request& r : requests())
      n += r.method == method && r.path.find(part) != std::string::npos ? 1 : 0;
    return n;
  }

 private:
  void serve() {
    while (!stopping_) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      answer(connection);
      ::close(connection);
    }
  }

  void answer(int connection) {
    std::string text;
    char buffer[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    Request request;
    const std::vector<std::string> lines = splitText(text.substr(0, text.find("\r\n\r\n")), '\n');
    const std::vector<std::string> words = splitText(lines.front(), ' ');
    request.method = words.at(0);
    request.path = words.at(1);
    for (std::size_t i = 1; i < lines.size(); ++i)
      if (const auto colon = lines[i].find(':'); colon != std::string::npos)
        request.headers[toLowerAscii(lines[i].substr(0, colon))] =
            std::string(trim(lines[i].substr(colon + 1)));
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const Response response = handler_(request);
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + " X\r\nConnection: close\r\n";
    bool sized = false;
    for (const auto& [name, value] : response.headers) {
      head += name + ": " + value + "\r\n";
      sized = sized || toLowerAscii(name) == "content-length";
    }
    if (!sized)
      head += "Content-Length: " +
              std::to_string(response.length >= 0 ? response.length
                                                  : static_cast<std::int64_t>(response.body.size())) +
              "\r\n";
    send(connection, head + "\r\n");
    if (request.method == "HEAD") return;
    if (response.cutAfter >= 0)
      return send(connection, response.body.substr(0, static_cast<std::size_t>(response.cutAfter)));
    if (response.stallAfter >= 0) {
      send(connection, response.body.substr(0, static_cast<std::size_t>(response.stallAfter)));
      pollfd gone{connection, POLLIN, 0};
      while (!stopping_ && ::poll(&gone, 1, 20) == 0) {  // until the other side gives up
      }
      return;
    }
    send(connection, response.body);
  }

  static void send(int connection, std::string_view text) {
    while (!text.empty()) {
      const ssize_t put = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
      if (put <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(put));
    }
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::thread thread_;
};

}  // namespace attune
