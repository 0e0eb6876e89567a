#include "kube/subprocess.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace {

using kube::Command;
using kube::run_command;
using net::ErrorCode;
using namespace std::chrono_literals;

Command shell(const std::string& script) { return {.words = {"sh", "-c", script}}; }

class Subprocess : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(dir); }
  void TearDown() override { std::filesystem::remove_all(dir); }
  // A pipe with a name: a reader learns from it when the last of its writers is gone.
  std::string fifo() const {
    const std::string path = dir + "/fifo";
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    return path;
  }

  std::string dir = testing::TempDir() + "kube_subprocess_test_" + std::to_string(getpid());
};

TEST_F(Subprocess, hands_back_what_was_said_and_how_it_ended) {
  const auto result = run_command(shell("echo out; echo err >&2; exit 3"), {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->errors, "err\n");
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(run_command(shell("kill -9 $$"), {})->exit_code, 128 + 9);
}

TEST_F(Subprocess, takes_words_as_they_are) {
  const auto result = run_command({.words = {"printf", "%s|", "a b", "$HOME", "*"}}, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "a b|$HOME|*|");
}

TEST_F(Subprocess, its_environment_comes_before_ours) {
  setenv("SUBPROCESS_TEST_A", "ours", 1);
  setenv("SUBPROCESS_TEST_B", "ours", 1);
  Command command = shell("echo $SUBPROCESS_TEST_A $SUBPROCESS_TEST_B");
  command.environment["SUBPROCESS_TEST_A"] = "its";
  EXPECT_EQ(run_command(command, {})->output, "its ours\n");
}

TEST_F(Subprocess, has_nothing_to_read) { EXPECT_EQ(run_command(shell("cat"), {})->output, ""); }

TEST_F(Subprocess, inherits_no_descriptor) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);  // without SOCK_CLOEXEC, as Asio makes them
  ASSERT_GE(socket, 3);
  const auto result = run_command(
      shell("test -e /proc/self/fd/0 && ! test -e /proc/self/fd/" + std::to_string(socket)), {});
  close(socket);
  EXPECT_EQ(result->exit_code, 0);
}

TEST_F(Subprocess, says_whether_it_is_missing_or_may_not_be_run) {
  EXPECT_EQ(run_command({.words = {"no-such-command-anywhere"}}, {}).error().code,
            ErrorCode::NotFound);
  EXPECT_EQ(run_command({.words = {dir + "/missing"}}, {}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(run_command({.words = {dir}}, {}).error().code, ErrorCode::Forbidden);
  const std::string not_a_program = dir + "/data";
  std::ofstream(not_a_program) << "echo no shell runs this";
  std::filesystem::permissions(not_a_program, std::filesystem::perms::owner_all);
  EXPECT_EQ(run_command({.words = {not_a_program}}, {}).error().code, ErrorCode::Forbidden);
}

TEST_F(Subprocess, keeps_the_end_of_a_long_complaint) {
  const auto result = run_command(shell("yes complaint | head -c 300000 >&2; echo end >&2"), {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->errors.size(), 1024U);
  EXPECT_TRUE(result->errors.ends_with("end\n"));
}

TEST_F(Subprocess, output_without_end_is_cut_off) {
  Command command = shell("yes");
  command.max_output = 100'000;
  const auto result = run_command(command, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::TooLarge);
  EXPECT_NE(result.error().message.find("100000 bytes"), std::string::npos);
  command = shell("head -c 100000 /dev/zero");
  command.max_output = 100'000;
  EXPECT_EQ(run_command(command, {})->output.size(), 100'000U) << "what is allowed is allowed";
}

TEST_F(Subprocess, its_whole_group_is_killed_when_the_time_is_up) {
  const std::string path = fifo();
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  // A grandchild that holds the pipe too.
  Command command = shell("exec 3>" + path + "; sleep 600 & echo ready >&3; wait");
  command.time_limit = 300ms;
  const auto result = run_command(command, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::Timeout);
  EXPECT_EQ(result.error().message, "it did not end within 300ms");
  fcntl(reader, F_SETFL, 0);  // from here on reads end when the last writer is gone
  std::string heard;
  char bytes[64];
  for (ssize_t count = 0; (count = read(reader, bytes, sizeof bytes)) > 0;) {
    heard.append(bytes, static_cast<std::size_t>(count));
  }
  EXPECT_EQ(heard, "ready\n");
  close(reader);
}

TEST_F(Subprocess, a_stop_ends_it_at_once) {
  const std::string path = fifo();
  std::stop_source stop;
  std::jthread stopper([&] {
    std::string line;
    std::ifstream started(path);
    std::getline(started, line);
    stop.request_stop();
  });
  const auto began = std::chrono::steady_clock::now();
  const auto result = run_command(shell("echo started >" + path + "; sleep 600"), stop.get_token());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::Cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
}

TEST_F(Subprocess, a_grandchild_that_keeps_the_pipes_is_not_waited_for) {
  const std::string path = fifo();
  const int writer = open(path.c_str(), O_RDWR);
  const auto result = run_command(shell("cat " + path + " & echo done"), {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->output, "done\n");
  close(writer);  // lets the grandchild end
}

}  // namespace
