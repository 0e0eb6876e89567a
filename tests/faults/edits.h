// Edits many Integrations, whatever happens to the API server meanwhile, and finds the edits that
// the operator never answered.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "support/cluster.h"

namespace support {

// Call edit(), next() and make() from one thread at a time, the rest from any thread.
class Edits {
 public:
  // Creates the Integrations. They have no Offering, so the operator calls no provider: their
  // status names the missing Secret, and an edit names another Secret.
  Edits(Cluster& cluster, std::string ns, int count);

  // Retries an edit until the API server has accepted it; returns false if it was stopped before.
  bool edit(int integration, std::stop_token stop = {});
  // Edits the next one, round and round.
  bool next(std::stop_token stop = {});
  // Makes that many edits, one after the other; all at once would be over before a fault begins.
  void make(int count) {
    for (int i = 0; i < count; ++i) next();
  }

  // How many edits the API server has accepted.
  long taken() const { return taken_; }
  // The Integration that next() edits next.
  int upcoming() const { return next_; }
  // Waits until the status of that Integration shows its last edit.
  bool await_told(int integration, std::chrono::seconds limit);
  // Returns how many Integrations do not show their last edit at the API server after at most
  // `limit`.
  long lost(std::chrono::seconds limit);
  // Returns how many Integrations a reader's store does not have as last edited, after at most
  // `limit`.
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
