// The floor under every figure of digitd: the least that a libuv server can do and still speak the
// protocol. It reads every frame to its end, infers nothing, and answers each PREDICT with a RESULT
// of the right size. One read buffer and one output buffer serve all connections: answers to
// whatever one read brought leave in one uv_try_write, and only what the socket does not take is
// copied and handed to uv_write.
//
//     bare-libuv --listen HOST:PORT | unix:PATH [--spin NANOSECONDS]
//
// With --spin it takes so much longer for each PREDICT: a slow-down of known size, to see whether
// a comparison finds it.

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
  header_size = 32,
  mark = 0xD1,
  pixels_per_image = 784,
  classes = 10,
  images_max = 256,
  payload_max = images_max * pixels_per_image * 4,
  ping_max = 64,
  backlog = 1024,
  buffer_size = 256 * 1024,
  // A client that does not read is not read from while this much waits for it.
  unsent_max = 1024 * 1024,
};

enum type {
  HELLO = 0x01, PREDICT = 0x02, CANCEL = 0x03, PING = 0x04, HEALTH = 0x07,
  WELCOME = 0x81, RESULT = 0x82, PONG = 0x84, HEALTH_REPLY = 0x87, ERROR = 0xFF,
};

enum { top_one = 1, probabilities = 2, float32 = 1, unknown_type = 16 };

typedef struct {
  union {
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  } handle;
  // The frame that is being read: its header, and how much of header and payload has come.
  uint8_t header[header_size];
  uint32_t header_count;
  uint32_t payload_left;
  uint8_t ping[ping_max];
} connection_t;

typedef struct {
  uv_write_t request;
  char bytes[];
} rest_t;

static uv_loop_t *loop;
static int is_pipe;
// Nanoseconds.
static uint64_t spin;
static char input[buffer_size];
static uint8_t output[buffer_size];
static size_t output_count;

static void fail(const char *what, int status) {
  fprintf(stderr, "bare-libuv: %s: %s\n", what, uv_strerror(status));
  exit(1);
}

static uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

static uint32_t get32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static void put16(uint8_t *at, uint16_t value) { memcpy(at, &value, sizeof value); }
static void put32(uint8_t *at, uint32_t value) { memcpy(at, &value, sizeof value); }

static void closed(uv_handle_t *handle) { free(handle); }

static void close_connection(connection_t *connection) {
  uv_handle_t *handle = (uv_handle_t *)&connection->handle;
  if (!uv_is_closing(handle)) uv_close(handle, closed);
}

// Writing

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer);
static void did_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer);

static void wrote(uv_write_t *request, int status) {
  connection_t *connection = (connection_t *)request->handle;
  free(request);
  if (uv_is_closing((uv_handle_t *)&connection->handle)) return;
  if (status < 0) return close_connection(connection);
  if (uv_stream_get_write_queue_size(&connection->handle.stream) == 0)
    uv_read_start(&connection->handle.stream, allocate, did_read);
}

static void write_rest(connection_t *connection, const uint8_t *bytes, size_t count) {
  rest_t *rest = malloc(sizeof *rest + count);
  if (rest == NULL) return close_connection(connection);
  memcpy(rest->bytes, bytes, count);
  uv_stream_t *stream = &connection->handle.stream;
  uv_buf_t buffer = uv_buf_init(rest->bytes, (unsigned)count);
  int status = uv_write(&rest->request, stream, &buffer, 1, wrote);
  if (status < 0) {
    free(rest);
    return close_connection(connection);
  }
  if (uv_stream_get_write_queue_size(stream) > unsent_max) uv_read_stop(stream);
}

static void flush_output(connection_t *connection) {
  if (output_count == 0) return;
  uv_buf_t buffer = uv_buf_init((char *)output, (unsigned)output_count);
  int sent = uv_try_write(&connection->handle.stream, &buffer, 1);
  if (sent == UV_EAGAIN) sent = 0;
  if (sent < 0)
    close_connection(connection);
  else if ((size_t)sent < output_count)
    write_rest(connection, output + sent, output_count - (size_t)sent);
  output_count = 0;
}

// Begins an answer and returns its header, zero but for what every frame has; the payload follows.
static uint8_t *answer(connection_t *connection, enum type type, uint32_t payload_count) {
  if (output_count + header_size + payload_count > buffer_size) flush_output(connection);
  uint8_t *frame = output + output_count;
  output_count += header_size + payload_count;
  memset(frame, 0, header_size);
  put32(frame, payload_count);
  frame[4] = type;
  frame[5] = mark;
  memcpy(frame + 8, connection->header + 8, 8);
  return frame;
}

// Answers

static void answer_hello(connection_t *connection) {
  static const char name[] = "none";
  const uint32_t entry_size = 24 + 4 + 4 + 2 * classes;
  uint8_t *frame = answer(connection, WELCOME, 16 + entry_size);
  memcpy(frame + 16, "DGT1", 4);
  put16(frame + 20, 1);
  put16(frame + 22, 1);
  uint8_t *limits = frame + header_size;
  memset(limits, 0, 16 + entry_size);
  put32(limits, payload_max);
  put32(limits + 4, images_max);
  put32(limits + 8, 4096);
  uint8_t *entry = limits + 16;
  put32(entry, entry_size);
  put16(entry + 4, 1);
  entry[6] = 1;
  entry[7] = float32;
  put32(entry + 8, 1);
  put16(entry + 12, 28);
  put16(entry + 14, 28);
  put16(entry + 16, classes);
  entry[18] = 3;
  entry[19] = sizeof name - 1;
  put16(entry + 20, 1);
  put32(entry + 24, 1);
  memcpy(entry + 28, name, sizeof name - 1);
  for (int digit = 0; digit < classes; digit++) {
    entry[32 + 2 * digit] = 1;
    entry[33 + 2 * digit] = (uint8_t)('0' + digit);
  }
}

static void answer_predict(connection_t *connection) {
  if (spin > 0) {
    const uint64_t end = uv_hrtime() + spin;
    while (uv_hrtime() < end) continue;
  }
  const uint8_t kind = connection->header[19];
  const uint16_t images = get16(connection->header + 20);
  const uint32_t record = kind == top_one ? 8 : classes * 4;
  uint8_t *frame = answer(connection, RESULT, images * record);
  put32(frame + 16, 1);
  put16(frame + 28, images);
  frame[30] = kind;
  frame[31] = float32;
  uint8_t *records = frame + header_size;
  memset(records, 0, images * record);
  // Digit 0, certainly.
  for (uint32_t image = 0; image < images; image++) put32(records + image * record, 0x3F800000);
}

static void answer_frame(connection_t *connection) {
  uint8_t *frame;
  switch (connection->header[4]) {
  case HELLO: return answer_hello(connection);
  case PREDICT: return answer_predict(connection);
  case CANCEL: return;
  case PING:
    frame = answer(connection, PONG, get32(connection->header));
    memcpy(frame + header_size, connection->ping, get32(connection->header));
    return;
  case HEALTH:
    frame = answer(connection, HEALTH_REPLY, 0);
    frame[16] = connection->header[16];
    frame[17] = 1;
    return;
  default:
    frame = answer(connection, ERROR, 0);
    put16(frame + 16, unknown_type);
    frame[18] = 1;
    put32(frame + 28, UINT32_MAX);
  }
}

// Reading

// Whether the frame whose header has come can be answered at all.
static int is_acceptable(const uint8_t *header) {
  const uint32_t count = get32(header);
  if (header[5] != mark || count > payload_max) return 0;
  if (header[4] == PING) return count <= ping_max;
  if (header[4] != PREDICT) return 1;
  const uint8_t kind = header[19];
  const uint16_t images = get16(header + 20);
  return images >= 1 && images <= images_max && (kind == top_one || kind == probabilities);
}

// Takes what `bytes` has of one frame and returns how much that was; -1 where it is no such frame.
static ssize_t take(connection_t *connection, const uint8_t *bytes, size_t count) {
  size_t taken = 0;
  if (connection->header_count < header_size) {
    taken = header_size - connection->header_count;
    if (taken > count) taken = count;
    memcpy(connection->header + connection->header_count, bytes, taken);
    connection->header_count += (uint32_t)taken;
    if (connection->header_count < header_size) return (ssize_t)taken;
    if (!is_acceptable(connection->header)) return -1;
    connection->payload_left = get32(connection->header);
  }
  size_t piece = connection->payload_left;
  if (piece > count - taken) piece = count - taken;
  if (connection->header[4] == PING)
    memcpy(
        connection->ping + get32(connection->header) - connection->payload_left, bytes + taken,
        piece);
  connection->payload_left -= (uint32_t)piece;
  if (connection->payload_left == 0) {
    answer_frame(connection);
    connection->header_count = 0;
  }
  return (ssize_t)(taken + piece);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)handle, (void)suggested;
  *buffer = uv_buf_init(input, sizeof input);
}

static void did_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
  connection_t *connection = (connection_t *)stream;
  if (count < 0) return close_connection(connection);
  const uint8_t *bytes = (const uint8_t *)buffer->base;
  while (count > 0) {
    ssize_t taken = take(connection, bytes, (size_t)count);
    if (taken < 0) {
      output_count = 0;
      return close_connection(connection);
    }
    bytes += taken;
    count -= taken;
  }
  flush_output(connection);
}

static void accepts(uv_stream_t *server, int status) {
  if (status < 0) return;
  connection_t *connection = calloc(1, sizeof *connection);
  if (connection == NULL) return;
  if (is_pipe) {
    uv_pipe_init(loop, &connection->handle.pipe, 0);
  } else {
    uv_tcp_init(loop, &connection->handle.tcp);
    uv_tcp_nodelay(&connection->handle.tcp, 1);
  }
  if (uv_accept(server, &connection->handle.stream) != 0) return close_connection(connection);
  uv_read_start(&connection->handle.stream, allocate, did_read);
}

// Listening

static void listen_tcp(uv_tcp_t *server, const char *address) {
  const char *colon = strrchr(address, ':');
  char host[64];
  struct sockaddr_in name;
  if (colon == NULL || (size_t)(colon - address) >= sizeof host)
    fail("expected --listen HOST:PORT or unix:PATH", UV_EINVAL);
  memcpy(host, address, (size_t)(colon - address));
  host[colon - address] = 0;
  int status = uv_ip4_addr(host, atoi(colon + 1), &name);
  if (status == 0) status = uv_tcp_init(loop, server);
  if (status == 0) status = uv_tcp_bind(server, (struct sockaddr *)&name, 0);
  if (status == 0) status = uv_listen((uv_stream_t *)server, backlog, accepts);
  int size = sizeof name;
  if (status == 0) status = uv_tcp_getsockname(server, (struct sockaddr *)&name, &size);
  if (status < 0) fail(address, status);
  printf("listening address=%s:%u\n", host, (unsigned)ntohs(name.sin_port));
}

static void listen_pipe(uv_pipe_t *server, const char *path) {
  int status = uv_pipe_init(loop, server, 0);
  if (status == 0) status = uv_pipe_bind(server, path);
  if (status == 0) status = uv_listen((uv_stream_t *)server, backlog, accepts);
  if (status < 0) fail(path, status);
  printf("listening address=unix:%s\n", path);
}

static void stop(uv_signal_t *watcher, int number) {
  (void)number;
  uv_stop(watcher->loop);
}

int main(int argument_count, char **arguments) {
  int spins = argument_count == 5 && strcmp(arguments[3], "--spin") == 0;
  if (spins) spin = strtoull(arguments[4], NULL, 10);
  if ((argument_count != 3 && !spins) || strcmp(arguments[1], "--listen") != 0) {
    fprintf(stderr, "usage: bare-libuv --listen HOST:PORT | unix:PATH [--spin NANOSECONDS]\n");
    return 2;
  }
  static union {
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  } server;
  static uv_signal_t terminates, interrupts;
  signal(SIGPIPE, SIG_IGN);
  loop = uv_default_loop();
  const char *address = arguments[2];
  is_pipe = strncmp(address, "unix:", 5) == 0;
  if (is_pipe)
    listen_pipe(&server.pipe, address + 5);
  else
    listen_tcp(&server.tcp, address);
  fflush(stdout);
  uv_signal_init(loop, &terminates);
  uv_signal_start(&terminates, stop, SIGTERM);
  uv_signal_init(loop, &interrupts);
  uv_signal_start(&interrupts, stop, SIGINT);
  uv_run(loop, UV_RUN_DEFAULT);
  if (is_pipe) remove(address + 5);
  return 0;
}
