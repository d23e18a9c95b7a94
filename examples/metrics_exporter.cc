// Serves the metrics of a folder to Prometheus: GET /metrics, in OpenMetrics text. It only reads the folder's memory: whoever
// works in it neither waits nor notices, and need not run any code for it.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <leat/leat.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "arguments.h"
#include "stop_signal.h"

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kUsage = R"(usage: metrics_exporter [OPTION...]

Serves the metrics of a folder at http://127.0.0.1:PORT/metrics, for Prometheus and whoever else reads OpenMetrics text.
Reads the folder's shared memory anew at each request; needs no permission to write there. Ctrl-C ends it.

  --dir FOLDER      the folder of the log (data)
  --port N          0 takes a free one, which is printed (9464)
  --name NAME       a label folder="NAME" for all values, where one Prometheus asks for several folders
)";

struct Options {
  std::string dir = "data";
  std::uint16_t port = 9464;
  std::string name;
};

// One request at a time, so none may take long, nor much.
constexpr std::chrono::milliseconds kTimeForARequest = 2s;
constexpr std::size_t kMostBytesOfARequest = 8 << 10;

absl::Status Failed(std::string_view what) {
  return absl::UnavailableError(fmt::format("{}: {}", what, std::strerror(errno)));
}

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

  // Whether it is ready for `events` before the time is over.
  bool Await(short events, Clock::time_point until) const {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
      if (left <= 0ms) return false;
      pollfd one = {.fd = descriptor_, .events = events, .revents = 0};
      const int ready = ::poll(&one, 1, static_cast<int>(left.count()));
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return false;
    }
  }

 private:
  int descriptor_;
};

absl::StatusOr<Socket> Listen(std::uint16_t port) {
  Socket listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (listening.get() < 0) return Failed("socket");
  const int on = 1;
  ::setsockopt(listening.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listening.get(), 16) != 0) {
    return Failed(fmt::format("127.0.0.1:{}", port));
  }
  return listening;
}

std::uint16_t PortOf(const Socket& listening) {
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  ::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

struct Answer {
  std::string_view status;
  std::string body;
  std::string_view type = "text/plain; charset=utf-8";
  std::string_view more = {};  // header lines
};

// The head of a request, up to its empty line; or what is wrong with it.
struct Request {
  std::string head;
  std::optional<Answer> refused = {};
};

Request Receive(const Socket& connection, Clock::time_point until) {
  Request request;
  while (request.head.find("\r\n\r\n") == std::string::npos) {
    if (request.head.size() >= kMostBytesOfARequest) {
      request.refused = Answer{"431 Request Header Fields Too Large", "the request is too long\n"};
      break;
    }
    if (!connection.Await(POLLIN, until)) {
      request.refused = Answer{"408 Request Timeout", "the request has not come to its end\n"};
      break;
    }
    char bytes[1024];
    const ssize_t size = ::recv(connection.get(), bytes, sizeof(bytes), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) {
      request.refused = Answer{"400 Bad Request", "the request breaks off\n"};
      break;
    }
    request.head.append(bytes, static_cast<std::size_t>(size));
  }
  return request;
}

Answer Metrics(const Options& options) {
  const auto metrics = leat::ReadMetrics(options.dir);
  if (!metrics.ok()) return {"503 Service Unavailable", std::string(metrics.status().message()) + "\n"};
  leat::MetricLabels labels;
  if (!options.name.empty()) labels.emplace_back("folder", options.name);
  return {"200 OK", leat::ToOpenMetrics(*metrics, labels), leat::kOpenMetricsContentType};
}

Answer AnswerTo(const Request& request, const Options& options) {
  if (request.refused.has_value()) return *request.refused;
  const std::string_view line = std::string_view(request.head).substr(0, request.head.find("\r\n"));
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == line.npos || first == last || !line.substr(last + 1).starts_with("HTTP/1.")) {
    return {"400 Bad Request", "not an HTTP/1 request\n"};
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (method != "GET" && method != "HEAD") {
    return {"405 Method Not Allowed", "GET and HEAD are\n", "text/plain; charset=utf-8", "Allow: GET, HEAD\r\n"};
  }
  if (target.substr(0, target.find('?')) != "/metrics") return {"404 Not Found", "there is /metrics here\n"};
  return Metrics(options);
}

void Send(const Socket& connection, std::string_view text, Clock::time_point until) {
  while (!text.empty() && connection.Await(POLLOUT, until)) {
    const ssize_t size = ::send(connection.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

void Serve(const Socket& connection, const Options& options) {
  const Request request = Receive(connection, Clock::now() + kTimeForARequest);
  const Answer answer = AnswerTo(request, options);
  std::string text =
      fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n",
                  answer.status, answer.type, answer.body.size(), answer.more);
  if (!request.head.starts_with("HEAD ")) text += answer.body;
  Send(connection, text, Clock::now() + kTimeForARequest);
  // What was sent to us and not read would take back what we have sent: read to the end, or for a moment.
  ::shutdown(connection.get(), SHUT_WR);
  const Clock::time_point until = Clock::now() + kTimeForARequest;
  char rest[4096];
  for (std::size_t read = 0; read < (64 << 10) && connection.Await(POLLIN, until);) {
    const ssize_t size = ::recv(connection.get(), rest, sizeof(rest), MSG_DONTWAIT);
    if (size <= 0) break;
    read += static_cast<std::size_t>(size);
  }
}

absl::Status Run(const Options& options, example::StopSignal& stop) {
  const auto listening = Listen(options.port);
  if (!listening.ok()) return listening.status();
  fmt::print("serving the metrics of {} at http://127.0.0.1:{}/metrics; Ctrl-C ends\n", options.dir,
             PortOf(*listening));
  while (!stop.Asked()) {
    if (!listening->Await(POLLIN, Clock::now() + 100ms)) continue;
    const Socket connection(::accept4(listening->get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.get() >= 0) Serve(connection, options);
  }
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  example::Arguments arguments(kUsage);
  arguments.Text("--dir", &options.dir);
  arguments.Number("--port", &options.port);
  arguments.Text("--name", &options.name);
  if (const auto code = arguments.Parse(argc, argv)) return *code;

  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  example::StopSignal stop;
  const absl::Status status = Run(options, stop);
  if (status.ok()) return 0;
  fmt::print(stderr, "metrics_exporter could not go on: {}\n", std::string(status.message()));
  return 1;
}
