#include "operator/provider_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kube/metrics.h"

namespace op {
namespace {

using net::Error;
using net::ErrorCode;
using net::HttpResponse;
using net::Result;

// Gives the test's answer, and turns the clock meanwhile.
class Answering : public net::HttpClient {
 public:
  Answering(Result<HttpResponse> answer, net::ManualClock& clock)
      : answer_(std::move(answer)), clock_(clock) {}
  Result<HttpResponse> send(const net::HttpRequest&, std::stop_token) override {
    clock_.advance(std::chrono::milliseconds{250});
    return answer_;
  }
  Result<HttpResponse> stream(const net::HttpRequest& request, const StreamLimits&,
                              const LineHandler&, std::stop_token stop) override {
    return send(request, std::move(stop));
  }

 private:
  Result<HttpResponse> answer_;
  net::ManualClock& clock_;
};

HttpResponse with_status(int status) { return {.status = status, .headers = {}, .body = {}}; }

TEST(ProviderMetrics, answers_are_told_apart_by_class) {
  EXPECT_EQ(class_of(with_status(200)), "2xx");
  EXPECT_EQ(class_of(with_status(302)), "3xx");
  EXPECT_EQ(class_of(with_status(400)), "4xx");
  EXPECT_EQ(class_of(with_status(429)), "429");
  EXPECT_EQ(class_of(with_status(503)), "5xx");
  EXPECT_EQ(class_of(with_status(999)), "error");
  EXPECT_EQ(class_of(Error{ErrorCode::Timeout, "timed out"}), "error");
}

class MeasuredHttpClientTest : public testing::Test {
 protected:
  std::string exposed_after(Result<HttpResponse> answer) {
    MeasuredHttpClient client(std::make_unique<Answering>(std::move(answer), clock_), metrics_,
                              clock_);
    net::HttpRequest request;
    request.url = "https://login.example:8443/token?client_id=nobody-s-business";
    (void)client.send(request, {});
    return kube::expose(registry_);
  }
  net::ManualClock clock_;
  prometheus::Registry registry_;
  ProviderMetrics metrics_{registry_};
};

TEST_F(MeasuredHttpClientTest, calls_are_counted_and_timed_by_host_and_class) {
  const std::string text = exposed_after(with_status(429));
  const std::string labels = "{class=\"429\",host=\"login.example:8443\"}";
  for (const std::string& line :
       {"requests_total" + labels + " 1\n", "request_duration_seconds_sum" + labels + " 0.25\n"})
    EXPECT_NE(text.find("integration_operator_provider_" + line), std::string::npos) << text;
  EXPECT_EQ(text.find("nobody"), std::string::npos) << text;
}

TEST_F(MeasuredHttpClientTest, a_cancelled_call_says_nothing_of_the_provider) {
  const std::string text = exposed_after(Error{ErrorCode::Cancelled, "stopped"});
  EXPECT_EQ(text.find("login.example"), std::string::npos) << text;
}

TEST_F(MeasuredHttpClientTest, series_of_hosts_that_no_offering_names_go) {
  exposed_after(with_status(200));
  metrics_.request("kept.example", "2xx", {});
  metrics_.keep_only({"kept.example"});
  const std::string text = kube::expose(registry_);
  EXPECT_EQ(text.find("login.example"), std::string::npos) << text;
  EXPECT_NE(text.find("kept.example"), std::string::npos) << text;
}

TEST_F(MeasuredHttpClientTest, an_outage_is_one_warning_and_its_end_one_line) {
  testing::internal::CaptureStderr();
  for (int i = 0; i < 2; ++i) exposed_after(with_status(503));
  exposed_after(with_status(400));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "a hiccup is no news";

  testing::internal::CaptureStderr();
  for (int i = 0; i < 5; ++i) exposed_after(with_status(503));
  const std::string down = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(down, '\n'), 1) << down;
  for (const char* part : {"\"warn\"", "login.example:8443", "HTTP 503"})
    EXPECT_NE(down.find(part), std::string::npos) << down;
  EXPECT_EQ(down.find("nobody"), std::string::npos) << "not the address: " << down;

  testing::internal::CaptureStderr();
  for (int i = 0; i < 2; ++i) exposed_after(with_status(401));
  const std::string back = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(back, '\n'), 1) << back;
  EXPECT_NE(back.find("\"info\""), std::string::npos) << back;
}

TEST(HostsOf, are_those_of_the_issuer_and_of_all_endpoints) {
  api::Offering offering;
  offering.spec.issuer = "https://login.example/tenant";
  offering.spec.endpoints.token = "https://token.example:8443/token";
  offering.status.endpoints.revocation = "https://revoke.example/revoke";
  EXPECT_EQ(hosts_of(offering),
            (std::set<std::string>{"login.example", "token.example:8443", "revoke.example"}));
}

}  // namespace
}  // namespace op
