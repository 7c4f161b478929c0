#include "framework/supervisor/checkpoint.hpp"

#include <cstring>

#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"
#include "framework/record/object_reader.hpp"

namespace gradus::supervisor {
namespace {

constexpr const char* kSchema = "gradus.checkpoint/1";
constexpr std::string_view kMagic = "GRADUSCP";
constexpr std::size_t kLengthBytes = 8, kHashDigits = 64;
constexpr std::uint64_t kLargest = std::uint64_t{2} << 30;

Error damaged(const std::string& what) { return infrastructure_error("checkpoint", what); }

// Writing.

void append(std::string& out, const void* data, std::size_t size) {
  out.append(static_cast<const char*>(data), size);
}

Json table_of(const Weights& weights, std::string& bytes) {
  Json tensors = Json::array();
  for (const Tensor& tensor : weights.tensors) {
    tensors.push_back({tensor.name, tensor.kind, tensor.dtype, tensor.shape});
    append(bytes, tensor.bytes.data(), tensor.bytes.size());
  }
  return {{"at", weights.at}, {"epoch", weights.epoch}, {"tensors", tensors}};
}

Json table_of(const Logits& logits, std::string& bytes) {
  append(bytes, logits.values.data(), logits.values.size() * sizeof(float));
  return {{"count", logits.count}, {"classes", logits.classes}};
}

Json to_json(const Spent& spent) { return {{"cpu_ms", spent.cpu_ms}, {"wall_ms", spent.wall_ms}}; }

// Reading: every size is checked against what is left of the file before it is used.

class Body {
 public:
  explicit Body(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  Status take(std::vector<T>& target, std::uint64_t count) {
    if (count > bytes_.size() / sizeof(T)) return damaged("is cut short");
    target.resize(static_cast<std::size_t>(count));
    const std::size_t size = target.size() * sizeof(T);
    if (size > 0) std::memcpy(target.data(), bytes_.data(), size);
    bytes_.remove_prefix(size);
    return {};
  }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

/// Elements of a shape, or an error where that is no sane number.
Result<std::uint64_t> product(const std::vector<std::int64_t>& shape) {
  std::uint64_t count = 1;
  for (const std::int64_t extent : shape) {
    const auto factor = static_cast<std::uint64_t>(extent);
    if (extent < 0 || (factor != 0 && count > kLargest / factor)) {
      return damaged("has an impossible shape");
    }
    count *= factor;
  }
  return count;
}

Result<std::shared_ptr<const Weights>> read_weights(const Json& json, Body& body) {
  auto weights = std::make_shared<Weights>();
  Json tensors;
  ObjectReader reader(json, "checkpoint: weights");
  reader.required("at", weights->at).required("epoch", weights->epoch);
  reader.required("tensors", tensors);
  GRADUS_CHECK(reader.finish());
  if (!tensors.is_array()) return damaged("has no list of tensors");
  for (const Json& row : tensors) {
    const bool whole = row.is_array() && row.size() == 4 && row[0].is_string() &&
                       row[1].is_string() && row[2].is_string() && row[3].is_array();
    if (!whole) return damaged("has a wrong row of tensors");
    Tensor tensor{
        row[0].get<std::string>(), row[1].get<std::string>(), row[2].get<std::string>(), {}, {}};
    for (const Json& extent : row[3]) {
      if (!extent.is_number_integer()) return damaged("has a wrong shape");
      tensor.shape.push_back(extent.get<std::int64_t>());
    }
    GRADUS_TRY(const std::uint64_t count, product(tensor.shape));
    const auto size = static_cast<std::uint64_t>(dtype_size(tensor.dtype));
    if (size == 0) return damaged("has an unknown dtype");
    GRADUS_CHECK(body.take(tensor.bytes, count * size));
    weights->tensors.push_back(std::move(tensor));
  }
  return std::shared_ptr<const Weights>(std::move(weights));
}

Result<Examined> read_examined(const Json& json, Body& body) {
  Examined examined;
  Json weights, logits;
  ObjectReader reader(json, "checkpoint: examined");
  reader.required("weights", weights).required("logits", logits);
  GRADUS_CHECK(reader.finish());
  GRADUS_TRY(examined.weights, read_weights(weights, body));
  ObjectReader inner(logits, "checkpoint: logits");
  inner.required("count", examined.val.count).required("classes", examined.val.classes);
  GRADUS_CHECK(inner.finish());
  GRADUS_TRY(const std::uint64_t count, product({examined.val.count, examined.val.classes}));
  GRADUS_CHECK(body.take(examined.val.values, count));
  return examined;
}

Status read_spent(const Json& json, Spent& spent) {
  ObjectReader reader(json, "checkpoint: spent");
  reader.required("cpu_ms", spent.cpu_ms).required("wall_ms", spent.wall_ms);
  return reader.finish();
}

/// Header and body of a file that is whole.
struct Parts {
  Json header;
  std::string_view body;
};

Result<Parts> split_file(std::string_view text) {
  if (text.size() < kMagic.size() + kLengthBytes + kHashDigits || !text.starts_with(kMagic)) {
    return damaged("is no checkpoint or cut short");
  }
  const std::string_view hashed = text.substr(0, text.size() - kHashDigits);
  if (sha256(hashed) != text.substr(hashed.size())) return damaged("has a wrong sha256");
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    const auto byte = static_cast<unsigned char>(hashed[kMagic.size() + i]);
    length |= std::uint64_t{byte} << (8 * i);
  }
  std::string_view rest = hashed.substr(kMagic.size() + kLengthBytes);
  if (length > rest.size()) return damaged("is cut short");
  const std::string_view header = rest.substr(0, static_cast<std::size_t>(length));
  rest.remove_prefix(header.size());
  return Parts{Json::parse(header, nullptr, false), rest};
}

}  // namespace

Status write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint) {
  std::string body;
  const bool same = checkpoint.best.weights == checkpoint.last.weights;
  const auto examined = [&](const Examined& one) -> Json {
    Json weights = table_of(*one.weights, body);
    return {{"weights", std::move(weights)}, {"logits", table_of(one.val, body)}};
  };
  Json last = examined(checkpoint.last);
  Json best = same ? Json(nullptr) : examined(checkpoint.best);
  Json state = table_of(*checkpoint.state, body);
  const Json header = {{"schema", kSchema},
                       {"epoch", checkpoint.epoch},
                       {"evidence", to_json(checkpoint.evidence)},
                       {"events", checkpoint.events},
                       {"epoch_wall_ms", checkpoint.epoch_wall_ms},
                       {"trainer", to_json(checkpoint.trainer)},
                       {"examiner", to_json(checkpoint.examiner)},
                       {"last", std::move(last)},
                       {"best", std::move(best)},
                       {"state", std::move(state)}};
  const std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out(kMagic);
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    out += static_cast<char>((std::uint64_t{text.size()} >> (8 * i)) & 255U);
  }
  out += text + body;
  if (out.size() + kHashDigits > kLargest) return damaged("would be too large");
  out += sha256(out);
  GRADUS_CHECK(make_folder(file.parent_path(), 0700));
  return write_file_atomically(file, out);
}

Result<std::optional<Checkpoint>> read_checkpoint(const std::filesystem::path& file,
                                                  const std::string& run_hash) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return std::optional<Checkpoint>{};
  GRADUS_TRY(const std::string text, read_file(file, kLargest));
  GRADUS_TRY(const Parts parts, split_file(text));
  Checkpoint found;
  std::string schema;
  Json evidence, events, trainer, examiner, last, best, state;
  ObjectReader reader(parts.header, "checkpoint");
  reader.required("schema", schema).required("epoch", found.epoch);
  reader.required("evidence", evidence).required("events", events);
  reader.required("epoch_wall_ms", found.epoch_wall_ms);
  reader.required("trainer", trainer).required("examiner", examiner);
  reader.required("last", last).required("best", best).required("state", state);
  GRADUS_CHECK(reader.finish());
  if (schema != kSchema) return damaged("has the schema '" + schema + "'");
  if (!events.is_array() || found.epoch < 1) return damaged("has no events or epoch");
  for (Json& event : events) found.events.push_back(std::move(event));
  GRADUS_TRY(found.evidence, evidence_from_json(evidence));
  if (found.evidence.run_hash != run_hash) return damaged("belongs to another run");
  GRADUS_CHECK(read_spent(trainer, found.trainer));
  GRADUS_CHECK(read_spent(examiner, found.examiner));
  Body body(parts.body);
  GRADUS_TRY(found.last, read_examined(last, body));
  found.best = found.last;
  if (!best.is_null()) {
    GRADUS_TRY(found.best, read_examined(best, body));
  }
  GRADUS_TRY(found.state, read_weights(state, body));
  if (!body.empty()) return damaged("has bytes at its end that nobody named");
  return std::optional<Checkpoint>(std::move(found));
}

}  // namespace gradus::supervisor
