#pragma once

#include <cstddef>

// Debian's libsentencepiece carries a protobuf of its own whose symbols clash with the libprotobuf that
// libtorch loads: linked into one program, one of them crashes. So the library sits behind a module that is
// loaded with a symbol scope of its own, and this plain table of functions is all that crosses the border.
extern "C" {

struct AttuneSentencePieceApi {
  // Text results are handed to `take` while the call lasts. Functions that can fail return 0 after handing
  // the reason to `take`.
  void* (*open)(const char* proto, std::size_t size, void* context,
                void (*take)(void*, const char*, std::size_t));
  void (*close)(void* processor);
  int (*size)(void* processor);
  int (*bosId)(void* processor);
  int (*eosId)(void* processor);
  int (*encode)(void* processor, const char* text, std::size_t size, void* context,
                void (*takeIds)(void*, const int*, std::size_t),
                void (*take)(void*, const char*, std::size_t));
  int (*decode)(void* processor, const int* ids, std::size_t count, void* context,
                void (*take)(void*, const char*, std::size_t));
  void (*piece)(void* processor, int id, void* context, void (*take)(void*, const char*, std::size_t));
  int (*isControl)(void* processor, int id);  // or unknown: no text of its own
  int (*isUnknown)(void* processor, int id);
  int (*isByte)(void* processor, int id);
};

// The one exported symbol of the module.
const AttuneSentencePieceApi* attuneSentencePiece();
}
