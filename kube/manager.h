// The order of things in a process of controllers (after controller-runtime's manager): sources of
// changes start first and stop last, controllers work only while they may.
//
//   sources start and sync -> ready -> lease -> on_leading -> controllers
//   stop -> not ready -> on_ending -> controllers end -> on_stepping_down -> lease released
//        -> sources stop
//
//   kube::Manager manager;
//   manager.add_source({"namespaces", [&](std::stop_token stop) { namespaces.run(stop); },
//                       [&](std::stop_token stop) { return namespaces.wait_synced(stop); }});
//   manager.add_controller(controller);
//   net::Status status = manager.run(stop, &elector);
#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "kube/controller.h"
#include "kube/leader_election.h"
#include "net/log.h"
#include "net/result.h"

namespace kube {

// Something that runs on a thread of its own until stopped, e.g. an informer.
struct Runnable {
  std::string name;
  std::function<void(std::stop_token)> run;
  std::function<bool(std::stop_token)>
      wait_synced;  // false if stopped first; null: nothing to wait for
  // The group of sources that are served together and without all others, e.g. a watched namespace.
  // Empty: nothing is served without this one.
  std::string group = {};
  std::function<std::string()> trouble =
      {};  // why it cannot be read now; empty: it can. Any thread
};

// The answer of /readyz.
struct Readiness {
  bool ready = false;
  std::string message = {};  // why not, or what is not served; may be empty
};

// Set it up and run() it once, from one thread; ready() from any.
class Manager {
 public:
  void add_source(Runnable source);
  // Outlives the manager.
  void add_controller(Controller& controller);
  // Runs once this process may work (as the leader, if there is an election) and before the
  // controllers, e.g. to load keys. An error ends run() with it.
  void on_leading(std::function<net::Status(std::stop_token)> prepare);

  // Runs when the controllers have ended and before the lease is released: work that they started
  // must not go on under another leader.
  void on_stepping_down(std::function<void()> end);

  // Runs on every replica, leader or standby, once it ends: after a stop, or when its work has
  // ended by itself (a lost lease). E.g. a web port finishes what is under way. Not ready by then;
  // a leader keeps its lease and its controllers until all of these have returned, and a standby
  // does not become the leader any more. `drain` is called once, from a thread of the manager's,
  // and bounds its own time: nothing cuts it off.
  void on_ending(std::function<void()> drain);

  // Starts the sources and waits until all have synced; then, as the leader or without an election
  // (`elector` null), prepares and runs the controllers. After a stop: this replica drains
  // (on_ending), controllers end their reconciles, the lease is released, the sources stop. Ok
  // after a requested stop; an error where the lease was lost or the preparation failed.
  net::Status run(std::stop_token stop, LeaderElector* elector);

  // The sources have synced, and no stop was requested. A standby is ready. From any thread.
  bool ready() const { return ready_.load(); }
  // For /readyz: ready(), and there is something to serve: every source without a group can be
  // read, and so can all sources of at least one group, if there are groups. From any thread.
  Readiness readiness() const;

 private:
  bool wait_synced(std::stop_token stop) const;
  // `stop`: an end was requested. `drained`: it was, and on_ending() is over. `leading`: ends
  // with that, or when the lease is lost.
  net::Status run_controllers(std::stop_token stop, std::stop_token drained,
                              LeaderElector* elector);
  net::Status work(std::stop_token stop, std::stop_token leading);
  std::string troubles() const;  // a line each

  std::vector<Runnable> sources_;
  std::vector<Controller*> controllers_;
  std::vector<std::function<net::Status(std::stop_token)>> preparations_;
  std::vector<std::function<void()>> drains_;
  std::vector<std::function<void()>> endings_;
  std::atomic<bool> ready_{false};
  const net::Logger log_{"manager"};
};

}  // namespace kube
