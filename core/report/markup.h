#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace attune {

// Text that stands for itself in HTML and XML, in elements and in quoted attributes. Characters that XML does
// not allow and broken UTF-8 become U+FFFD.
std::string escapeMarkup(std::string_view text);

// Writes HTML and SVG. The only way to put text into it escapes it.
class Markup {
 public:
  using Attributes = std::vector<std::pair<const char*, std::string>>;

  Markup& open(const char* name, const Attributes& attributes = {});
  Markup& close();  // the innermost open element
  Markup& empty(const char* name, const Attributes& attributes = {});
  Markup& leaf(const char* name, std::string_view text, const Attributes& attributes = {});
  Markup& text(std::string_view text);
  Markup& line();
  // Style sheets and pictures that this folder has made.
  Markup& trusted(std::string_view markup);

  std::string take();  // closes what is open

 private:
  void begin(const char* name, const Attributes& attributes);

  std::string out_;
  std::vector<const char*> open_;
};

}  // namespace attune
