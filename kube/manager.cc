#include "kube/manager.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <thread>
#include <utility>

#include "net/mutex.h"

namespace kube {

namespace {

void wait_for(const std::stop_token& stop) {
  net::Mutex mutex;
  std::condition_variable_any never;
  net::MutexLock lock(mutex);
  never.wait(lock, stop, [] { return false; });
}

}  // namespace

void Manager::add_source(Runnable source) { sources_.push_back(std::move(source)); }

void Manager::add_controller(Controller& controller) { controllers_.push_back(&controller); }

void Manager::on_leading(std::function<net::Status(std::stop_token)> prepare) {
  preparations_.push_back(std::move(prepare));
}

void Manager::on_stepping_down(std::function<void()> end) { endings_.push_back(std::move(end)); }

void Manager::on_ending(std::function<void()> drain) { drains_.push_back(std::move(drain)); }

net::Status Manager::run(std::stop_token stop, LeaderElector* elector) {
  std::vector<std::jthread> sources;
  for (const Runnable& source : sources_) sources.emplace_back(source.run);
  std::stop_source ending, drained;
  const auto end = [&] {
    ready_ = false;
    ending.request_stop();
  };
  const std::stop_callback on_stop(stop, end);
  std::jthread draining([&] {
    wait_for(ending.get_token());
    for (const auto& drain : drains_) drain();
    drained.request_stop();
  });
  const net::Status worked = run_controllers(ending.get_token(), drained.get_token(), elector);
  end();  // where the work has ended by itself
  draining.join();
  for (std::jthread& source : sources) source.request_stop();  // all at once, not one after another
  return worked;
}

net::Status Manager::run_controllers(std::stop_token stop, std::stop_token drained,
                                     LeaderElector* elector) {
  if (!wait_synced(stop)) return {};
  log_.info("All sources have synced", {{"sources", sources_.size()}});
  ready_ = true;
  const std::stop_callback unready(stop, [this] { ready_ = false; });
  if (elector == nullptr) return work(stop, drained);
  net::Status worked;
  const net::Status elected =
      elector->run(stop, drained, [&](std::stop_token leading) { worked = work(stop, leading); });
  ready_ = false;
  return elected.ok() ? worked : elected;
}

bool Manager::wait_synced(std::stop_token stop) const {
  return std::ranges::all_of(sources_, [&](const Runnable& source) {
    return !source.wait_synced || source.wait_synced(stop);
  });
}

Readiness Manager::readiness() const {
  if (!ready()) return {false, "this replica is filling its caches, or is ending\n" + troubles()};
  bool needed_is_read = true;
  std::map<std::string, bool> groups;  // is it read?
  for (const Runnable& source : sources_) {
    const bool is_read = !source.trouble || source.trouble().empty();
    if (source.group.empty())
      needed_is_read = needed_is_read && is_read;
    else
      groups.try_emplace(source.group, true).first->second &= is_read;
  }
  const bool any_group =
      groups.empty() || std::ranges::any_of(groups, [](const auto& group) { return group.second; });
  return {needed_is_read && any_group, troubles()};
}

std::string Manager::troubles() const {
  std::string lines;
  for (const Runnable& source : sources_)
    if (const std::string trouble = source.trouble ? source.trouble() : ""; !trouble.empty())
      lines.append(source.name).append(": ").append(trouble) += '\n';
  return lines;
}

net::Status Manager::work(std::stop_token stop, std::stop_token leading) {
  const auto over = [&] { return stop.stop_requested() || leading.stop_requested(); };
  for (const auto& prepare : preparations_) {
    if (over()) return {};
    const net::Status prepared = prepare(leading);
    if (over()) return {};
    if (!prepared.ok()) return prepared;
  }
  if (over()) return {};
  std::vector<std::jthread> running;
  for (Controller* controller : controllers_) {
    // Not the jthread's own stop token, but the one of the leadership.
    running.emplace_back([controller, leading] { controller->run(leading); });
  }
  for (std::jthread& controller : running) controller.join();
  for (const auto& end : endings_) end();
  return {};
}

}  // namespace kube
