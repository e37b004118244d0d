#pragma once

#include <string>
#include <string_view>

// The alphabet of byte-level BPE (Radford et al. 2019): each of the 256 bytes has a printable character.
namespace attune {

std::string toByteAlphabet(std::string_view bytes);
// Back to bytes; characters outside of the alphabet are kept as they are.
std::string fromByteAlphabet(std::string_view text);

}  // namespace attune
