#include "kube/reader_state.h"

#include <chrono>

namespace kube {

bool is_refusal(const net::Error& error) {
  return error.code == net::ErrorCode::Forbidden || error.code == net::ErrorCode::NotFound;
}

ReaderState::ReaderState(net::Clock& clock, ReflectorMetrics* metrics, const std::string& resource,
                         const std::string& ns)
    : clock_(clock), stale_since_(clock.steady()), last_progress_(stale_since_) {
  if (metrics == nullptr) return;
  series_.emplace(metrics->of(resource, ns));
  // The age of what was never read counts from the start.
  const net::MutexLock lock(mutex_);
  progress();
}

void ReaderState::progress() {
  last_progress_ = clock_.steady();
  if (series_)
    series_->last_progress.Set(
        std::chrono::duration<double>(clock_.now().time_since_epoch()).count());
}

void ReaderState::page_read() {
  const net::MutexLock lock(mutex_);
  progress();
}

void ReaderState::listed(net::SteadyTime asked) {
  const net::MutexLock lock(mutex_);
  progress();
  stale_since_ = asked;
  lost_a_line_ = false;
}

void ReaderState::watch_opened() {
  const net::MutexLock lock(mutex_);
  progress();
  watching_ = true;
}

void ReaderState::heard() {
  const net::MutexLock lock(mutex_);
  progress();
}

void ReaderState::line_lost() {
  const net::MutexLock lock(mutex_);
  if (lost_a_line_) return;
  lost_a_line_ = true;
  stale_since_ = clock_.steady();
}

void ReaderState::watch_ended() {
  const net::MutexLock lock(mutex_);
  if (watching_ && !lost_a_line_) stale_since_ = last_progress_;
  watching_ = false;
}

bool ReaderState::refused(const std::string& verb, const net::Error& error) {
  const net::MutexLock lock(mutex_);
  const bool is_news = !refusal_ || refusal_->code != error.code || refused_verb_ != verb;
  refusal_ = error;
  refused_verb_ = verb;
  if (series_) series_->up.Set(0);
  return is_news;
}

bool ReaderState::answered(const std::string& verb) {
  const net::MutexLock lock(mutex_);
  if (verb != "watch" && refusal_ && refused_verb_ != verb) return false;
  const bool was_refused = refusal_.has_value();
  refusal_.reset();
  if (series_) series_->up.Set(1);
  return was_refused;
}

void ReaderState::skipped_object() {
  if (series_) series_->skipped.Increment();
}

std::optional<net::SteadyTime> ReaderState::stale_since() const {
  const net::MutexLock lock(mutex_);
  if (watching_ && !lost_a_line_) return std::nullopt;
  return stale_since_;
}

net::SteadyTime ReaderState::last_progress() const {
  const net::MutexLock lock(mutex_);
  return last_progress_;
}

std::optional<net::Error> ReaderState::refusal() const {
  const net::MutexLock lock(mutex_);
  return refusal_;
}

}  // namespace kube
