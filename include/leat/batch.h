// Kafka's RecordBatch in place: BatchBuilder writes one, BatchView and RecordReader read one, where it stands,
// without copying. batch_layout.h has the picture.
#ifndef LEAT_BATCH_H_
#define LEAT_BATCH_H_

#include <leat/batch_builder.h>
#include <leat/batch_layout.h>
#include <leat/batch_view.h>
#include <leat/record_reader.h>

#endif  // LEAT_BATCH_H_
