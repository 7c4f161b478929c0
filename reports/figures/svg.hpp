#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus::reports {

/// The SVG documents in gnuplot's output, in order.
std::vector<std::string> split_documents(std::string_view output);

/// A gnuplot SVG document → an <svg> element that may stand beside others in one HTML page: no
/// prolog, ids, definitions or references; every mark written out where it is used with its literal
/// colour (WeasyPrint 57 stops at gnuplot's filled marks, which say currentColor in a definition).
/// `title` is plain text, read out by screen readers. Infrastructure error where the document is
/// not of the form that gnuplot 5.4 writes.
Result<std::string> inline_svg(std::string_view document, std::string_view title);

/// The same as a file of its own (with the XML namespace it has already).
std::string svg_file(const std::string& inline_element);

}  // namespace gradus::reports
