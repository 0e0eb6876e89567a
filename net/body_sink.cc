#include "net/body_sink.h"

#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace net {
namespace {

using Base = Concurrency::streams::details::streambuf_state_manager<std::uint8_t>;

template <class T>
pplx::task<T> refused(const char* why) {
  return pplx::task_from_exception<T>(std::runtime_error(why));
}

// Write-only: all else answers as astreambuf.h asks of a buffer without that ability.
class BodySink : public Base {
 public:
  explicit BodySink(std::shared_ptr<Exchange> exchange)
      : Base(std::ios_base::out), exchange_(std::move(exchange)) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return nowhere(); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return nowhere(); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return nowhere();
  }
  bool acquire(std::uint8_t*&, std::size_t&) override { return false; }
  void release(std::uint8_t*, std::size_t) override {}

  // The inherited ones wait for a task, on the very thread that would have to run it.
  pplx::task<void> close(std::ios_base::openmode) override {
    m_stream_can_write = false;
    return pplx::task_from_result();
  }
  pplx::task<void> close(std::ios_base::openmode mode, std::exception_ptr error) override {
    if (m_currentException == nullptr) m_currentException = error;
    return close(mode);
  }

 protected:
  using Base::_putn;

  pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override {
    // A chunk's length is read as a signed int without a look at its sign: "-2" arrives here as an
    // enormous count.
    if (count > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      return refused<std::size_t>("a chunk with an impossible length");
    }
    pplx::task_completion_event<std::size_t> taken;
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    if (!exchange_->on_bytes(text, [taken, count] { taken.set(count); })) {
      return refused<std::size_t>("the answer is no longer wanted");
    }
    return pplx::create_task(taken);
  }

  pplx::task<int_type> _putc(std::uint8_t c) override {
    return _putn(&c, 1).then([c](std::size_t) { return static_cast<int_type>(c); });
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}

  pplx::task<int_type> _bumpc() override { return no_character(); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return no_character(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return no_character(); }
  pplx::task<int_type> _ungetc() override { return no_character(); }
  pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override {
    return pplx::task_from_result<std::size_t>(0);
  }
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }

 private:
  static pos_type nowhere() { return static_cast<pos_type>(traits::eof()); }
  static pplx::task<int_type> no_character() {
    return pplx::task_from_result<int_type>(traits::eof());
  }

  std::shared_ptr<Exchange> exchange_;
};

}  // namespace

Concurrency::streams::ostream make_body_sink(std::shared_ptr<Exchange> exchange) {
  const std::shared_ptr<Concurrency::streams::details::basic_streambuf<std::uint8_t>> sink =
      std::make_shared<BodySink>(std::move(exchange));
  return Concurrency::streams::streambuf<std::uint8_t>(sink).create_ostream();
}

}  // namespace net
