// All that can be measured, a family a file.
#ifndef LEAT_BENCH_ROWS_ROWS_H_
#define LEAT_BENCH_ROWS_ROWS_H_

#include <vector>

#include "harness/benchmark.h"

namespace leat::bench {

using Benchmarks = std::vector<Benchmark>;

void AddEndToEnd(const Scale& scale, Benchmarks& benchmarks);  // threads and files, million_messages among them
void AddInMemory(const Scale& scale, Benchmarks& benchmarks);
void AddProcesses(const Scale& scale, Benchmarks& benchmarks);
void AddManyOfThem(const Scale& scale, Benchmarks& benchmarks);   // partitions, producers
void AddRoads(const Scale& scale, Benchmarks& benchmarks);        // the ways to send
void AddCodec(const Scale& scale, Benchmarks& benchmarks);        // encode, decode, checksum
void AddCompression(const Scale& scale, Benchmarks& benchmarks);  // each codec beside its library
void AddAppend(const Scale& scale, Benchmarks& benchmarks);
void AddDisk(const Scale& scale, Benchmarks& benchmarks);  // kDisk, and who appends beside it
void AddSendLatency(const Scale& scale, Benchmarks& benchmarks);
void AddRetention(const Scale& scale, Benchmarks& benchmarks);      // who appends while old segments go
void AddOffsetForTime(const Scale& scale, Benchmarks& benchmarks);  // in a log of many segments
void AddCompaction(const Scale& scale, Benchmarks& benchmarks);
void AddVisibility(const Scale& scale, Benchmarks& benchmarks);
void AddPacedLatency(const Scale& scale, Benchmarks& benchmarks);
void AddOpen(const Scale& scale, Benchmarks& benchmarks);
void AddGroups(const Scale& scale, Benchmarks& benchmarks);        // what a group costs its members
void AddGroupChanges(const Scale& scale, Benchmarks& benchmarks);  // members that come and go
void AddMetrics(const Scale& scale, Benchmarks& benchmarks);       // what counting costs
void AddHandWritten(const Scale& scale, Benchmarks& benchmarks);
#ifdef LEAT_PROGRAM
void AddCommand(const Scale& scale, Benchmarks& benchmarks);  // the program leat
#endif
void AddSmoke(Benchmarks& benchmarks);
#ifdef LEAT_BENCH_PEERS
void AddPeers(const Scale& scale, Benchmarks& benchmarks);
#endif

}  // namespace leat::bench

#endif  // LEAT_BENCH_ROWS_ROWS_H_
