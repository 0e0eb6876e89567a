#include "kube/informer_set.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "kube/core.h"
#include "support/fake_api_server.h"

namespace kube {
namespace {

using support::FakeApiServer;

class InformerSetTest : public testing::Test {
 protected:
  InformerSetTest() {
    server_->serve(Lease::resource(), FakeApiServer::Kind::BuiltIn);
    for (const char* ns : {"shop", "crm", "bank"})
      server_->create(Lease::resource(), lease(ns, "a", "ann"));
  }
  ~InformerSetTest() override { threads_.clear(); }

  static Json lease(const std::string& ns, const std::string& name, const std::string& holder) {
    return {{"metadata", {{"namespace", ns}, {"name", name}}},
            {"spec", {{"holderIdentity", holder}}}};
  }
  std::shared_ptr<Informer<Lease>> add(const std::string& ns) {
    return leases_.add(*client_, {.namespace_ = ns}, net::system_clock());
  }
  void run(const std::shared_ptr<Informer<Lease>>& informer) {
    threads_.emplace_back([informer](std::stop_token stop) { informer->run(stop); });
    ASSERT_TRUE(informer->wait_synced({}));
  }

  std::shared_ptr<FakeApiServer> server_ = std::make_shared<FakeApiServer>();
  std::unique_ptr<Client> client_ = support::client_of(server_);
  InformerSet<Lease> leases_;
  std::vector<std::jthread> threads_;
};

TEST_F(InformerSetTest, several_namespaces_fill_one_cache_with_its_indexes) {
  leases_.store().add_index("holder",
                            [](const Lease& l) { return std::vector{l.holder_identity}; });
  run(add("shop"));
  run(add("crm"));
  EXPECT_EQ(leases_.store().size(), 2U) << "nobody reads the bank";
  EXPECT_EQ(leases_.store().count("holder", "ann"), 2U);
}

TEST_F(InformerSetTest, a_handler_sees_what_each_informer_sees_whichever_was_added_first) {
  std::mutex mutex;
  std::map<std::string, int> before, after;  // by namespace
  const auto count_in = [&](std::map<std::string, int>& counts) {
    return [&](const InformerSet<Lease>::Change& change, bool) {
      const std::lock_guard lock(mutex);
      ++counts[change.after->metadata.namespace_];
    };
  };
  leases_.on_change(count_in(before));
  const auto shop = add("shop");
  const auto crm = add("crm");
  leases_.on_change(count_in(after));
  run(shop);
  run(crm);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(before, (std::map<std::string, int>{{"crm", 1}, {"shop", 1}}));
  EXPECT_EQ(after, before);
}

TEST_F(InformerSetTest, what_is_gone_from_one_namespace_leaves_the_others_alone) {
  run(add("shop"));
  const auto crm = add("crm");
  server_->remove(Lease::resource(), {"crm", "a"});
  run(crm);
  EXPECT_EQ(leases_.store().size(), 1U);
  EXPECT_NE(leases_.store().get({"shop", "a"}), nullptr);
}

TEST_F(InformerSetTest, its_informers_outlive_it) {
  std::shared_ptr<Informer<Lease>> informer;
  int seen = 0;
  {
    InformerSet<Lease> gone;
    gone.on_change([&](const auto&, bool) { ++seen; });
    informer = gone.add(*client_, {.namespace_ = "shop"}, net::system_clock());
  }
  run(informer);
  EXPECT_EQ(informer->store().size(), 1U);
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace kube
