#include "support/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace support {

namespace {

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::abort();
}

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

// Forks and executes; `in`, `out` and `err` become its standard streams (-1: the parent's).
pid_t spawn(const std::vector<std::string>& command,
            const std::map<std::string, std::string>& environment, int in, int out, int err) {
  auto arguments = pointers(command);
  const auto variables = merged_environment(environment);
  auto variable_pointers = pointers(variables);
  const pid_t pid = fork();
  if (pid < 0) give_up("fork");
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a killed test leaves no process behind
  if (in >= 0) dup2(in, STDIN_FILENO);
  if (out >= 0) dup2(out, STDOUT_FILENO);
  if (err >= 0) dup2(err, STDERR_FILENO);
  // Asio's sockets are not close-on-exec: the child must not hold the test's connections.
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvpe(arguments[0], arguments.data(), variable_pointers.data());
  std::perror(arguments[0]);
  _exit(127);
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Process::Process(const ProcessOptions& options) {
  int pipes[2] = {-1, -1};
  if (options.read_stdout && pipe2(pipes, O_CLOEXEC) != 0) give_up("pipe");
  int log = -1;
  if (!options.log_file.empty())
    log = open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int out = options.read_stdout ? pipes[1] : log;
  pid_ = spawn(options.command, options.environment, -1, out, log);
  if (log >= 0) close(log);
  if (options.read_stdout) {
    close(pipes[1]);
    stdout_ = pipes[0];
  }
}

Process::~Process() {
  if (running()) {
    signal(SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (stdout_ >= 0) close(stdout_);
}

std::optional<std::string> Process::read_line() {
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    char bytes[4096];
    const ssize_t count = read(stdout_, bytes, sizeof bytes);
    if (count <= 0) return std::nullopt;
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }
}

void Process::signal(int number) const {
  if (pid_ > 0 && !exit_code_) kill(pid_, number);
}

bool Process::running() { return !wait(std::chrono::milliseconds{0}).has_value(); }

std::optional<int> Process::wait(std::chrono::milliseconds limit) {
  if (exit_code_) return exit_code_;
  // A pidfd becomes readable when the process ends: no polling.
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (fd >= 0) {
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    poll(&waiting, 1, static_cast<int>(limit.count()));
    close(fd);
  }
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == pid_) exit_code_ = exit_code_of(status);
  return exit_code_;
}

Finished run(const std::vector<std::string>& command, const std::string& input,
             const std::map<std::string, std::string>& environment) {
  // Files, so that neither side ever waits for the other's pipe.
  FILE* in = std::tmpfile();
  FILE* out = std::tmpfile();
  FILE* err = std::tmpfile();
  if (in == nullptr || out == nullptr || err == nullptr) give_up("tmpfile");
  std::fwrite(input.data(), 1, input.size(), in);
  std::rewind(in);
  const pid_t pid = spawn(command, environment, fileno(in), fileno(out), fileno(err));
  int status = 0;
  waitpid(pid, &status, 0);
  const auto text = [](FILE* file) {
    std::string all;
    std::rewind(file);
    char bytes[4096];
    for (std::size_t count = 0; (count = std::fread(bytes, 1, sizeof bytes, file)) > 0;)
      all.append(bytes, count);
    std::fclose(file);
    return all;
  };
  std::fclose(in);
  return {exit_code_of(status), text(out), text(err)};
}

}  // namespace support
