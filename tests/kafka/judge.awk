# Reads what kafka-dump-log said of some partition folders and prints what it finds wrong.
#
#   awk -v gaps=0 -v links=FOLDER -f judge.awk KNOWN SAID COMPLAINTS
#
# gaps        1 lets offsets be missing
# links       where the folders were linked to under their numbers
# KNOWN       "folder NUMBER NAME" and "size NUMBER/FILE BYTES": what there is to be dumped
# SAID        the tool's standard output: the dump of all files, a line "sanity", the sanity checks of the indexes
# COMPLAINTS  its standard error; of good files it has nothing to say there
#
# A line that is not known to be good is bad: a new version's new complaint must not pass unread. Besides, some
# things are checked here that the tool lets pass, see expect().

function real_name(file,    number) {
  number = file
  sub(/\/.*/, "", number)
  return folder[number] substr(file, length(number) + 1)
}

function wrong(what) {
  bad++
  print (current == "" ? "kafka-dump-log" : real_name(current)) ": " what
}

function expect(condition, what) {
  if (!condition) wrong(what)
}

function stem(file) {
  sub(/\.[a-z]*$/, "", file)
  return file
}

# The tool stops reading an index, without a word, at an entry that looks like the zeros after the last one.
function finish_file() {
  if (current ~ /\.index$/) {
    expect(entries * 8 == size[current], entries " entries read of " size[current] " bytes, 8 each")
  } else if (current ~ /\.timeindex$/) {
    expect(entries * 12 == size[current], entries " entries read of " size[current] " bytes, 12 each")
    # Kafka takes this entry for the greatest timestamp of the segment when it opens the partition again.
    # A segment of which compaction has left headers only has no record for it to name.
    if (max_timestamp[stem(current)] >= 0 && (stem(current) in has_records))
      expect(last_timestamp == max_timestamp[stem(current)],
             "its last timestamp is " last_timestamp ", the segment's greatest is " max_timestamp[stem(current)])
  } else if (current ~ /\.log$/) {
    expect(records == 0, records " records of the last batch were not read")
  }
  entries = 0
  last_offset = last_position = last_timestamp = -1
}

function start_file(file,    number) {
  finish_file()
  current = file
  dumped[file] = 1
  if (!(stem(file) in max_timestamp)) max_timestamp[stem(file)] = -1
  number = file
  sub(/\/.*/, "", number)
  if (number != current_folder) {
    current_folder = number
    next_offset = -1
    epoch = -1
  }
}

BEGIN { CONVFMT = "%.17g" }

FNR == 1 { part++ }

part == 1 && $1 == "folder" {
  number = $2
  sub(/^folder [0-9]+ /, "")
  folder[number] = $0
  next
}

part == 1 {
  size[$2] = $3
  next
}

part == 2 && /^sanity$/ {
  finish_file()
  current = ""
  sane = 1
  next
}

part == 2 && /^Dumping / {
  if (!sane) start_file($2)
  else current = $2
  next
}

part == 2 && !sane && /^Log starting offset: [0-9]+$/ {
  log_start = $4
  expect(log_start == substr(current, length(current) - 23, 20) + 0, "Kafka reads its name as " log_start)
  if (next_offset < 0) next_offset = log_start
  expect(gaps || log_start == next_offset, "begins at offset " log_start ", not at " next_offset)
  next
}

part == 2 && !sane && /^baseOffset: .* magic: 2 .* isvalid: (true|false)$/ {
  expect(/true$/, $0)
  expect(records == 0, records " records were not read before: " $0)
  for (i = 1; i < NF; i += 2) field[$i] = $(i + 1)
  timestamp = "CreateTime:" in field ? field["CreateTime:"] : field["LogAppendTime:"]
  if (timestamp > max_timestamp[stem(current)]) max_timestamp[stem(current)] = timestamp
  expect(gaps ? field["baseOffset:"] + 0 >= next_offset : field["baseOffset:"] == next_offset,
         "offset " next_offset " expected: " $0)
  expect(field["partitionLeaderEpoch:"] + 0 >= epoch, "leader epoch before was " epoch ": " $0)
  next_offset = field["lastOffset:"] + 1
  epoch = field["partitionLeaderEpoch:"] + 0
  records = field["count:"] + 0
  if (records > 0) has_records[stem(current)] = 1
  delete field["CreateTime:"]
  delete field["LogAppendTime:"]
  next
}

# One record, whose details it was told to skip.
part == 2 && !sane && current ~ /\.log$/ && /^$/ {
  records--
  next
}

# A control record's marker is printed all the same.
part == 2 && !sane && current ~ /\.log$/ && /^ endTxnMarker: (COMMIT|ABORT) coordinatorEpoch: [0-9]+$/ {
  records--
  next
}

part == 2 && !sane && current ~ /\.index$/ && /^offset: [0-9]+ position: [0-9]+$/ {
  entries++
  expect($2 + 0 > last_offset && $4 + 0 > last_position, "does not grow at: " $0)
  last_offset = $2 + 0
  last_position = $4 + 0
  next
}

part == 2 && !sane && current ~ /\.timeindex$/ && /^timestamp: [0-9]+ offset: [0-9]+$/ {
  entries++
  expect($2 + 0 > last_timestamp && $4 + 0 > last_offset, "does not grow at: " $0)
  last_timestamp = $2 + 0
  last_offset = $4 + 0
  next
}

part == 2 && /\.index is empty\.$/ {
  found_sane[current] = 1
  next
}

part == 2 && sane && /index passed sanity check\.$/ {
  found_sane[current] = 1
  next
}

part == 2 {
  wrong($0)
}

part == 3 && gaps && /^Non-consecutive offsets in / {
  in_gaps = 1
  next
}

part == 3 && in_gaps && /^  [0-9]+ is followed by [0-9]+$/ { next }

# These lines name their file themselves, if at all, by the path of a link to its folder.
part == 3 {
  in_gaps = 0
  current = ""
  line = $0
  for (number in folder) {
    link = links "/" number "/"
    if ((at = index(line, link)) > 0)
      line = substr(line, 1, at - 1) folder[number] "/" substr(line, at + length(link))
  }
  wrong(line)
}

END {
  current = ""
  for (file in size) {
    current = file
    expect(file in dumped, "was not read to its end, or not at all")
    if (file !~ /\.log$/) expect(file in found_sane, "did not pass Kafka's sanity check")
    else {
      expect((stem(file) ".index") in size, "has no .index file")
      expect((stem(file) ".timeindex") in size, "has no .timeindex file")
    }
    files++
  }
  if (bad == 0) printf "%d files read by Kafka, nothing wrong\n", files
  exit bad != 0
}
