// What is fed with arbitrary bytes: each takes them as what it reads from a file, a wire, or shared memory, and ends the
// process (LEAT_CHECK, a sanitizer) when it believes more than it may.
#ifndef LEAT_TESTS_FUZZ_TARGETS_H_
#define LEAT_TESTS_FUZZ_TARGETS_H_

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace leat::testing {

using FuzzBytes = std::span<const std::byte>;
using FuzzSeeds = std::vector<std::vector<std::byte>>;

struct FuzzTarget {
  std::string_view name;
  void (*run)(FuzzBytes bytes);
  FuzzSeeds (*seeds)();  // well-formed ones, from which a search begins
};

// All there are.
std::span<const FuzzTarget> FuzzTargets();

void FuzzBatch(FuzzBytes bytes);
FuzzSeeds BatchSeeds();
void FuzzRecord(FuzzBytes bytes);
FuzzSeeds RecordSeeds();
void FuzzCompression(FuzzBytes bytes);
FuzzSeeds CompressionSeeds();
void FuzzSegment(FuzzBytes bytes);
FuzzSeeds SegmentSeeds();
void FuzzIndexes(FuzzBytes bytes);
FuzzSeeds IndexSeeds();
void FuzzCheckpoint(FuzzBytes bytes);
FuzzSeeds CheckpointSeeds();
void FuzzTexts(FuzzBytes bytes);
FuzzSeeds TextSeeds();
void FuzzProperties(FuzzBytes bytes);
FuzzSeeds PropertiesSeeds();
void FuzzGroupState(FuzzBytes bytes);
FuzzSeeds GroupStateSeeds();
void FuzzGroupFile(FuzzBytes bytes);
void FuzzControlFile(FuzzBytes bytes);
void FuzzFolder(FuzzBytes bytes);
void FuzzScribbler(FuzzBytes bytes);
FuzzSeeds OverlaySeeds();

}  // namespace leat::testing

#endif  // LEAT_TESTS_FUZZ_TARGETS_H_
