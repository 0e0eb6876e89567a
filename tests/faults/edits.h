// Many Integrations and somebody who edits them, whatever happens to the API server meanwhile; and
// who knows afterwards which of the edits the operator never answered.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "support/cluster.h"

namespace support {

// edit(), next() and make() on one thread at a time, the rest from any thread.
class Edits {
 public:
  // Creates the Integrations. They have no Offering, so that no provider is asked: their status
  // says which Secret is missing, and an edit is the name of another one.
  Edits(Cluster& cluster, std::string ns, int count);

  // Edits one, as often as it takes until the API server has taken it: false if stopped before.
  bool edit(int integration, std::stop_token stop = {});
  // Edits the next one, round and round.
  bool next(std::stop_token stop = {});
  // That many of them, one after the other; all at once would be over before a fault begins.
  void make(int count) {
    for (int i = 0; i < count; ++i) next();
  }

  // How many edits the API server has taken.
  long taken() const { return taken_; }
  // The Integration that next() edits next.
  int upcoming() const { return next_; }
  // That the status of that Integration tells of its last edit.
  bool await_told(int integration, std::chrono::seconds limit);
  // How many of the Integrations do not tell of their last edit by the API server's own word, after
  // at most `limit`.
  long lost(std::chrono::seconds limit);
  // How many of the Integrations are not as they were last edited in what a reader has of them,
  // after at most `limit`.
  long await_seen(const kube::Store<api::Integration>& store, std::chrono::seconds limit) const;

 private:
  long unseen(const kube::Store<api::Integration>& store) const;
  static constexpr std::string_view kPrefix = "app-";
  static std::string name(int integration) {
    return std::string{kPrefix} + std::to_string(integration);
  }
  bool tells(const api::Integration& integration) const;

  Cluster& cluster_;
  const std::string ns_;
  std::vector<std::atomic<long>> last_;  // of each Integration; 0: as it was created
  std::atomic<long> taken_{0};
  std::atomic<int> next_{0};
};

}  // namespace support
