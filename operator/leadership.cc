#include "operator/leadership.h"

#include <utility>

#include "net/crypto.h"
#include "operator/keys.h"

namespace op {

Leadership::Leadership(kube::Runtime& runtime, std::string ns, std::function<void()> finish)
    : runtime_(runtime),
      namespace_(std::move(ns)),
      finish_(std::move(finish)),
      mark_(runtime.client(), namespace_, runtime.clock()) {}

net::Status Leadership::run(std::stop_token stop) {
  if (net::Status free = mark_.await_free(stop); !free.ok()) return free;
  std::stop_source ending;  // on request, or when another install has taken the mark
  const std::stop_callback on_stop(stop, [&] { ending.request_stop(); });
  net::Status mark_lost;  // written before the stop that ends the run
  runtime_.manager().on_leading([&](std::stop_token leading) {
    return mark_.hold(leading, [&](const net::Error& error) {
      mark_lost = error;
      ending.request_stop();
    });
  });
  runtime_.manager().on_leading(
      [this](std::stop_token leading) { return load_hash_key(std::move(leading)); });
  runtime_.manager().on_stepping_down([this] {
    finish_();
    mark_.release();
  });
  net::Status ended = runtime_.run(ending.get_token());
  finish_();
  mark_.release();  // no-op after a release; otherwise the fence prevents the write
  return mark_lost.ok() ? ended : mark_lost;
}

net::Status Leadership::load_hash_key(std::stop_token stop) {
  auto key = await_key(runtime_.client(), namespace_, IfMissing::Create, runtime_.clock(),
                       std::move(stop));
  if (!key.ok()) return key.error();
  log_.info("The operator's key is loaded", {{"fingerprint", fingerprint(*key)}});
  hash_key_ = net::SecretString{net::derive_key(key->reveal(), "verification inputs")};
  return {};
}

}  // namespace op
