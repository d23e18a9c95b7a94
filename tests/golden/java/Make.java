import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Make OUT WORK: fills the folder OUT with golden files; a broker keeps house in WORK meanwhile. */
final class Make {
  private static final List<String> TOPICS =
      List.of("append-time", "batches", "compacted", "dense-index", "empty", "epochs", "gzip", "idempotent", "keyed",
          "lz4", "shapes", "singles", "snappy", "transactions", "trimmed", "zstd");

  public static void main(String[] arguments) throws Exception {
    Path out = Path.of(arguments[0]);
    try (Broker broker = new Broker(Path.of(arguments[1]))) {
      broker.start();
      try (Cluster cluster = new Cluster(broker.address())) {
        new Scenarios(cluster, broker.logs()).epochsFirstLeader();
      }
      broker.stop();  // when it is back, it leads in a later epoch
      broker.start();
      try (Cluster cluster = new Cluster(broker.address())) {
        produce(new Scenarios(cluster, broker.logs()));
      }
      for (String topic : TOPICS) {
        Expected.records(broker.address(), topic, "read_uncommitted", out.resolve(topic + ".expected.jsonl"));
      }
      Expected.records(
          broker.address(), "transactions", "read_committed", out.resolve("transactions.committed.jsonl"));
      Path unclean = Files.createDirectories(out.resolve("unclean"));
      Expected.records(broker.address(), "killed", "read_uncommitted", unclean.resolve("killed.expected.jsonl"));
      copyFolder(broker.logs().resolve("killed-0"), unclean);
      broker.stop();
      copyPartitions(broker.logs(), out);
      copyCheckpoints(broker.logs(), Files.createDirectories(out.resolve("log-dir")));
    }
    Expected.partitions(out.resolve("murmur2.jsonl"));
  }

  private static void produce(Scenarios scenarios) throws Exception {
    scenarios.epochsSecondLeader();
    scenarios.empty();
    scenarios.shapes();
    scenarios.keyed();
    scenarios.singles();
    scenarios.batches();
    scenarios.denseIndex();
    scenarios.appendTime();
    scenarios.idempotent();
    scenarios.transactions();
    for (String codec : List.of("gzip", "snappy", "lz4", "zstd")) scenarios.compressed(codec);
    scenarios.trimmed();
    scenarios.compacted();
    scenarios.killed();
  }

  private static void copyPartitions(Path logs, Path out) throws IOException {
    try (Stream<Path> folders = Files.list(logs)) {
      for (Path folder : folders.toList()) {
        String name = folder.getFileName().toString();
        if (TOPICS.contains(name.replaceFirst("-\\d+$", ""))) copyFolder(folder, out);
      }
    }
  }

  private static void copyFolder(Path from, Path into) throws IOException {
    Path to = Files.createDirectories(into.resolve(from.getFileName()));
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) Files.copy(file, to.resolve(file.getFileName()));
    }
  }

  private static void copyCheckpoints(Path logs, Path to) throws IOException {
    try (Stream<Path> files = Files.list(logs)) {
      for (Path file : files.filter(f -> f.toString().endsWith("-checkpoint")).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    Files.copy(logs.resolve("meta.properties"), to.resolve("meta.properties"));
  }
}
