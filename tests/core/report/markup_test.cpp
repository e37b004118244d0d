#include "core/report/markup.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(Markup, EscapesEverythingThatCouldBeAnElementOrEndAnAttribute) {
  EXPECT_EQ(escapeMarkup("<img src=x onerror=\"alert('1')\"> & </script>"),
            "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; &lt;/script&gt;");
}

TEST(Markup, ReplacesWhatXmlDoesNotAllow) {
  EXPECT_EQ(escapeMarkup(std::string("a\0b\x1b", 4)), "a\uFFFDb\uFFFD");
  EXPECT_EQ(escapeMarkup("a\xffz\xc3"), "a\uFFFDz\uFFFD");
  EXPECT_EQ(escapeMarkup("\xEF\xBF\xBE!"), "\uFFFD!");
  EXPECT_EQ(escapeMarkup("tab\tline\nü 漢 🙂"), "tab\tline\nü 漢 🙂");
}

TEST(Markup, EscapesAttributesAndClosesWhatIsOpen) {
  Markup out;
  out.open("p", {{"title", "a\"b"}}).text("<").open("b").text("c");
  EXPECT_EQ(out.take(), "<p title=\"a&quot;b\">&lt;<b>c</b></p>");
}

}  // namespace
}  // namespace attune
