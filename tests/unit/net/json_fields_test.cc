#include "net/json_fields.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace shop {

enum class Size { Small, Large };
constexpr net::EnumNames<Size> kSizes{{{Size::Small, "S"}, {Size::Large, "L"}}};
const char* to_string(Size size) { return kSizes[size]; }

struct Item {
  std::string name;
  Size size = Size::Small;
  bool operator==(const Item&) const = default;
};

struct Order {
  std::string customer = "nobody";
  std::string street;
  std::int64_t number = 0;
  std::int64_t revision = 0;
  bool paid = false;
  std::optional<int> discount;
  net::Duration patience = std::chrono::minutes{5};
  std::optional<net::SystemTime> time;
  std::vector<Item> items;
  std::map<std::string, std::string> notes;
  Item gift;
  std::optional<Item> extra;
  bool operator==(const Order&) const = default;
};

struct Forgetful {
  std::string named;
  std::optional<int> forgotten;
};
struct Repeating {
  std::string named_twice;
  std::string forgotten;
};

}  // namespace shop

template <>
inline constexpr auto net::fields<shop::Item> = [](auto& item, auto field) {
  field("name", item.name);
  field("size", item.size);
};

template <>
inline constexpr auto net::fields<shop::Order> = [](auto& order, auto field) {
  field("customer", order.customer);
  field("address.street", order.street, Written::Always);
  field("address.number", order.number);
  field("revision", order.revision, Written::Always);
  field("paid", order.paid);
  field("discount", order.discount);
  field("patience", order.patience);
  field("time", order.time);
  field("items", order.items);
  field("notes", order.notes);
  field("gift", order.gift);
  field("extra", order.extra);
};

template <>
inline constexpr auto net::fields<shop::Forgetful> =
    [](auto& object, auto field) { field("named", object.named); };
template <>
inline constexpr auto net::fields<shop::Repeating> = [](auto& object, auto field) {
  field("a", object.named_twice);
  field("b", object.named_twice);
};

namespace {

using net::Json;
using shop::Order;
using shop::Size;

Order full() {
  Order order;
  order.customer = "ann";
  order.street = "Elm Street";
  order.number = 4;
  order.revision = std::int64_t{1} << 40;
  order.paid = true;
  order.discount = 0;
  order.patience = std::chrono::seconds{90};
  order.time = net::SystemTime{std::chrono::seconds{1'700'000'000}};
  order.items = {{"pen", Size::Large}, {"ink", Size::Small}};
  order.notes = {{"colour", "blue"}};
  order.gift = {"card", Size::Large};
  order.extra = shop::Item{};
  return order;
}

std::string error_of(const Json& json) {
  try {
    static_cast<void>(net::read_object<Order>(json));
  } catch (const Json::exception& error) {
    return error.what();
  }
  return "no error";
}

TEST(JsonFields, an_object_survives_a_round_trip) {
  const Json json = net::write_object(full());
  EXPECT_EQ(json, Json::parse(R"({
    "customer": "ann", "address": {"street": "Elm Street", "number": 4}, "revision": 1099511627776,
    "paid": true, "discount": 0, "patience": "1m30s", "time": "2023-11-14T22:13:20Z",
    "items": [{"name": "pen", "size": "L"}, {"name": "ink", "size": "S"}],
    "notes": {"colour": "blue"}, "gift": {"name": "card", "size": "L"}, "extra": {"size": "S"}})"));
  EXPECT_EQ(net::read_object<Order>(json), full());
}

TEST(JsonFields, what_is_empty_is_left_out_unless_it_is_always_written) {
  Order order;
  order.customer = "";
  EXPECT_EQ(net::write_object(order),
            Json::parse(R"({"address": {"street": ""}, "revision": 0, "patience": "5m",
                            "gift": {"size": "S"}})"));
}

TEST(JsonFields, what_is_absent_or_null_keeps_its_default_and_what_is_unknown_is_ignored) {
  EXPECT_EQ(net::read_object<Order>(Json()), Order{});
  EXPECT_EQ(net::read_object<Order>(Json::object()), Order{});
  EXPECT_EQ(
      net::read_object<Order>(Json::parse(R"({"customer": null, "address": null, "items": null,
                                                    "gift": null, "discount": null, "new": 1})")),
      Order{});
}

TEST(JsonFields, an_error_names_the_path_and_what_is_wrong) {
  const std::vector<std::pair<const char*, std::string>> cases = {
      {R"({"customer": 1})", "customer: must be a string, not number"},
      {R"({"address": "here"})", "address: must be an object, not string"},
      {R"({"address": {"number": "4"}})", "address.number: must be an integer, not string"},
      {R"({"address": {"number": 1.5}})", "address.number: must be an integer, not a fraction"},
      {R"({"address": {"number": 9223372036854775808}})",
       "address.number: must be from -9223372036854775808 to 9223372036854775807"},
      {R"({"discount": 2147483648})", "discount: must be from -2147483648 to 2147483647"},
      {R"({"paid": "yes"})", "paid: must be a boolean, not string"},
      {R"({"items": {}})", "items: must be an array, not object"},
      {R"({"items": [{}, null]})", "items[1]: must be an object, not null"},
      {R"({"items": [{}, {"size": "XL"}]})", "items[1].size: must be one of S, L, not \"XL\""},
      {R"({"notes": {"colour": []}})", "notes.colour: must be a string, not array"},
      {R"([])", "the object: must be an object, not array"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_TRUE(error_of(Json::parse(text)).ends_with("] " + message))
        << error_of(Json::parse(text));
  }
  EXPECT_NE(error_of({{"patience", "soon"}}).find("] patience: "), std::string::npos);
  EXPECT_NE(error_of({{"time", "soon"}}).find("] time: "), std::string::npos);
}

// Reading and writing assert this at compile time.
TEST(JsonFields, a_description_that_leaves_out_or_repeats_a_member_is_found) {
  static_assert(net::describes_every_member<Order>());
  static_assert(net::describes_every_member<shop::Item>());
  static_assert(!net::describes_every_member<shop::Forgetful>());
  static_assert(!net::describes_every_member<shop::Repeating>());
}

TEST(Enums, have_the_names_of_their_table) {
  static_assert(net::all_of<Size>() == std::array{Size::Small, Size::Large});
  EXPECT_EQ(net::parse_enum<Size>("L"), Size::Large);
  EXPECT_EQ(net::parse_enum<Size>("XL"), std::nullopt);
  EXPECT_STREQ(to_string(Size::Small), "S");
}

}  // namespace
