// The rules of every file of the catalog: as an Offering, and as a page for people who copy it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "api/offering.h"
#include "support/crd_schema.h"
#include "support/source_text.h"

namespace oauth {
namespace {

using testing::HasSubstr;

TEST(Catalog, no_file_lets_unproven_credentials_pass) {
  for (const std::string& path : support::catalog()) {
    const auto described = support::read_manifest(path).get<api::Offering>();
    EXPECT_EQ(described.spec.verification.on_unverifiable, api::OnUnverifiable::Block) << path;
    EXPECT_EQ(described.spec.verification.callback_check, api::CallbackCheck::Auto) << path;
    EXPECT_FALSE(described.spec.display_name.empty()) << path;
  }
}

// The comment at the beginning of a file, in three parts.
struct Head {
  std::string facts;
  std::string unproven;
  std::string proof;
};

Head head_of(const std::string& path) {
  Head head;
  std::string* part = nullptr;
  std::istringstream lines(support::read_source(path));
  for (std::string line; std::getline(lines, line) && line.starts_with("#");) {
    if (line == "# Facts") part = &head.facts;
    if (line == "# Unproven") part = &head.unproven;
    if (line.starts_with("# To prove it: ")) part = &head.proof;
    if (part != nullptr) *part += line + "\n";
  }
  return head;
}

// "[D] docs.example, a page: …" of "#   [D] docs.example, a page: …".
std::vector<std::string> entries_of(const std::string& part) {
  std::vector<std::string> entries;
  std::istringstream lines(part);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#   [")) entries.push_back(line.substr(4));
  }
  return entries;
}

TEST(Catalog, every_file_says_where_its_facts_come_from) {
  for (const std::string& path : support::catalog()) {
    const std::vector<std::string> facts = entries_of(head_of(path).facts);
    EXPECT_FALSE(facts.empty()) << path;
    for (const std::string& fact : facts) {
      EXPECT_NE(std::string("SDVF").find(fact[1]), std::string::npos) << path << ": " << fact;
      EXPECT_NE(fact.find(':'), std::string::npos) << path << " names no source: " << fact;
    }
  }
}

TEST(Catalog, every_file_says_what_is_unproven) {
  for (const std::string& path : support::catalog()) {
    const std::string unproven = head_of(path).unproven;
    const std::vector<std::string> assumptions = entries_of(unproven);
    EXPECT_TRUE(!assumptions.empty() || unproven.find("nothing") != std::string::npos) << path;
    for (const std::string& assumption : assumptions) {
      EXPECT_TRUE(assumption.starts_with("[U] ")) << path << ": " << assumption;
    }
  }
}

// Rejected is a rule's verdict; the command's conclusion is CredentialsRejected, or another of its
// own words.
bool concludes_as_verify_does(const std::string& proof) {
  const std::string word = "Rejected";
  for (std::size_t at = proof.find(word); at != std::string::npos; at = proof.find(word, at + 1)) {
    const std::string before = proof.substr(0, at);
    if (before.ends_with(' ') && !before.ends_with("verdict: ")) return false;
  }
  return true;
}

TEST(Catalog, every_file_says_how_to_prove_it_with_verify) {
  for (const std::string& path : support::catalog()) {
    const std::string proof = head_of(path).proof;
    EXPECT_THAT(proof, HasSubstr("`integration-operator verify")) << path;
    EXPECT_TRUE(concludes_as_verify_does(proof)) << path << ": " << proof;
  }
}

}  // namespace
}  // namespace oauth
