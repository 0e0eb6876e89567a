#include "cel/expression.h"

#include <gtest/gtest.h>

namespace cel {
namespace {

using net::Json;

const Variables kVariables = {
    {"self",
     {{"name", "Acme"},
      {"count", 3},
      {"on", true},
      {"empty", ""},
      {"list", {"a", "b", "b"}},
      {"map", {{"k1", "v1"}, {"k2", "v2"}}},
      {"nested", {{"list", {{{"x", 1}}, {{"x", 2}, {"y", "z"}}}}}}}},
};

// Returns the value of `text`; null, with a failure, if that is an error.
Json value_of(const std::string& text) {
  const auto expression = Expression::parse(text);
  EXPECT_TRUE(expression.ok()) << text << ": " << expression.error().message;
  if (!expression.ok()) return nullptr;
  const auto value = expression->evaluate(kVariables);
  EXPECT_TRUE(value.ok()) << text << ": " << value.error().message;
  return value.ok() ? *value : nullptr;
}

void expect_true(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) EXPECT_EQ(value_of(text), true) << text;
}

std::string error_of_parsing(const std::string& text) {
  const auto expression = Expression::parse(text);
  return expression.ok() ? "" : expression.error().message;
}

bool is_error(const std::string& text) {
  const auto expression = Expression::parse(text);
  EXPECT_TRUE(expression.ok()) << text << ": " << expression.error().message;
  return expression.ok() && !expression->evaluate(kVariables).ok();
}

TEST(Cel, literals_are_what_they_say) {
  EXPECT_EQ(value_of("true"), true);
  EXPECT_EQ(value_of("false"), false);
  EXPECT_EQ(value_of("42"), 42);
  EXPECT_EQ(value_of("'a \"b\" c'"), "a \"b\" c");
  EXPECT_EQ(value_of("\"it's\""), "it's");
  EXPECT_EQ(value_of(R"(r'\d\')"), R"(\d\)");
  EXPECT_EQ(value_of("['a', 1, []]"), Json({"a", 1, Json::array()}));
}

TEST(Cel, not_binds_tighter_than_comparison_than_and_than_or) {
  expect_true({"true || false && false", "!false && true", "(true || false) && !false",
               "1 < 2 == true", "1 == 1 && 2 == 2 || false", "!!true",
               "'a' + 'b' == 'ab' && 'a' + 'b' + 'c' == 'abc'", "!('a' in self.list) == false"});
}

TEST(Cel, members_are_selected_indexed_and_tested) {
  expect_true({"self.name == 'Acme'", "self.nested.list[1].y == 'z'", "self.map['k1'] == 'v1'",
               "has(self.name)", "!has(self.missing)", "has(self.nested.list)",
               "!has(self.nested.list[0].y)", "'k1' in self.map", "!('v1' in self.map)",
               "'b' in self.list", "!('c' in self.list)", "self.on"});
}

TEST(Cel, macros_go_over_items_and_keys) {
  expect_true({"self.list.all(x, x.size() == 1)", "!self.list.all(x, x == 'a')",
               "self.list.exists(x, x == 'b')", "!self.list.exists(x, x == 'c')",
               "self.list.exists_one(x, x == 'a')", "!self.list.exists_one(x, x == 'b')",
               "self.list.filter(x, x != 'a') == ['b', 'b']",
               "self.map.all(k, self.map[k].startsWith('v'))", "[].all(x, false)",
               "![].exists(x, true)", "self.nested.list.exists(e, has(e.y) && e.y == 'z')",
               "self.list.all(a, self.list.exists(b, a == b))"});
}

TEST(Cel, a_variable_of_a_macro_hides_the_one_outside) {
  expect_true({"self.list.all(self, self.size() == 1)"});
}

TEST(Cel, functions_are_those_of_cel_and_its_string_library) {
  expect_true({"self.name.startsWith('Ac')", "!self.name.startsWith('ac')",
               "self.name.endsWith('me')", "self.name.contains('cm')", "!self.name.contains('x')",
               "self.name.lowerAscii() == 'acme'", "'ÄA'.lowerAscii() == 'Äa'",
               "size(self.name) == 4", "'äö'.size() == 2", "self.list.size() == 3",
               "size(self.map) == 2"});
}

// Go's regexp, which the API server uses, has the grammar of RE2.
TEST(Cel, matches_looks_anywhere_and_dollar_is_the_end_of_the_text) {
  expect_true({"'abc'.matches('b')", "!'abc'.matches('^b')", R"(!'a
'.matches(r'^a$'))",
               R"('a1'.matches(r'^\w\d$'))", R"('ü'.matches(r'^\pL$'))",
               R"('A'.matches(r'^(?i:a)$'))", "'ü'.matches('^.$')"});
}

TEST(Cel, durations_are_compared_as_such) {
  expect_true({"duration('60m') == duration('1h')", "duration('59m') < duration('1h')",
               "duration('1.5h') >= duration('90m')", "duration('1h') != duration('1s')"});
}

TEST(Cel, integers_and_strings_are_ordered) {
  expect_true({"1 < 2", "2 <= 2", "3 > 2", "self.count >= 3", "'a' < 'b'", "'a' <= 'a'"});
}

TEST(Cel, what_cannot_be_evaluated_is_an_error) {
  for (const char* text : {"self.missing",
                           "self.missing == 'a'",
                           "self.name.x",
                           "has(self.missing.x)",
                           "missing == 1",
                           "self.list[3]",
                           "self.map['k3']",
                           "1 < 'a'",
                           "self.name && true",
                           "!'a'",
                           "'a' + 1",
                           "duration('soon') < duration('1h')",
                           "'a'.matches('(')",
                           "size(1)",
                           "1 in 'a'",
                           "self.name.all(x, true)",
                           "self.list.all(x, x.y)",
                           "duration('1h')",
                           "self.count.startsWith('a')",
                           "lowerAscii(1)",
                           "duration(1) == 1",
                           "[duration('1s')]"})
    EXPECT_TRUE(is_error(text)) << text;
}

// langdef.md, "Logical Operators".
TEST(Cel, an_error_does_not_count_where_the_other_side_decides) {
  expect_true({"self.missing || true", "true || self.missing", "!(self.missing && false)",
               "self.list.exists(x, x == 'b' || self.missing)",
               "!self.list.all(x, x == 'b' && self.missing)"});
  for (const char* text : {"self.missing || false", "false || self.missing", "self.missing && true",
                           "self.list.exists(x, x == 'c' || self.missing)"})
    EXPECT_TRUE(is_error(text)) << text;
}

TEST(Cel, what_is_outside_of_the_subset_is_refused_with_its_place) {
  EXPECT_EQ(error_of_parsing("self.a.foo()"),
            "column 8: foo() with such operands is not in the subset");
  EXPECT_EQ(error_of_parsing("a ? b : c"), "column 3: '?' is not in the subset");
  EXPECT_EQ(error_of_parsing("a * b"), "column 3: '*' is not in the subset");
  EXPECT_EQ(error_of_parsing("a - b"), "column 3: '-' is not in the subset");
  EXPECT_EQ(error_of_parsing("'a\\n'"),
            "column 3: escapes are not in the subset: write a raw string, r'...'");
  for (const char* text : {"size()", "size(a, b)", "has(a)", "has(a.b, c)", "a.all(x)",
                           "a.all(x.y, true)", "a.map(x, x)", "1.5", "{'a': 1}"})
    EXPECT_NE(error_of_parsing(text), "") << text;
}

TEST(Cel, what_is_no_expression_is_refused_with_its_place) {
  EXPECT_EQ(error_of_parsing(""), "column 1: the expression ends too early");
  EXPECT_EQ(error_of_parsing("a ||"), "column 5: the expression ends too early");
  EXPECT_EQ(error_of_parsing("(a"), "column 3: the expression ends too early");
  EXPECT_EQ(error_of_parsing("a b"), "column 3: 'b' is not expected here");
  EXPECT_EQ(error_of_parsing("a )"), "column 3: ')' is not expected here");
  EXPECT_EQ(error_of_parsing("'a"), "column 1: a string without its end");
  for (const char* text : {"a.", "a.1", "a[", "a[1", "[1", "[1,", "f(1", "a & b",
                           "99999999999999999999", "|| a", "a == == b"})
    EXPECT_NE(error_of_parsing(text), "") << text;
}

TEST(Cel, the_variables_of_an_expression_are_known) {
  const auto uses = [](const char* text) { return Expression::parse(text)->uses("oldSelf"); };
  EXPECT_TRUE(uses("self.a == oldSelf.a"));
  EXPECT_TRUE(uses("has(oldSelf.a)"));
  EXPECT_TRUE(uses("self.all(x, x in oldSelf)"));
  EXPECT_FALSE(uses("self.oldSelf == 'oldSelf'"));
}

}  // namespace
}  // namespace cel
