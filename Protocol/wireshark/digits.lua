-- A Wireshark dissector for the Digits protocol, version 1, as ../SPEC.md has it.
--
--   wireshark -X lua_script:digits.lua          or copy it into the folder "Personal Lua Plugins"
--
-- It takes TCP port 7311, any port on which HELLO, WELCOME, HEALTH or its reply comes first, and
-- what TLS carries on port 7311. Field names are those of ../protocol.json, for example
-- digits.predict.deadline_us; check.py compares both. What a receiver must refuse has an expert
-- information of severity error; what it ignores (unknown bits, a server's reserved bytes) none.

local digits = Proto("digits", "Digits")
local PORT, HEADER, MARK, MAGIC, PIXELS = 7311, 32, 0xD1, 0x31544744, 784
local HELLO, PREDICT, CANCEL, HEALTH, WELCOME, HEALTH_REPLY = 0x01, 0x02, 0x03, 0x07, 0x81, 0x87
local HELLO_PAYLOAD_MAX = 1024

local enums = {
  pixel_type = {[1] = "u8", [2] = "f32"},
  return_kind = {[1] = "top1", [2] = "probabilities"},
  precision = {[1] = "f32", [2] = "bf16", [3] = "int8"},
  statistic_kind = {[1] = "counter", [2] = "gauge"},
  probe = {[0] = "live", [1] = "ready"},
  goaway_reason = {[1] = "shutdown", [2] = "age"},
  reload_outcome = {[1] = "changed", [2] = "unchanged", [3] = "refused"},
  error_class = {[1] = "client", [2] = "server", [3] = "overload"},
  processed = {[0] = "no", [1] = "yes", [2] = "unknown"},
  -- Closed for no version: other codes are legal.
  error_code = {
    [1] = "MALFORMED_FRAME", [2] = "FRAME_TOO_LARGE", [3] = "HANDSHAKE_REQUIRED",
    [4] = "MALFORMED_HELLO", [5] = "UNSUPPORTED_VERSION", [6] = "UNAUTHENTICATED",
    [7] = "TIMED_OUT", [8] = "UNEXPECTED_HELLO", [16] = "UNKNOWN_TYPE", [17] = "UNSUPPORTED_FLAG",
    [18] = "BAD_REQUEST_ID", [19] = "DUPLICATE_REQUEST_ID", [20] = "BAD_REQUEST",
    [21] = "LENGTH_MISMATCH", [22] = "NO_IMAGES", [23] = "TOO_MANY_IMAGES", [24] = "BAD_PIXEL",
    [25] = "UNKNOWN_MODEL", [26] = "UNKNOWN_VERSION", [27] = "DEADLINE_EXCEEDED",
    [28] = "CANCELLED", [29] = "PERMISSION_DENIED", [32] = "OVERLOADED",
    [33] = "TOO_MANY_IN_FLIGHT", [34] = "DRAINING",
    [35] = "TOO_MANY_CONNECTIONS", [48] = "INTERNAL",
  },
}
local bit_sets = {
  features = {{"announcements", 1}, {"model_statistics", 2}},
  model_properties = {{"default", 1}, {"conditioned", 2}},
  pixel_types = {{"u8", 1}, {"f32", 2}},
}

-- A record's fields, each after the one before it; a number is that many reserved bytes.
local model_list = {{"model_count", "u16"}, 14}
local messages = {
  [0x01] = {name = "HELLO", id = "zero", fields = {
    {"magic", "u32"}, {"version_lowest", "u16"}, {"version_highest", "u16"},
    {"features", "u32", bits = "features"}, 4}},
  [0x02] = {name = "PREDICT", id = "chosen", fields = {
    {"model", "u16"}, {"pixel_type", "u8", enum = "pixel_type"},
    {"return_kind", "u8", enum = "return_kind"}, {"count", "u16"}, 2, {"version", "u32"},
    {"deadline_us", "u32"}}},
  [0x03] = {name = "CANCEL", id = "chosen", fields = {16}},
  [0x04] = {name = "PING", id = "chosen", fields = {16}},
  [0x05] = {name = "STATS", id = "chosen", fields = {16}},
  [0x06] = {name = "METADATA", id = "chosen", fields = {{"model", "u16"}, 14}},
  [0x07] = {name = "HEALTH", id = "zero", fields = {{"probe", "u8", enum = "probe"}, 15}},
  [0x08] = {name = "RELOAD", id = "chosen", fields = {16}},
  [0x81] = {name = "WELCOME", fields = {
    {"magic", "u32"}, {"version", "u16"}, {"model_count", "u16"},
    {"features", "u32", bits = "features"}, 4}},
  [0x82] = {name = "RESULT", fields = {
    {"version", "u32"}, {"queue_us", "u32"}, {"inference_us", "u32"}, {"count", "u16"},
    {"return_kind", "u8", enum = "return_kind"}, {"precision", "u8", enum = "precision"}}},
  [0x84] = {name = "PONG", fields = {16}},
  [0x85] = {name = "STATS_REPLY", fields = {
    {"entry_count", "u32"}, {"model_count", "u16"}, 2, {"uptime_us", "u64"}}},
  [0x86] = {name = "METADATA_REPLY", fields = model_list},
  [0x87] = {name = "HEALTH_REPLY", fields = {
    {"probe", "u8", enum = "probe"}, {"yes", "u8"}, 14}},
  [0x88] = {name = "RELOAD_REPLY", fields = {
    {"outcome", "u8", enum = "reload_outcome"}, 3, {"loaded", "u32"}, {"removed", "u32"},
    {"refused", "u32"}}},
  [0x90] = {name = "GOAWAY", fields = {
    {"reason", "u16", enum = "goaway_reason"}, 2, {"grace_ms", "u32"}, 8}},
  [0x91] = {name = "MODELS_CHANGED", fields = model_list},
  [0xFF] = {name = "ERROR", fields = {
    {"code", "u16", names = "error_code"}, {"class", "u8", enum = "error_class"},
    {"retryable", "u8"}, {"processed", "u8", enum = "processed"}, {"closes", "u8"}, 2,
    {"retry_after_ms", "u32"}, {"image", "u32"}}},
}
local records = {
  limits = {prefix = "welcome", fields = {
    {"payload_bytes_max", "u32"}, {"images_max", "u32"}, {"requests_in_flight_max", "u32"}, 4}},
  model_entry = {prefix = "model_entry", fields = {
    {"entry_bytes", "u32"}, {"handle", "u16"},
    {"properties", "u8", bits = "model_properties"}, {"precision", "u8", enum = "precision"},
    {"default_version", "u32"}, {"rows", "u16"}, {"columns", "u16"}, {"classes", "u16"},
    {"pixel_types", "u8", bits = "pixel_types"}, {"name_bytes", "u8"}, {"version_count", "u16"},
    2}},
  statistic = {prefix = "statistic", fields = {
    {"value", "u64"}, {"kind", "u8", enum = "statistic_kind"}, {"name_bytes", "u8"}}},
  model_statistics = {prefix = "model_statistics", fields = {
    {"entry_bytes", "u32"}, {"version", "u32"}, {"name_bytes", "u8"}, {"statistic_count", "u8"},
    {"histogram_count", "u8"}, 1}},
  histogram = {prefix = "histogram", fields = {
    {"sum", "u64"}, {"bucket_count", "u16"}, {"name_bytes", "u8"}}},
  bucket = {prefix = "bucket", fields = {{"upper_bound", "u64"}, {"count", "u64"}}},
  top1 = {prefix = "top1", fields = {{"probability", "f32"}, {"class", "u16"}, 2}},
}

-- Fields for Wireshark, made from the tables above.

local sizes = {u8 = 1, u16 = 2, u32 = 4, u64 = 8, f32 = 4}
local known = {}

local function declare(abbreviation, make, ...)
  local name = "digits." .. abbreviation
  if not known[name] then
    local label = abbreviation:match("[^.]*$"):gsub("_", " ")
    known[name] = make(name, label, ...)
  end
  return known[name]
end

local makers = {
  u8 = ProtoField.uint8, u16 = ProtoField.uint16, u32 = ProtoField.uint32, u64 = ProtoField.uint64,
}

local function declare_field(prefix, field)
  if type(field) == "number" then
    local reserved = declare(prefix .. ".reserved", ProtoField.bytes)
    return {name = "reserved", size = field, field = reserved}
  end
  local name, kind = field[1], field[2]
  local path, values = prefix .. "." .. name, enums[field.enum or field.names]
  local made = {name = name, size = sizes[kind], kind = kind, enum = field.enum}
  if kind == "f32" then
    made.field = declare(path, ProtoField.float)
  elseif name == "magic" or field.bits then
    made.field = declare(path, makers[kind], base.HEX)
  else
    made.field = declare(path, makers[kind], base.DEC, values)
  end
  if field.bits then
    made.bits = {}
    for index, known_bit in ipairs(bit_sets[field.bits]) do
      local bit_path, width = path .. "." .. known_bit[1], 8 * sizes[kind]
      made.bits[index] = declare(bit_path, ProtoField.bool, width, nil, known_bit[2])
    end
  end
  return made
end

local type_names = {}
for number, message in pairs(messages) do
  type_names[number] = message.name
  message.prefix = message.name:lower()
end
for _, group in ipairs({messages, records}) do
  for _, record in pairs(group) do
    record.layout, record.size = {}, 0
    for _, field in ipairs(record.fields) do
      local made = declare_field(record.prefix, field)
      table.insert(record.layout, made)
      record.size = record.size + made.size
    end
  end
end

local header = {
  length = declare("length", ProtoField.uint32, base.DEC),
  type = declare("type", ProtoField.uint8, base.HEX, type_names),
  mark = declare("mark", ProtoField.uint8, base.HEX),
  flags = declare("flags", ProtoField.uint16, base.HEX),
  raw = declare("flags.raw", ProtoField.bool, 16, nil, 0x0100),
  id = declare("request_id", ProtoField.uint64, base.DEC),
  parameters = declare("parameters", ProtoField.bytes),
  payload = declare("payload", ProtoField.bytes),
}
local texts = {
  token = declare("hello.token", ProtoField.bytes),
  image = declare("predict.image", ProtoField.bytes),
  ping = declare("ping.echo", ProtoField.bytes),
  pong = declare("pong.echo", ProtoField.bytes),
  message = declare("error.message", ProtoField.string, base.UNICODE),
  probability = declare("result.probability", ProtoField.float),
  model_name = declare("model_entry.name", ProtoField.string, base.UNICODE),
  version = declare("model_entry.version", ProtoField.uint32, base.DEC),
  label = declare("model_entry.label", ProtoField.string, base.UNICODE),
  problem = declare("model_entry.problem", ProtoField.string, base.UNICODE),
  threshold = declare("model_entry.rejection_threshold", ProtoField.float),
  later = declare("model_entry.later", ProtoField.bytes),
  reload = declare("reload_reply.message", ProtoField.string, base.UNICODE),
  statistics_model = declare("model_statistics.name", ProtoField.string, base.UNICODE),
  histogram_name = declare("histogram.name", ProtoField.string, base.UNICODE),
  statistic_name = declare("statistic.name", ProtoField.string, base.UNICODE),
}
local links = {
  answered_in = declare("answered_in", ProtoField.framenum, base.NONE, frametype.RESPONSE),
  answer_to = declare("answer_to", ProtoField.framenum, base.NONE, frametype.REQUEST),
  time = declare("time", ProtoField.relative_time),
}

local function fault(name, text)
  local group, severity = expert.group.MALFORMED, expert.severity.ERROR
  return ProtoExpert.new("digits.expert." .. name, text, group, severity)
end
local faults = {
  mark = fault("mark", "The mark is not 0xD1: the two sides have lost each other"),
  too_large = fault("too_large", "The length is over the receiver's limit"),
  type = fault("type", "The type is not of this version, and not ignorable"),
  flags = fault("flags", "A flag that must be understood is not of this version"),
  request_id = fault("request_id", "The request id is 0, or is not 0 and must be"),
  value = fault("value", "A field has no such value"),
  reserved = fault("reserved", "A reserved byte of a request is not zero"),
  payload = fault("payload", "The length is not what the parameters call for"),
  count = fault("count", "The image count is 0, or over the limit of WELCOME"),
  text = fault("text", "A name or a label is not UTF-8"),
  handles = fault("handles", "Two models have one handle"),
}

digits.fields = known
digits.experts = faults
digits.prefs.payload_max = Pref.uint("Largest payload, bytes", 16777216,
  "Longer frames are not waited for; for requests the limit of WELCOME holds, once seen")

-- Connections: what WELCOME announced, and which answer belongs to which request.

local tcp_stream = Field.new("tcp.stream")
local streams = {}

function digits.init() streams = {} end

local function this_stream()
  local number = tcp_stream()
  local key = number and tostring(number.value) or "-"
  streams[key] = streams[key] or {open = {}, requests = {}, answers = {}}
  return streams[key]
end

-- Before WELCOME requests keep within what every WELCOME allows.
local function payload_max(stream, type)
  if type == HELLO then return HELLO_PAYLOAD_MAX end
  if type < 0x80 and stream.payload_max then return stream.payload_max end
  return digits.prefs.payload_max
end

-- Whether the client sent it. A connection's first message that has a name tells who that is.
local function is_request(stream, type, pinfo)
  if not stream.server_port and messages[type] then
    stream.server_port = type < 0x80 and pinfo.dst_port or pinfo.src_port
  end
  return pinfo.dst_port == (stream.server_port or PORT)
end

-- Pairs requests with their answers: once, while packets are read in their order.
local function remember(stream, frame, pinfo)
  if pinfo.visited then return end
  local key = pinfo.number .. ":" .. frame.id
  if frame.message and frame.message.id == "chosen" and frame.type ~= CANCEL then
    stream.open[frame.id] = {key = key, number = pinfo.number, time = pinfo.abs_ts}
  elseif not frame.is_request and frame.id ~= "0" and stream.open[frame.id] then
    local request = stream.open[frame.id]
    stream.open[frame.id] = nil
    stream.answers[request.key] = pinfo.number
    stream.requests[key] = {number = request.number, time = pinfo.abs_ts - request.time}
  end
end

local function show_link(stream, frame, pinfo, tree)
  local key = pinfo.number .. ":" .. frame.id
  if frame.is_request and stream.answers[key] then
    tree:add(links.answered_in, stream.answers[key]):set_generated()
  elseif not frame.is_request and stream.requests[key] then
    local request = stream.requests[key]
    local seconds = math.floor(request.time)
    local nanoseconds = math.floor((request.time - seconds) * 1e9 + 0.5)
    tree:add(links.answer_to, request.number):set_generated()
    tree:add(links.time, NSTime.new(seconds, nanoseconds)):set_generated()
  end
end

-- Records

local function is_zero(range)
  return range:bytes():tohex():find("[^0]") == nil
end

-- Shows a record's fields and returns their values by name.
local function show_record(record, range, tree, is_request)
  local values, offset = {}, 0
  for _, field in ipairs(record.layout) do
    local part = range:range(offset, field.size)
    offset = offset + field.size
    local item = tree:add_le(field.field, part)
    if field.name == "reserved" then
      if is_request and not is_zero(part) then item:add_proto_expert_info(faults.reserved) end
    elseif field.kind == "u64" then
      values[field.name] = part:le_uint64()
    elseif field.kind == "f32" then
      values[field.name] = part:le_float()
    else
      values[field.name] = part:le_uint()
    end
    if field.enum and not enums[field.enum][values[field.name]] then
      item:add_proto_expert_info(faults.value)
    end
    for _, bit in ipairs(field.bits or {}) do item:add_le(bit, part) end
  end
  return values
end

-- Whether bytes are UTF-8, after Unicode's table 3-7.
local function is_utf8(text)
  local at, last = 1, #text
  while at <= last do
    local first, low, high, more = text:byte(at), 0x80, 0xBF, 0
    if first < 0x80 then more = 0
    elseif first >= 0xC2 and first <= 0xDF then more = 1
    elseif first >= 0xE0 and first <= 0xEF then
      more, low, high = 2, first == 0xE0 and 0xA0 or 0x80, first == 0xED and 0x9F or 0xBF
    elseif first >= 0xF0 and first <= 0xF4 then
      more, low, high = 3, first == 0xF0 and 0x90 or 0x80, first == 0xF4 and 0x8F or 0xBF
    else return false end
    for index = 1, more do
      local byte = text:byte(at + index)
      if not byte or byte < low or byte > high then return false end
      low, high = 0x80, 0xBF
    end
    at = at + 1 + more
  end
  return true
end

local function show_text(field, range, tree)
  local item = tree:add_packet_field(field, range, ENC_UTF_8)
  if not is_utf8(range:raw()) then item:add_proto_expert_info(faults.text) end
end

-- Additions behind an entry's labels: what is none, and what ends them, is not looked into.
local function show_additions(range, tree)
  local offset = 0
  while range:len() - offset >= 4 do
    local kind, size = range:range(offset, 2):le_uint(), range:range(offset + 2, 2):le_uint()
    if kind == 0 or offset + 4 + size > range:len() then break end
    local whole = range:range(offset, 4 + size)
    if kind == 1 and size > 0 then
      show_text(texts.problem, range:range(offset + 4, size), tree)
      tree:append_text(", with a problem")
    elseif kind == 2 and size == 4 then
      tree:add_le(texts.threshold, range:range(offset + 4, size))
    else
      tree:add(texts.later, whole)
    end
    offset = offset + 4 + size
  end
  if offset < range:len() then tree:add(texts.later, range:range(offset)) end
end

-- Versions, name and labels after an entry's fields; false where the entry is too small for them.
local function show_entry_rest(range, values, tree)
  local offset = records.model_entry.size
  local function take(size)
    if offset + size > range:len() then return nil end
    offset = offset + size
    return range:range(offset - size, size)
  end
  for _ = 1, values.version_count do
    local part = take(4)
    if not part then return false end
    tree:add_le(texts.version, part)
  end
  local name = values.name_bytes > 0 and values.name_bytes <= 64 and take(values.name_bytes)
  if not name then return false end
  show_text(texts.model_name, name, tree)
  tree:append_text(": " .. name:string(ENC_UTF_8))
  for _ = 1, values.classes do
    local size = take(1)
    if not size then return false end
    local length = size:uint()
    if length > 0 then
      local label = take(length)
      if not label then return false end
      show_text(texts.label, label, tree)
    else
      tree:add(texts.label, size, "")
    end
  end
  if offset < range:len() then show_additions(range:range(offset), tree) end
  return true
end

-- Model entries that must fill `range`; false where they do not.
local function show_entries(range, count, tree)
  local offset, handles, size = 0, {}, records.model_entry.size
  for index = 1, count do
    if not range or range:len() - offset < size then return false end
    local entry_bytes = range:range(offset, 4):le_uint()
    if entry_bytes < size or entry_bytes % 4 ~= 0 or entry_bytes > range:len() - offset then
      return false
    end
    local entry = range:range(offset, entry_bytes)
    local branch = tree:add(entry, "Model " .. index)
    local values = show_record(records.model_entry, entry, branch, false)
    if handles[values.handle] then branch:add_proto_expert_info(faults.handles) end
    handles[values.handle] = true
    if not show_entry_rest(entry, values, branch) then return false end
    offset = offset + entry_bytes
  end
  return offset == (range and range:len() or 0)
end

-- Returns where they end, nil where they are cut.
local function show_statistics(range, offset, count, tree)
  local size = records.statistic.size
  for _ = 1, count do
    if not range or range:len() - offset < size then return nil end
    local branch = tree:add(range:range(offset), "Statistic")
    local values = show_record(records.statistic, range:range(offset, size), branch, false)
    local length = values.name_bytes
    if length == 0 or range:len() - offset < size + length then return nil end
    local name = range:range(offset + size, length)
    show_text(texts.statistic_name, name, branch)
    branch:append_text(" " .. name:string(ENC_UTF_8) .. ": " .. tostring(values.value))
    branch:set_len(size + length)
    offset = offset + size + length
  end
  return offset
end

-- The same for one histogram.
local function show_histogram(range, offset, tree)
  local size, bucket = records.histogram.size, records.bucket.size
  if range:len() - offset < size then return nil end
  local branch = tree:add(range:range(offset), "Histogram")
  local values = show_record(records.histogram, range:range(offset, size), branch, false)
  local length = size + values.name_bytes + values.bucket_count * bucket
  if values.name_bytes == 0 or range:len() - offset < length then return nil end
  local name = range:range(offset + size, values.name_bytes)
  show_text(texts.histogram_name, name, branch)
  branch:append_text(" " .. name:string(ENC_UTF_8))
  branch:set_len(length)
  local at, last = offset + size + values.name_bytes, nil
  for _ = 1, values.bucket_count do
    local found = show_record(records.bucket, range:range(at, bucket), branch, false)
    if last and found.upper_bound <= last then branch:add_proto_expert_info(faults.value) end
    at, last = at + bucket, found.upper_bound
  end
  return offset + length
end

local function show_model_statistics(entry, tree)
  local branch, size = tree:add(entry, "Model"), records.model_statistics.size
  local values = show_record(records.model_statistics, entry:range(0, size), branch, false)
  local length = values.name_bytes
  if length < 1 or length > 64 or entry:len() < size + length then return false end
  local name = entry:range(size, length)
  show_text(texts.statistics_model, name, branch)
  branch:append_text(" " .. name:string(ENC_UTF_8) .. ", version " .. values.version)
  local offset = show_statistics(entry, size + length, values.statistic_count, branch)
  for _ = 1, values.histogram_count do
    offset = offset and show_histogram(entry, offset, branch)
  end
  return offset ~= nil
end

-- Payloads, by message. Each gets the frame and its payload (nil where it is empty), and returns
-- false where the length is not what the parameters call for.

local function images(frame) return frame.count == 1 and "1 image" or frame.count .. " images" end

local function show_models(frame, payload, tree)
  frame.info = frame.model_count .. " models"
  return show_entries(payload, frame.model_count, tree)
end

local function show_bytes(field, most)
  return function(_, payload, tree)
    if payload then tree:add(field, payload) end
    return not payload or payload:len() <= most
  end
end

local payloads = {}

function payloads.HELLO(frame, payload, tree)
  if payload then tree:add(texts.token, payload) end
  if frame.magic ~= MAGIC or frame.version_lowest > frame.version_highest then
    tree:add_proto_expert_info(faults.value)
  end
  return not payload or payload:len() <= 512
end

function payloads.PREDICT(frame, payload, tree, stream)
  local size = PIXELS * (frame.pixel_type == 2 and 4 or 1)
  local length = payload and payload:len() or 0
  frame.info = string.format("%s, %s, %s, model %d", images(frame),
    enums.pixel_type[frame.pixel_type] or "?", enums.return_kind[frame.return_kind] or "?",
    frame.model)
  if frame.count == 0 or frame.count > (stream.images_max or frame.count) then
    tree:add_proto_expert_info(faults.count)
  end
  for offset = 0, length - size, size do
    local item = tree:add(texts.image, payload:range(offset, size))
    item:set_text("Image " .. math.floor(offset / size))
  end
  return length == frame.count * size
end

payloads.PING = show_bytes(texts.ping, 64)
payloads.PONG = show_bytes(texts.pong, 64)

function payloads.WELCOME(frame, payload, tree, stream)
  frame.info = frame.model_count .. " models"
  if frame.magic ~= MAGIC then tree:add_proto_expert_info(faults.value) end
  if not payload or payload:len() < records.limits.size then return false end
  local limits = show_record(records.limits, payload:range(0, records.limits.size), tree, false)
  stream.payload_max, stream.images_max = limits.payload_bytes_max, limits.images_max
  local size = records.limits.size
  return show_entries(payload:len() > size and payload:range(size) or nil, frame.model_count, tree)
end

function payloads.RESULT(frame, payload, tree)
  local length = payload and payload:len() or 0
  frame.info = string.format("%s, %s, queue %d µs, inference %d µs", images(frame),
    enums.precision[frame.precision] or "?", frame.queue_us, frame.inference_us)
  if frame.count == 0 then
    tree:add_proto_expert_info(faults.count)
    return true
  end
  if frame.return_kind == 1 then
    if length ~= frame.count * records.top1.size then return false end
  elseif length == 0 or length % (4 * frame.count) ~= 0 then
    return false
  end
  local size = length / frame.count
  for index = 0, frame.count - 1 do
    local part = payload:range(index * size, size)
    local branch = tree:add(part, "Image " .. index)
    if frame.return_kind == 1 then
      show_record(records.top1, part, branch, false)
    else
      for offset = 0, size - 4, 4 do branch:add_le(texts.probability, part:range(offset, 4)) end
    end
  end
  return true
end

function payloads.STATS_REPLY(frame, payload, tree)
  frame.info = frame.entry_count .. " statistics"
  local offset, length = show_statistics(payload, 0, frame.entry_count, tree), 0
  if payload then length = payload:len() end
  if frame.model_count > 0 then frame.info = frame.info .. ", " .. frame.model_count .. " models" end
  for _ = 1, frame.model_count do
    if not offset or length - offset < records.model_statistics.size then return false end
    local entry_bytes = payload:range(offset, 4):le_uint()
    if entry_bytes < records.model_statistics.size or entry_bytes % 4 ~= 0
        or entry_bytes > length - offset then
      return false
    end
    if not show_model_statistics(payload:range(offset, entry_bytes), tree) then return false end
    offset = offset + entry_bytes
  end
  return offset == length
end

payloads.METADATA_REPLY = show_models
payloads.MODELS_CHANGED = show_models

function payloads.ERROR(frame, payload, tree)
  frame.info = enums.error_code[frame.code] or "code " .. frame.code
  if payload then
    tree:add_packet_field(texts.message, payload, ENC_UTF_8)
    frame.info = frame.info .. ": " .. payload:string(ENC_UTF_8)
  end
  return not payload or payload:len() <= 512
end

function payloads.RELOAD_REPLY(frame, payload, tree)
  frame.info = string.format("%s, %d loaded, %d removed, %d refused",
    enums.reload_outcome[frame.outcome] or "?", frame.loaded, frame.removed, frame.refused)
  if payload then show_text(texts.reload, payload, tree) end
  return not payload or payload:len() <= 4096
end

function payloads.GOAWAY(frame, payload)
  frame.info = (enums.goaway_reason[frame.reason] or "?") .. ", " .. frame.grace_ms .. " ms"
  return payload == nil
end

function payloads.HEALTH(frame, payload)
  frame.info = enums.probe[frame.probe] or "?"
  return payload == nil
end

function payloads.HEALTH_REPLY(frame, payload)
  frame.info = (enums.probe[frame.probe] or "?") .. ", " .. (frame.yes == 1 and "yes" or "no")
  return payload == nil
end

-- Frames

local function show_flags(frame, range, tree)
  local item = tree:add_le(header.flags, range)
  if frame.type == PREDICT then item:add_le(header.raw, range) end
  local unknown = bit.band(frame.flags, frame.type == PREDICT and 0xFE00 or 0xFF00)
  if frame.is_request and not frame.is_ignorable and unknown ~= 0 then
    item:add_proto_expert_info(faults.flags)
  end
end

local function name_of(frame)
  if frame.message then return frame.message.name end
  return string.format(frame.is_ignorable and "ignorable type 0x%02X" or "unknown type 0x%02X",
    frame.type)
end

local function show_header(frame, tvb, tree)
  tree:add_le(header.length, tvb(0, 4))
  local type_item = tree:add(header.type, tvb(4, 1))
  tree:add(header.mark, tvb(5, 1))
  show_flags(frame, tvb(6, 2), tree)
  local id_item = tree:add_le(header.id, tvb(8, 8))
  -- A client skips the types that it does not know.
  if frame.is_request and not frame.message and not frame.is_ignorable then
    type_item:add_proto_expert_info(faults.type)
  end
  local rule = frame.message and frame.message.id
  if (rule == "zero" and frame.id ~= "0") or (rule == "chosen" and frame.id == "0") then
    id_item:add_proto_expert_info(faults.request_id)
  end
end

local function show_frame(frame, tvb, tree, stream)
  show_header(frame, tvb, tree)
  local payload = tvb:len() > HEADER and tvb(HEADER) or nil
  if frame.length > payload_max(stream, frame.type) then
    tree:add_proto_expert_info(faults.too_large)
    return
  end
  if not frame.message then
    tree:add(header.parameters, tvb(16, 16))
    if payload then tree:add(header.payload, payload) end
    return
  end
  local values = show_record(frame.message, tvb(16, 16), tree, frame.is_request)
  for name, value in pairs(values) do frame[name] = value end
  local show = payloads[frame.message.name] or function() return payload == nil end
  if not show(frame, payload, tree, stream) then tree:add_proto_expert_info(faults.payload) end
end

local function frame_of(tvb, stream, pinfo)
  local type = tvb(4, 1):uint()
  local is_request = is_request(stream, type, pinfo)
  return {
    length = tvb(0, 4):le_uint(), type = type, flags = tvb(6, 2):le_uint(),
    id = tostring(tvb(8, 8):le_uint64()), is_request = is_request,
    message = is_request == (type < 0x80) and messages[type] or nil,
    is_ignorable = type >= 0x40 and type <= 0x7F,
  }
end

local is_first = true

local function show_info(pinfo, text)
  if is_first then pinfo.cols.info:set(text) else pinfo.cols.info:append(" | " .. text) end
  is_first = false
end

local function dissect_frame(tvb, pinfo, root)
  pinfo.cols.protocol:set("Digits")
  local tree = root:add(digits, tvb())
  if tvb(5, 1):uint() ~= MARK or tvb:len() < HEADER then
    tree:append_text(", not a frame")
    tree:add_proto_expert_info(faults.mark)
    show_info(pinfo, "not a frame")
    return tvb:len()
  end
  local stream = this_stream()
  local frame = frame_of(tvb, stream, pinfo)
  local text = name_of(frame)
  remember(stream, frame, pinfo)
  show_frame(frame, tvb, tree, stream)
  show_link(stream, frame, pinfo, tree)
  if frame.id ~= "0" then text = text .. " " .. frame.id end
  if frame.info then text = text .. " (" .. frame.info .. ")" end
  tree:append_text(", " .. text)
  show_info(pinfo, text)
  return tvb:len()
end

-- What is not a frame, or is too large for the receiver, ends what can be read.
local function frame_length(tvb, _, offset)
  local rest = tvb:len() - offset
  if tvb(offset + 5, 1):uint() ~= MARK then return math.max(rest, 6) end
  local length = tvb(offset, 4):le_uint()
  if length > payload_max(this_stream(), tvb(offset + 4, 1):uint()) then
    return math.max(rest, HEADER)
  end
  return HEADER + length
end

function digits.dissector(tvb, pinfo, tree)
  is_first = true
  dissect_tcp_pdus(tvb, tree, 6, frame_length, dissect_frame)
  return tvb:len()
end

-- HELLO and WELCOME have the magic; a HEALTH and its reply are constants but for two bytes.
local function is_known_start(tvb)
  if tvb:len() < HEADER or tvb(5, 1):uint() ~= MARK then return false end
  local type = tvb(4, 1):uint()
  if type == HELLO or type == WELCOME then return tvb(16, 4):le_uint() == MAGIC end
  return (type == HEALTH or type == HEALTH_REPLY) and tvb(0, 4):uint() == 0
    and is_zero(tvb(6, 10)) and is_zero(tvb(18, 14))
end

-- A connection on any port is known by what it begins with.
digits:register_heuristic("tcp", function(tvb, pinfo, tree)
  if not is_known_start(tvb) then return false end
  digits.dissector(tvb, pinfo, tree)
  pinfo.conversation = digits
  return true
end)

DissectorTable.get("tcp.port"):add(PORT, digits)
DissectorTable.get("tls.port"):add(PORT, digits)
