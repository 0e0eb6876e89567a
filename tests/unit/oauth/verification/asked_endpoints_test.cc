// verify()'s requests and the input hash's inputs are two pieces of code that must agree: if the
// hash lacks an endpoint, an untrue verdict stands after that endpoint changes.
#include <set>

#include "verify_fixture.h"

namespace oauth {
namespace {

const net::SecretString kKey("a key of the operator's");

struct Named {
  const char* name;
  std::string Endpoints::*endpoint;
};
constexpr Named kEndpoints[] = {
    {"authorize", &Endpoints::authorization},
    {"token", &Endpoints::token},
    {"revoke", &Endpoints::revocation},
    {"introspect", &Endpoints::introspection},
    {"par", &Endpoints::pushed_authorization_request},
    {"userinfo", &Endpoints::user_info},
};

std::string base_of(const VerificationRequest& request) { return hash_inputs(request, kKey).base; }

// Providers that make verify() go all its ways.
std::vector<Behaviour> behaviours() {
  std::vector<Behaviour> all(1);
  const auto add = [&](auto change) {
    all.emplace_back();
    change(all.back());
  };
  add([](Behaviour& b) { b.has_par = false; });
  add([](Behaviour& b) { b.par_checks_secret = false; });
  add([](Behaviour& b) { b.par_checks_callback = false; });
  add([](Behaviour& b) { b.token_checks_secret = b.par_checks_secret = false; });
  add([](Behaviour& b) { b.looks_codes_up_first = b.looks_refresh_tokens_up_first = true; });
  add([](Behaviour& b) { b.introspection_is_for_others = true; });
  add([](Behaviour& b) { b.introspection_checks_secret = b.revocation_checks_secret = false; });
  add([](Behaviour& b) { b.redirects_before_validation = true; });
  add([](Behaviour& b) { b.signs_in_first = true; });
  add([](Behaviour& b) { b.refuses_all_clients = true; });
  add([](Behaviour& b) { b.callbacks.clear(); });
  add([](Behaviour& b) { b.scopes.clear(); });
  return all;
}

class AskedEndpoints : public VerifyFixture {
 protected:
  std::set<std::string> asked_with(Method method, const Behaviour& behaviour,
                                   bool checks_callback) {
    fake.behaviour = behaviour;
    for (const Named& named : kEndpoints)
      request.provider.endpoints.*named.endpoint =
          std::string("https://login.example/") + named.name;
    request.provider.method = method;
    request.provider.check_callback = checks_callback;
    if (!behaviour.has_par) request.provider.endpoints.pushed_authorization_request.clear();
    http.requests.clear();
    verify(request, http, clock, {});
    std::set<std::string> asked;
    for (const net::HttpRequest& question : http.requests)
      asked.insert(question.url.substr(0, question.url.find('?')));
    return asked;
  }
};

TEST_F(AskedEndpoints, are_inputs_whatever_the_method_and_the_provider) {
  std::set<std::string> seen;
  for (const Method method : kMethods) {
    for (const bool is_public : {false, true}) {
      for (const bool checks_callback : {false, true}) {
        for (const Behaviour& behaviour : behaviours()) {
          request.client_id_is_public = is_public;
          const auto asked = asked_with(method, behaviour, checks_callback);
          for (const Named& named : kEndpoints) {
            std::string& endpoint = request.provider.endpoints.*named.endpoint;
            if (asked.count(endpoint) == 0) continue;
            seen.insert(named.name);
            const std::string before = base_of(request);
            const std::string url = std::exchange(endpoint, "https://moved.example/");
            EXPECT_NE(base_of(request), before) << to_string(method) << " asked " << named.name;
            endpoint = url;
          }
        }
      }
    }
  }
  EXPECT_EQ(seen, (std::set<std::string>{"authorize", "introspect", "par", "revoke", "token"}))
      << "the search itself must find what is there";
}

// The first example found: each of these checks the code grant at the token endpoint.
TEST_F(AskedEndpoints, the_token_endpoint_is_one_for_methods_that_have_an_endpoint_of_their_own) {
  for (const Method method :
       {Method::PushedAuthorizationRequest, Method::Introspection, Method::Revocation}) {
    EXPECT_EQ(asked_with(method, {}, true).count("https://login.example/token"), 1U)
        << to_string(method);
    const std::string before = base_of(request);
    request.provider.endpoints.token += "2";
    EXPECT_NE(base_of(request), before) << to_string(method);
  }
}

TEST_F(AskedEndpoints, what_is_not_asked_is_no_input) {
  for (const Method method : kMethods) {
    asked_with(method, {}, true);
    const std::string before = base_of(request);
    request.provider.endpoints.user_info = "https://moved.example/";
    EXPECT_EQ(base_of(request), before) << to_string(method);
  }
  asked_with(Method::None, {}, false);
  const std::string before = base_of(request);
  request.provider.endpoints.authorization = request.provider.endpoints.token =
      "https://moved.example/";
  EXPECT_EQ(base_of(request), before);
}

}  // namespace
}  // namespace oauth
