// Tables of messages: a row for each id of an enumeration, and the facts that the texts quote by
// name. common/messages.h is the smallest table.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "net/enums.h"

namespace reconcilers {

template <class Id>
struct Message {
  Id id;
  const char* name;       // of the id
  std::string_view text;  // quotes facts by their names in braces: "Offering {offering} is ready."
};

// A fact that texts quote, and where Facts has it.
template <class Facts>
struct Fact {
  std::string_view name;
  std::string Facts::*value;
};

// A table does not compile if it leaves an id out, has the ids in another order, or quotes an
// unknown fact. Thread-safe: no state.
template <class Id, class Facts>
class MessageTable {
 public:
  // Of an array and no initializer list: a table that is too short or too long does not compile.
  // `facts` is constexpr at namespace scope.
  consteval MessageTable(std::span<const Fact<Facts>> facts,
                         const Message<Id> (&rows)[net::count_of<Id>()])
      : facts_(facts) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (rows[i].id != static_cast<Id>(i) || rows[i].name == nullptr)
        throw std::logic_error("the rows are not those of the enumeration, in its order");
      rows_[i] = rows[i];
      each_part(rows[i].text, [&](std::string_view, const Fact<Facts>*) {});
    }
  }

  constexpr const Message<Id>& operator[](Id id) const {
    return rows_[static_cast<std::size_t>(id)];
  }

  // Returns the text with its facts. A fact is not expanded, whatever it looks like.
  std::string text(Id id, const Facts& given) const {
    std::string filled;
    each_part((*this)[id].text, [&](std::string_view literal, const Fact<Facts>* fact) {
      filled += literal;
      if (fact != nullptr) filled += given.*fact->value;
    });
    return filled;
  }

 private:
  // Calls `use` with each literal part of the text, and the fact after it: none after the last.
  template <class Use>
  constexpr void each_part(std::string_view text, Use use) const {
    for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{')) {
      const auto close = text.find('}', open);
      if (close == std::string_view::npos) throw std::logic_error("a brace is open");
      use(text.substr(0, open), &find(text.substr(open + 1, close - open - 1)));
      text.remove_prefix(close + 1);
    }
    use(text, nullptr);
  }

  constexpr const Fact<Facts>& find(std::string_view name) const {
    for (const Fact<Facts>& fact : facts_)
      if (fact.name == name) return fact;
    throw std::logic_error("a text quotes a fact that does not exist");
  }

  std::span<const Fact<Facts>> facts_;
  std::array<Message<Id>, net::count_of<Id>()> rows_{};
};

}  // namespace reconcilers
