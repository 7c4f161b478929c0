#include "framework/sandbox/config.hpp"

#include <cstring>

namespace gradus::sandbox {
namespace {

class Writer {
 public:
  void number(std::uint64_t value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    bytes_.append(bytes, sizeof value);
  }
  void text(const std::string& value) {
    number(value.size());
    bytes_ += value;
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    if (bytes_.size() < sizeof value) return fail();
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > bytes_.size()) return fail(), std::string();
    std::string value(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return value;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (std::uint64_t left = number(); left > 0 && good_; --left) values.push_back(text());
    return values;
  }
  bool good() const { return good_; }
  bool done() const { return good_ && bytes_.empty(); }

 private:
  std::uint64_t fail() {
    good_ = false;
    bytes_ = {};
    return 0;
  }
  std::string_view bytes_;
  bool good_ = true;
};

}  // namespace

std::string Order::encode() const {
  Writer writer;
  writer.texts(argv);
  writer.texts(env);
  writer.text(cwd);
  writer.number(rules.size());
  for (const PathRule& rule : rules) {
    writer.text(rule.path);
    writer.number(static_cast<std::uint64_t>(rule.access));
  }
  writer.number(landlock_required ? 1 : 0);
  writer.text(filter);
  writer.number(guard_signals ? 1 : 0);
  writer.number(may_exec ? 1 : 0);
  writer.number(rlimits.size());
  for (const auto& [resource, value] : rlimits) {
    writer.number(resource);
    writer.number(value);
  }
  writer.texts(scratch);
  writer.number(scratch_files);
  return writer.take();
}

std::optional<Order> Order::decode(std::string_view bytes) {
  Reader reader(bytes);
  Order order;
  order.argv = reader.texts();
  order.env = reader.texts();
  order.cwd = reader.text();
  for (std::uint64_t left = reader.number(); left > 0 && reader.good(); --left) {
    PathRule rule;
    rule.path = reader.text();
    rule.access = static_cast<Access>(reader.number());
    order.rules.push_back(std::move(rule));
  }
  order.landlock_required = reader.number() != 0;
  order.filter = reader.text();
  order.guard_signals = reader.number() != 0;
  order.may_exec = reader.number() != 0;
  for (std::uint64_t left = reader.number(); left > 0 && reader.good(); --left) {
    const auto resource = static_cast<std::uint32_t>(reader.number());
    order.rlimits.emplace_back(resource, reader.number());
  }
  order.scratch = reader.texts();
  order.scratch_files = reader.number();
  if (!reader.done() || order.argv.empty()) return std::nullopt;
  return order;
}

}  // namespace gradus::sandbox
