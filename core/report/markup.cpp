#include "core/report/markup.h"

#include "core/base/text.h"

namespace attune {
namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";

void escapeValid(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (c) {
      case '&':
        out += "&amp;";
        continue;
      case '<':
        out += "&lt;";
        continue;
      case '>':
        out += "&gt;";
        continue;
      case '"':
        out += "&quot;";
        continue;
      case '\'':
        out += "&#39;";
        continue;
      default:
        break;
    }
    const auto byte = static_cast<unsigned char>(c);
    const bool control = (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
    const std::string_view three = text.substr(i, 3);
    if (control) {
      out += kReplacement;
    } else if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {
      out += kReplacement;
      i += 2;
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string escapeMarkup(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (const auto bad = firstInvalidUtf8(text)) {
    escapeValid(text.substr(0, *bad), out);
    out += kReplacement;
    text.remove_prefix(*bad + 1);
  }
  escapeValid(text, out);
  return out;
}

void Markup::begin(const char* name, const Attributes& attributes) {
  out_ += '<';
  out_ += name;
  for (const auto& [key, value] : attributes) {
    out_ += ' ';
    out_ += key;
    out_ += "=\"";
    out_ += escapeMarkup(value);
    out_ += '"';
  }
}

Markup& Markup::open(const char* name, const Attributes& attributes) {
  begin(name, attributes);
  out_ += '>';
  open_.push_back(name);
  return *this;
}

Markup& Markup::close() {
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
  return *this;
}

Markup& Markup::empty(const char* name, const Attributes& attributes) {
  begin(name, attributes);
  out_ += "/>";
  return *this;
}

Markup& Markup::leaf(const char* name, std::string_view content, const Attributes& attributes) {
  return open(name, attributes).text(content).close();
}

Markup& Markup::text(std::string_view content) {
  out_ += escapeMarkup(content);
  return *this;
}

Markup& Markup::line() {
  out_ += '\n';
  return *this;
}

Markup& Markup::trusted(std::string_view markup) {
  out_ += markup;
  return *this;
}

std::string Markup::take() {
  while (!open_.empty()) close();
  return std::move(out_);
}

}  // namespace attune
