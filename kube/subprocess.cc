#include "kube/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include "net/secret_string.h"
#include "net/time_format.h"

namespace kube {
namespace {

using net::Error;
using net::ErrorCode;

constexpr std::size_t kMaxErrors = 1 << 10;

Error internal(const std::string& what, int number) {
  return Error{ErrorCode::Internal, what + ": " + std::strerror(number)};
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  int number() const { return number_; }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
  bool open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
  }
};

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> result;
  for (const std::string& word : words) result.push_back(const_cast<char*>(word.c_str()));
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

// A running child in a process group of its own; killed and collected when it goes out of scope.
class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);  // it may have left its group
    collect();
  }

  net::Status start(const Command& command, int out, int err);
  // Becomes readable when the child has ended.
  int ended() const { return ended_.number(); }
  int collect() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  Descriptor ended_;
};

net::Status Child::start(const Command& command, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  // Not every library marks its descriptors O_CLOEXEC; connections are not for the child.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  const auto words = pointers(command.words);
  const auto variables = merged_environment(command.environment);
  const auto variable_pointers = pointers(variables);
  const int failure =
      posix_spawnp(&pid_, words[0], &actions, &attributes, words.data(), variable_pointers.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    pid_ = -1;
    if (failure == ENOENT) return Error{ErrorCode::NotFound, "it is not there"};
    return Error{
        failure == EACCES || failure == ENOEXEC ? ErrorCode::Forbidden : ErrorCode::Internal,
        std::string("it cannot be executed: ") + std::strerror(failure)};
  }
  // <sys/pidfd.h> of glibc 2.36 declares no C linkage.
  ended_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (ended_.number() < 0) return internal("pidfd_open", errno);
  return {};
}

// Takes the bytes that one of the child's streams has now: as much as a pipe holds (pipe(7)), in
// one read, so that nobody can keep us here. False at its end.
template <class Take>
bool drain(int descriptor, const Take& take) {
  std::string bytes(64 << 10, '\0');
  const ssize_t count = read(descriptor, bytes.data(), bytes.size());
  if (count > 0) take(std::string_view(bytes).substr(0, static_cast<std::size_t>(count)));
  net::wipe(bytes);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

// Collects what the child says until it has ended. A grandchild that keeps the pipes open does not
// count: the pipes have all that the child wrote by then.
class Listener {
 public:
  Listener(const Command& command, CommandResult& result) : command_(command), result_(result) {}

  net::Status listen(const Child& child, int out, int err, std::stop_token stop) {
    const Descriptor stopped(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (stopped.number() < 0) return internal("eventfd", errno);
    const std::stop_callback wake(stop, [&] { eventfd_write(stopped.number(), 1); });
    const auto deadline = std::chrono::steady_clock::now() + command_.time_limit;
    pollfd waiting[] = {{child.ended(), POLLIN, 0},
                        {out, POLLIN, 0},
                        {err, POLLIN, 0},
                        {stopped.number(), POLLIN, 0}};
    for (;;) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) {
        return Error{ErrorCode::Timeout,
                     "it did not end within " + net::format_duration(command_.time_limit)};
      }
      poll(waiting, std::size(waiting), static_cast<int>(left.count()));
      if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
      const bool ended = waiting[0].revents != 0;  // looked at before its last words are read
      if (!drain(out, [&](std::string_view bytes) { take_output(bytes); })) waiting[1].fd = -1;
      if (!drain(err, [&](std::string_view bytes) { take_errors(bytes); })) waiting[2].fd = -1;
      if (too_much_) {
        return Error{ErrorCode::TooLarge, "it wrote more than " +
                                              std::to_string(command_.max_output) +
                                              " bytes to its standard output"};
      }
      if (ended) return {};
    }
  }

 private:
  void take_output(std::string_view bytes) {
    too_much_ = too_much_ || result_.output.size() + bytes.size() > command_.max_output;
    if (!too_much_) result_.output += bytes;
  }
  void take_errors(std::string_view bytes) {
    result_.errors += bytes;
    if (result_.errors.size() > kMaxErrors) {
      result_.errors.erase(0, result_.errors.size() - kMaxErrors);
    }
  }

  const Command& command_;
  CommandResult& result_;
  bool too_much_ = false;
};

}  // namespace

net::Result<CommandResult> run_command(const Command& command, std::stop_token stop) {
  Pipe out;
  Pipe err;
  if (!out.open() || !err.open()) return internal("pipe", errno);
  CommandResult result;
  Child child;
  net::Status status = child.start(command, out.write.number(), err.write.number());
  if (!status.ok()) return status.error();
  out.write.close();
  err.write.close();
  status = Listener(command, result).listen(child, out.read.number(), err.read.number(), stop);
  if (!status.ok()) {
    net::wipe(result.output);
    return status.error();
  }
  result.exit_code = child.collect();
  return result;
}

}  // namespace kube
