#pragma once

#include <string>

// Where a user's files of a program lie (XDG Base Directory Specification). Empty when there is no home.
namespace attune {

std::string userDataFolder();   // $XDG_DATA_HOME/attune, ~/.local/share/attune
std::string userCacheFolder();  // $XDG_CACHE_HOME/attune, ~/.cache/attune
// Base weights as fp32, shared by workers. ATTUNE_WEIGHT_CACHE names another folder; "off" for none.
std::string weightCacheFolder();

}  // namespace attune
