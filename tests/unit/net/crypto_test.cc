#include "net/crypto.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

namespace net {
namespace {

TEST(Sha256, matches_fips_180_4) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 4231 section 4.
TEST(HmacSha256, matches_rfc_4231) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                            "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// RFC 5869 A.3: no salt, no info; its first 32 bytes.
TEST(DeriveKey, matches_rfc_5869) {
  EXPECT_EQ(hex(derive_key(std::string(22, '\x0b'), "")),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(DeriveKey, differs_by_purpose_and_by_secret) {
  EXPECT_NE(derive_key("secret", "state"), derive_key("secret", "cookie"));
  EXPECT_NE(derive_key("secret", "state"), derive_key("other", "state"));
  EXPECT_EQ(derive_key("secret", "state"), derive_key("secret", "state"));
}

TEST(Hex, is_lower_case) { EXPECT_EQ(hex(std::string("\x00\xff\x7e", 3)), "00ff7e"); }

// RFC 4648 section 10.
TEST(Base64, matches_rfc_4648) {
  for (const auto& [bytes, text] : {std::pair{"", ""},
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg=="},
                                    {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(base64(bytes), text);
    const auto parsed = parse_base64(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, bytes);
  }
}

TEST(Base64, skips_white_space) { EXPECT_EQ(*parse_base64(" Zm9v\r\nYmFy\n\t"), "foobar"); }

TEST(Base64, refuses_what_is_not_base64) {
  for (const char* text :
       {"Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v!mFy", "Zg==Zg==", "Zh==", "Zm9vYm-_", "=Zg="}) {
    EXPECT_FALSE(parse_base64(text).ok()) << text;
  }
}

TEST(Base64Url, has_no_padding_and_no_characters_that_a_url_would_escape) {
  EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64url("f"), "Zg");
  EXPECT_EQ(base64url(""), "");
}

TEST(RandomBytes, are_as_many_as_asked_for_and_differ) {
  EXPECT_EQ(random_bytes(0).size(), 0u);
  EXPECT_EQ(random_bytes(32).size(), 32u);
  EXPECT_NE(random_bytes(32), random_bytes(32));
}

TEST(RandomUuid, is_of_version_4) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = random_uuid();
    ASSERT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
    for (const std::size_t at : {8, 13, 18, 23}) EXPECT_EQ(uuid[at], '-');
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 100u);
}

}  // namespace
}  // namespace net
