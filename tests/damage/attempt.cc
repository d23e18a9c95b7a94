#include "damage/attempt.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "shared/layout.h"

namespace leat::testing {
namespace {

namespace fs = std::filesystem;

// An Outcome as a process can leave it to another.
struct SharedOutcome {
  bool opened, wrong, appended, read_again;
  int right;
  Offset log_start, end;
  char error[1500];
  char append_error[1500];
  char status[1500];
};

void Tell(char* to, const absl::Status& status) {
  const std::string text = status.ToString();
  std::memcpy(to, text.data(), std::min<std::size_t>(text.size(), 1499));
}

void ReadAll(Partition& partition, const FolderSpec& spec, SharedOutcome& outcome) {
  const auto start = partition.log_start();
  const auto end = partition.end();
  if (!start.ok() || !end.ok()) return Tell(outcome.error, start.ok() ? end.status() : start.status());
  outcome.log_start = *start;
  outcome.end = *end;
  for (Offset at = *start; at < *end;) {
    const ConsumerRecords records = partition.Read(at);
    for (const ConsumerRecord& record : records) {
      if (record.offset() != at || record.value() != ValueAt(at, spec.value_size)) outcome.wrong = true;
      ++outcome.right;
      ++at;
    }
    if (!records.status().ok()) return Tell(outcome.error, records.status());
    if (records.empty()) return Tell(outcome.error, absl::InternalError("nothing to read below the end"));
  }
}

void Append(Partition& partition, SharedOutcome& outcome) {
  BatchBuilder builder;
  static_cast<void>(!builder.Append(nullptr, "one more", {}, 0));
  const auto delivery = partition.Append(builder);
  if (!delivery.ok()) return Tell(outcome.append_error, delivery.status());
  outcome.appended = true;
  const ConsumerRecords records = partition.Read(delivery->offset);
  outcome.read_again = !records.empty() && (*records.begin()).value() == "one more";
}

void AttemptHere(const std::string& folder, const FolderSpec& spec, const BrokerOptions& options,
                 SharedOutcome& outcome) {
  auto broker = Broker::Open(folder, options);
  if (!broker.ok()) return Tell(outcome.error, broker.status());
  outcome.opened = true;
  const auto topic = broker->FindTopic(kTopic);
  if (!topic.ok()) return Tell(outcome.error, topic.status());
  auto partition = topic->partition(0);
  if (!partition.ok()) return Tell(outcome.error, partition.status());
  ReadAll(*partition, spec, outcome);
  if (!broker->read_only()) Append(*partition, outcome);
  const auto description = broker->DescribeTopic(kTopic);
  const absl::Status status = description.ok() ? description->partitions.at(0).status : description.status();
  if (!status.ok()) Tell(outcome.status, status);
}

void ChangeIdentity(const std::string& path, const std::function<void(shared::Identity&, std::uint64_t)>& change) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  struct stat info {};
  shared::Identity identity{};
  if (::fstat(file, &info) != 0 || ::pread(file, &identity, sizeof(identity), 0) != sizeof(identity)) {
    throw std::runtime_error("no control file at " + path);
  }
  change(identity, info.st_ino);
  identity.crc = Crc32c(std::as_bytes(std::span(&identity, 1)).first(offsetof(shared::Identity, crc)));
  if (::pwrite(file, &identity, sizeof(identity), 0) != sizeof(identity)) throw std::runtime_error("not written");
  ::close(file);
}

}  // namespace

int InChild(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no child");
  if (child == 0) {
    for (const int fatal : {SIGABRT, SIGBUS, SIGSEGV, SIGFPE, SIGILL}) ::signal(fatal, SIG_DFL);  // not Catch's
    ::alarm(300);  // whoever hangs is told by the signal
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string QuickPlace() {
  const std::string memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK | X_OK) == 0 ? memory : fs::temp_directory_path().string();
}

std::string ValueAt(Offset offset, std::size_t size) {
  std::string value = fmt::format("{}:", offset);
  value.resize(size, static_cast<char>('a' + offset % 26));
  return value;
}

void MakeFolder(const std::string& folder, const FolderSpec& spec) {
  const int code = InChild([&] {
    auto broker = Broker::Open(folder);
    if (!broker.ok()) return 1;
    auto topic = broker->CreateTopic(kTopic, {.segment_bytes = 64 << 10, .max_message_bytes = 60'000});
    if (!topic.ok()) return 2;
    auto partition = topic->partition(0);
    for (int i = 0; i < spec.batches; ++i) {
      BatchBuilder builder;
      if (!builder.Append(nullptr, ValueAt(i, spec.value_size), {}, 1000 + i)) return 3;
      if (!partition->Append(builder).ok()) return 4;
    }
    if (!spec.closed) ::_exit(0);  // nothing is closed, as when it is killed
    return broker->Close().ok() ? 0 : 5;
  });
  if (code != 0) throw std::runtime_error(fmt::format("making a folder: {}", code));
}

Content ReadContent(const std::string& folder) {
  Content content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    content[fs::relative(entry.path(), folder)] = {std::istreambuf_iterator<char>(file), {}};
  }
  return content;
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

void Restore(const std::string& folder, const Content& content) {
  std::vector<fs::path> others;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && !content.contains(fs::relative(entry.path(), folder))) {
      others.push_back(entry.path());
    }
  }
  for (const fs::path& other : others) fs::remove(other);
  for (const auto& [name, bytes] : content) {
    fs::create_directories(fs::path(folder + "/" + name).parent_path());
    WriteFile(folder + "/" + name, bytes);
  }
  // An opening may have made the control file anew; the identity in it tells a copy by the inode.
  ChangeIdentity(folder + "/control",
                 [](shared::Identity& identity, std::uint64_t inode) { identity.inode = inode; });
}

void PretendReboot(const std::string& folder) {
  ChangeIdentity(folder + "/control",
                 [](shared::Identity& identity, std::uint64_t) { std::memcpy(identity.boot_id, "another", 8); });
}

Outcome Attempt(const std::string& folder, const FolderSpec& spec, BrokerOptions options) {
  void* const memory =
      ::mmap(nullptr, sizeof(SharedOutcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory");
  auto& shared = *new (memory) SharedOutcome{};
  const int code = InChild([&] {
    AttemptHere(folder, spec, options, shared);
    return 0;
  });
  Outcome outcome{.signal = code < 0 ? -code : 0,
                  .opened = shared.opened,
                  .right = shared.right,
                  .wrong = shared.wrong,
                  .log_start = shared.log_start,
                  .end = shared.end,
                  .appended = shared.appended,
                  .read_again = shared.read_again,
                  .error = shared.error,
                  .append_error = shared.append_error,
                  .status = shared.status};
  ::munmap(memory, sizeof(SharedOutcome));
  return outcome;
}

}  // namespace leat::testing
