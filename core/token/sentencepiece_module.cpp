#include "core/token/sentencepiece_module.h"

#include <sentencepiece_processor.h>

#include <string>
#include <vector>

namespace {

using sentencepiece::SentencePieceProcessor;
using Take = void (*)(void*, const char*, std::size_t);

SentencePieceProcessor* of(void* processor) { return static_cast<SentencePieceProcessor*>(processor); }

void give(const std::string& text, void* context, Take take) { take(context, text.data(), text.size()); }

void* open(const char* proto, std::size_t size, void* context, Take take) {
  auto* processor = new SentencePieceProcessor;
  const auto status = processor->LoadFromSerializedProto({proto, size});
  if (status.ok() && processor->GetPieceSize() > 0) return processor;
  give(status.ok() ? "it has no pieces" : status.ToString(), context, take);
  delete processor;
  return nullptr;
}

void close(void* processor) { delete of(processor); }
int size(void* processor) { return of(processor)->GetPieceSize(); }
int bosId(void* processor) { return of(processor)->bos_id(); }
int eosId(void* processor) { return of(processor)->eos_id(); }

int encode(void* processor, const char* text, std::size_t size, void* context,
           void (*takeIds)(void*, const int*, std::size_t), Take take) {
  std::vector<int> ids;
  const auto status = of(processor)->Encode({text, size}, &ids);
  if (!status.ok()) {
    give(status.ToString(), context, take);
    return 0;
  }
  takeIds(context, ids.data(), ids.size());
  return 1;
}

int decode(void* processor, const int* ids, std::size_t count, void* context, Take take) {
  std::string text;
  const auto status = of(processor)->Decode(std::vector<int>(ids, ids + count), &text);
  give(status.ok() ? text : status.ToString(), context, take);
  return status.ok() ? 1 : 0;
}

void piece(void* processor, int id, void* context, Take take) {
  give(of(processor)->IdToPiece(id), context, take);
}

int isControl(void* processor, int id) { return of(processor)->IsControl(id) ? 1 : 0; }
int isUnknown(void* processor, int id) { return of(processor)->IsUnknown(id) ? 1 : 0; }
int isByte(void* processor, int id) { return of(processor)->IsByte(id) ? 1 : 0; }

}  // namespace

const AttuneSentencePieceApi* attuneSentencePiece() {
  static const AttuneSentencePieceApi api{open,   close, size,      bosId,     eosId, encode,
                                          decode, piece, isControl, isUnknown, isByte};
  return &api;
}
