import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

/** One Kafka node, broker and controller in one, as a child process on loopback. Its folder outlives it. */
final class Broker implements AutoCloseable {
  // A fixed id: the golden files then differ from one making to the next only where they must.
  private static final String CLUSTER_ID = "bGVhdC1nb2xkZW4tZmlsZQ";

  private final Path home;
  private final Path properties;
  private final int port;
  private Process process;

  Broker(Path home) throws IOException {
    this.home = home;
    this.properties = home.resolve("server.properties");
    this.port = freePort();
    Files.createDirectories(home);
    Files.writeString(properties, settings(freePort()));
    run("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties.toString()).onExit().join();
  }

  Path logs() {
    return home.resolve("logs");
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  void start() throws Exception {
    process = run("kafka.Kafka", properties.toString());
    try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", address()))) {
      admin.describeCluster().nodes().get(60, TimeUnit.SECONDS);
    }
  }

  /** Ends the broker as an operator would; it trims its indexes and writes its checkpoints on the way out. */
  void stop() throws Exception {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the broker does not stop; see " + home.resolve("output.txt"));
    }
    process = null;
  }

  @Override
  public void close() {
    if (process != null) process.destroyForcibly();
  }

  private Process run(String... command) throws IOException {
    List<String> line = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", System.getProperty("java.class.path")));
    line.addAll(List.of(command));
    return new ProcessBuilder(line).redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve("output.txt").toFile())).start();
  }

  private String settings(int controllerPort) {
    return String.join("\n",
        "process.roles=broker,controller",
        "node.id=1",
        "controller.quorum.voters=1@127.0.0.1:" + controllerPort,
        "listeners=PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort,
        "advertised.listeners=PLAINTEXT://127.0.0.1:" + port,
        "controller.listener.names=CONTROLLER",
        "log.dirs=" + logs(),
        "auto.create.topics.enable=false",
        "offsets.topic.num.partitions=1",
        "offsets.topic.replication.factor=1",
        "transaction.state.log.num.partitions=1",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        // Housekeeping that the makers wait for: old segments, compaction.
        "log.retention.ms=-1",
        "log.initial.task.delay.ms=100",
        "log.retention.check.interval.ms=100",
        "log.segment.delete.delay.ms=100",
        "log.cleaner.backoff.ms=100",
        "log.cleaner.dedupe.buffer.size=2000000",
        "");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
