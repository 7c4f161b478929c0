// JSON records from a disk: the first byte picks the record. Refused, or read into something that
// is written as it was read.

#include "framework/record/evidence.hpp"
#include "framework/record/grades.hpp"
#include "framework/record/histograms.hpp"
#include "framework/record/lab_result.hpp"
#include "framework/tests/fuzz/fuzz.hpp"

namespace {

using gradus::Json;

template <class Read>
void round_trip(const Json& json, Read read) {
  const auto record = read(json);
  if (!record.ok()) {
    gradus::fuzz::require(!record.error().what.empty(), "an error says what is wrong");
    return;
  }
  const Json written = to_json(*record);
  const auto again = read(written);
  gradus::fuzz::require(again.ok(), "what is written can be read");
  gradus::fuzz::require(to_json(*again) == written, "writing is stable");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gradus;
  if (size == 0) return 0;
  const Json json = Json::parse(data + 1, data + size, nullptr, false);
  if (json.is_discarded()) return 0;
  switch (data[0]) {
    case 'e':
      round_trip(json, evidence_from_json);
      break;
    case 'o':
      round_trip(json, observed_from_json);
      break;
    case 'r':
      round_trip(json, lab_result_from_json);
      break;
    case 'g':
      round_trip(json, grades_from_json);
      break;
    case 'h':
      static_cast<void>(read_histograms(fuzz::as_file("h.json", data + 1, size - 1)));
      break;
    default:
      break;
  }
  return 0;
}
