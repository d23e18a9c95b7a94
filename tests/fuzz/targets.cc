#include "fuzz/targets.h"

namespace leat::testing {

std::span<const FuzzTarget> FuzzTargets() {
  static constexpr FuzzTarget kTargets[] = {
      {"batch", FuzzBatch, BatchSeeds},
      {"record", FuzzRecord, RecordSeeds},
      {"compression", FuzzCompression, CompressionSeeds},
      {"segment", FuzzSegment, SegmentSeeds},
      {"indexes", FuzzIndexes, IndexSeeds},
      {"checkpoint", FuzzCheckpoint, CheckpointSeeds},
      {"texts", FuzzTexts, TextSeeds},
      {"properties", FuzzProperties, PropertiesSeeds},
      {"group_state", FuzzGroupState, GroupStateSeeds},
      {"group_file", FuzzGroupFile, OverlaySeeds},
      {"control_file", FuzzControlFile, OverlaySeeds},
      {"folder", FuzzFolder, OverlaySeeds},
      {"scribbler", FuzzScribbler, OverlaySeeds},
  };
  return kTargets;
}

}  // namespace leat::testing
