#pragma once

#include <string>

#include "framework/record/student_view.hpp"
#include "reports/testing/sample.hpp"

namespace gradus::reports::testing {

/// The page of a sample with a stand-in for every drawing, so that no renderer runs:
/// <svg data-kind='curves'/>. Empty, with a failed expectation, where it cannot be written.
std::string page_of(const Sample& sample, const Audience& audience = {});
/// What gnuplot would be told for the sample's figures, with their captions: text to compare.
std::string scripts_of(const Sample& sample);

}  // namespace gradus::reports::testing
