/*
 * config/citykeys.c — the keys and words of city files.
 */
#include "config/citykeys.h"
#include "core/schema.h"
#include "ingest/route.h"
#include "ingest/source.h"
#include "rules/rulekeys.h"
#include "sinks/sink.h"
#include "sinks/wall/gateway.h"

/* Each in order of its enum: config/fields.c. */
static const char *const types[] = {"bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration", "point",
    "list", "map", NULL};
static const char *const out_of_range[] = {"keep", "missing", NULL};
static const char *const personals[] = {"plate", "face", "phone", "email", "name", "text", "informant", NULL};

static const char *const received[] = {"received", NULL};
static const char *const payload[] = {"payload", NULL};

static const char field_pattern[] = "^(?!ioc_)[A-Za-z_][A-Za-z0-9_]{0,63}$";
static const char stream_pattern[] = "^[a-z][a-z0-9_-]{0,47}$";

/* ------------------------------------------------------------- fields */

static const struct ioc_option text = {.key = "TEXT", .type = IOC_OPTION_TEXT};
static const struct ioc_option number = {.key = "NUMBER", .type = IOC_OPTION_DOUBLE};

static const struct ioc_option of_forms[] = {
    {.key = "TYPE", .type = IOC_OPTION_CHOICE, .choices = types},
    {.key = "FIELDS", .type = IOC_OPTION_TABLE, .others = &ioc_field_form, .pattern = field_pattern},
    IOC_OPTION_END};
static const struct ioc_option field_keys[] = {
    {.key = "type", .type = IOC_OPTION_CHOICE, .is_required = true, .choices = types, .help = "type of its values", .help_vi = "kiểu giá trị"},
    {.key = "unit", .type = IOC_OPTION_TEXT, .help = "unit of the number", .help_vi = "đơn vị đo", .otherwise = "none", .example = "cm"},
    {.key = "datum", .type = IOC_OPTION_TEXT, .help = "what a level is measured from", .help_vi = "mốc cao độ", .otherwise = "none", .example = "hon-dau"},
    {.key = "decimals", .type = IOC_OPTION_INT, .low = 0, .high = 9, .help = "digits behind the point that people see",
        .help_vi = "số chữ số thập phân hiển thị", .otherwise = "as many as the number has", .example = "1"},
    {.key = "range", .type = IOC_OPTION_LIST, .low = 2, .high = 2, .inside = &number,
        .help = "what is physically plausible, in the field's unit; a value outside is reported, and still decides",
        .help_vi = "khoảng hợp lý về vật lý, theo đơn vị của trường; giá trị ngoài khoảng được báo cáo nhưng vẫn có hiệu lực", .otherwise = "no bounds",
        .example = "[-5, 300]"},
    {.key = "out_of_range", .type = IOC_OPTION_CHOICE, .choices = out_of_range, .fallback = "keep",
        .help = "what becomes of a value outside its range; missing needs `optional: true`", .help_vi = "xử lý giá trị ngoài khoảng; missing cần `optional: true`"},
    {.key = "optional", .type = IOC_OPTION_BOOL, .fallback = "false", .help = "whether an event may come without it", .help_vi = "sự kiện có thể thiếu trường này"},
    {.key = "personal", .type = IOC_OPTION_CHOICE, .choices = personals,
        .help = "it is personal: the value becomes a keyed pseudonym at ingest; informant is not stored at all",
        .help_vi = "dữ liệu cá nhân: được thay bằng bí danh có khóa khi nhận; informant không được lưu", .otherwise = "it is not"},
    {.key = "one_of", .type = IOC_OPTION_LIST, .low = 1, .inside = &text,
        .help = "the only texts that a string may be", .help_vi = "danh sách chuỗi được phép", .otherwise = "any text", .example = "[active, planned, removed]"},
    {.key = "of", .type = IOC_OPTION_EITHER, .inside = of_forms, .help = "of a list: the type of its items, or the fields of its records",
        .help_vi = "với danh sách: kiểu phần tử, hoặc các trường của bản ghi", .otherwise = "only a list needs it", .example = "{label: string, score: double}"},
    {.key = "max", .type = IOC_OPTION_INT, .low = 1, .high = 1000000, .help = "most bytes of a text, most items of a list",
        .help_vi = "độ dài chuỗi hoặc số phần tử tối đa", .otherwise = "the engine's bound", .example = "64"},
    IOC_OPTION_END};
static const struct ioc_option field_forms[] = {
    {.key = "TYPE", .type = IOC_OPTION_CHOICE, .choices = types},
    {.key = "FIELD", .type = IOC_OPTION_TABLE, .inside = field_keys},
    IOC_OPTION_END};
const struct ioc_option ioc_field_form = {.key = "FIELD", .type = IOC_OPTION_EITHER, .shared = "field", .inside = field_forms,
    .help = "A field of a stream or a column of a table: its type, or a map that says more",
    .help_vi = "Trường của luồng hoặc cột của bảng: kiểu, hoặc bảng mô tả chi tiết"};

/* ------------------------------------------------------------- tables and streams */

static const struct ioc_option table_keys[] = {
    {.key = "file", .type = IOC_OPTION_PATH, .is_required = true, .help = "CSV, or GeoJSON points; beside this file",
        .help_vi = "tệp CSV hoặc GeoJSON, tính từ thư mục của tệp này", .example = "stations.csv"},
    {.key = "key", .type = IOC_OPTION_TEXT, .is_required = true, .help = "column that names the row", .help_vi = "cột khóa", .example = "station"},
    {.key = "columns", .type = IOC_OPTION_TABLE, .is_required = true, .others = &ioc_field_form, .pattern = field_pattern,
        .help = "its columns and their types", .help_vi = "các cột và kiểu của chúng", .example = "{name: string, limit_cm: {type: double, unit: cm, optional: true}}"},
    {.key = "delimiter", .type = IOC_OPTION_TEXT, .help = "between cells: one letter, or tab", .help_vi = "ký tự phân cách ô, hoặc tab",
        .otherwise = "detected", .example = "tab"},
    {.key = "decimal", .type = IOC_OPTION_TEXT, .help = "decimal sign of its numbers", .help_vi = "dấu thập phân", .otherwise = "detected", .example = "\",\""},
    IOC_OPTION_END};
const struct ioc_option ioc_table_form = {.key = "NAME", .type = IOC_OPTION_TABLE, .shared = "table", .inside = table_keys,
    .help = "A table that rules look up: loaded all or nothing", .help_vi = "Bảng tra cứu cho quy tắc: nạp tất cả hoặc không nạp"};

static const struct ioc_option time_keys[] = {
    {.key = "field", .type = IOC_OPTION_TEXT, .is_required = true, .help = "field of type timestamp", .help_vi = "trường kiểu timestamp", .example = "observed_at"},
    {.key = "lateness", .type = IOC_OPTION_SPAN, .fallback = "30s", .help = "how much older than the newest reading one may be", .help_vi = "được trễ bao lâu"},
    {.key = "max_future", .type = IOC_OPTION_SPAN, .fallback = "2m", .help = "how far ahead a device's clock is believed",
        .help_vi = "đồng hồ thiết bị được chạy nhanh bao lâu"},
    IOC_OPTION_END};
static const struct ioc_option time_forms[] = {
    {.key = "RECEIVED", .type = IOC_OPTION_CHOICE, .choices = received},
    {.key = "TIME", .type = IOC_OPTION_TABLE, .inside = time_keys},
    IOC_OPTION_END};
static const struct ioc_option identity_keys[] = {
    {.key = "topic_level", .type = IOC_OPTION_INT, .is_required = true, .low = 0, .high = 63, .help = "level of the topic that must equal the key, counted from 0",
        .help_vi = "cấp của topic phải trùng khóa, đếm từ 0", .example = "3"},
    IOC_OPTION_END};
static const struct ioc_option identity_forms[] = {
    {.key = "PAYLOAD", .type = IOC_OPTION_CHOICE, .choices = payload},
    {.key = "LEVEL", .type = IOC_OPTION_TABLE, .inside = identity_keys},
    IOC_OPTION_END};
static const struct ioc_option inventory_keys[] = {
    {.key = "table", .type = IOC_OPTION_TEXT, .is_required = true, .help = "table whose rows describe the keys", .help_vi = "bảng mô tả các khóa", .example = "stations"},
    IOC_OPTION_END};
static const struct ioc_option dedupe_keys[] = {
    {.key = "field", .type = IOC_OPTION_TEXT, .is_required = true, .help = "field that is the same in a repetition", .help_vi = "trường trùng nhau khi lặp lại",
        .example = "message_id"},
    {.key = "for", .type = IOC_OPTION_SPAN, .is_required = true, .help = "how long it is remembered", .help_vi = "nhớ trong bao lâu", .example = "10m"},
    IOC_OPTION_END};
static const struct ioc_option live_keys[] = {
    {.key = "field", .type = IOC_OPTION_TEXT, .help = "number or bool that is shown", .help_vi = "số hoặc bool được hiển thị", .otherwise = "the first number", .example = "depth_cm"},
    {.key = "kind", .type = IOC_OPTION_TEXT, .help = "what the wall calls it", .help_vi = "tên loại trên màn hình", .otherwise = "the stream's name", .example = "street-depth"},
    {.key = "position", .type = IOC_OPTION_TEXT, .help = "field of type point", .help_vi = "trường kiểu point", .otherwise = "the first point", .example = "position"},
    IOC_OPTION_END};
static const struct ioc_option stream_keys[] = {
    {.key = "key", .type = IOC_OPTION_TEXTS, .low = 1, .is_required = true, .help = "what its events speak of: one field or a list of at most four",
        .help_vi = "sự kiện nói về cái gì: một trường hoặc danh sách trường", .example = "station"},
    {.key = "identity", .type = IOC_OPTION_EITHER, .inside = identity_forms,
        .help = "who may speak for whom, for all its routes: a level of the topic must equal the key; payload: the sender's word is taken",
        .help_vi = "ai được nói cho ai: một cấp của topic phải trùng khóa; payload: tin lời người gửi", .otherwise = "payload", .example = "{topic_level: 3}"},
    {.key = "time", .type = IOC_OPTION_EITHER, .inside = time_forms, .help = "the event's own time", .help_vi = "thời gian của sự kiện", .otherwise = "received",
        .example = "{field: observed_at, lateness: 30s, max_future: 2m}"},
    {.key = "interval", .type = IOC_OPTION_SPAN, .help = "nominal rhythm of each key", .help_vi = "nhịp gửi bình thường", .otherwise = "none", .example = "5m"},
    {.key = "stale_after", .type = IOC_OPTION_SPAN, .help = "silence beyond it is unknown, never zero", .help_vi = "im lặng quá lâu là không rõ, không bao giờ là 0",
        .otherwise = "3 × interval", .example = "15m"},
    {.key = "inventory", .type = IOC_OPTION_TABLE, .inside = inventory_keys, .help = "`asset.<column>` in rules; names and positions on the wall",
        .help_vi = "`asset.<cột>` trong quy tắc; tên và vị trí trên màn hình", .otherwise = "none", .example = "{table: stations}"},
    {.key = "dedupe", .type = IOC_OPTION_TABLE, .inside = dedupe_keys, .help = "the same message twice is one reading", .help_vi = "bản tin trùng chỉ tính một lần",
        .otherwise = "nothing is remembered", .example = "{field: message_id, for: 10m}"},
    {.key = "live", .type = IOC_OPTION_TABLE, .inside = live_keys, .help = "what the wall shows", .help_vi = "những gì màn hình hiển thị", .otherwise = "the first number",
        .example = "{field: depth_cm, kind: street-depth}"},
    {.key = "fields", .type = IOC_OPTION_TABLE, .is_required = true, .others = &ioc_field_form, .pattern = field_pattern, .help = "its fields and their types",
        .help_vi = "các trường và kiểu của chúng", .example = "{station: string, depth_cm: {type: double, unit: cm}}"},
    {.key = "priority", .type = IOC_OPTION_INT, .low = 0, .high = 1000, .fallback = "100", .help = "order in which live values are told when there is too much to tell",
        .help_vi = "thứ tự ưu tiên khi có quá nhiều giá trị"},
    IOC_OPTION_END};
const struct ioc_option ioc_stream_form = {.key = "NAME", .type = IOC_OPTION_TABLE, .shared = "stream", .inside = stream_keys,
    .help = "Events of one kind", .help_vi = "Sự kiện cùng loại"};

/* ------------------------------------------------------------- sources, sinks, commands, wall */

static bool find_source(uint32_t index, struct ioc_option_variant *variant)
{
    const struct ioc_source_kind *kind = ioc_source_kinds[index];
    if (kind)
        *variant = (struct ioc_option_variant){kind->name, kind->summary, kind->options};
    return kind;
}

static bool find_sink(uint32_t index, struct ioc_option_variant *variant)
{
    const struct ioc_sink_kind *kind = ioc_sink_kinds[index];
    if (kind)
        *variant = (struct ioc_option_variant){kind->name, kind->summary, kind->options};
    return kind;
}

static const struct ioc_option source_keys[] = {
    {.key = "name", .type = IOC_OPTION_TEXT, .is_required = true, .help = "its name in logs, metrics and dead letters", .help_vi = "tên trong nhật ký và số liệu", .example = "sensors"},
    {.key = "kind", .type = IOC_OPTION_TEXT, .is_required = true, .help = "what it is: `ioc kinds`", .help_vi = "loại nguồn: xem `ioc kinds`"},
    {.key = "subscribe", .type = IOC_OPTION_LIST, .is_required = true, .low = 1, .inside = &ioc_route_form, .help = "which messages become which events",
        .help_vi = "bản tin nào thành sự kiện nào"},
    IOC_OPTION_END};
const struct ioc_option ioc_source_form = {.key = "SOURCE", .type = IOC_OPTION_TABLE, .shared = "source", .inside = source_keys, .selector = "kind", .variant = find_source,
    .help = "Where messages come from", .help_vi = "Nơi bản tin đến"};

static const struct ioc_option sink_keys[] = {
    {.key = "name", .type = IOC_OPTION_TEXT, .is_required = true, .help = "its name in logs and metrics", .help_vi = "tên trong nhật ký và số liệu", .example = "redis"},
    {.key = "kind", .type = IOC_OPTION_TEXT, .is_required = true, .help = "what it is: `ioc kinds`", .help_vi = "loại đích: xem `ioc kinds`"},
    IOC_OPTION_END};
const struct ioc_option ioc_sink_form = {.key = "SINK", .type = IOC_OPTION_TABLE, .shared = "sink", .inside = sink_keys, .selector = "kind", .variant = find_sink,
    .help = "Who is told", .help_vi = "Nơi nhận kết quả"};

const struct ioc_option ioc_city_redis_keys[] = {
    {.key = "address", .type = IOC_OPTION_TEXT, .fallback = "127.0.0.1:6379",
        .help = "Redis: 127.0.0.1:6379, [::1]:6379 or unix:/path", .help_vi = "địa chỉ Redis", .offset = offsetof(struct ioc_city_redis, address)},
    {.key = "username", .type = IOC_OPTION_TEXT, .fallback = "",
        .help = "ACL user", .help_vi = "người dùng ACL", .offset = offsetof(struct ioc_city_redis, username)},
    {.key = "password", .type = IOC_OPTION_SECRET,
        .help = "its password", .help_vi = "mật khẩu", .offset = offsetof(struct ioc_city_redis, password)},
    IOC_OPTION_END};

const struct ioc_option ioc_gate_keys[] = {
    {.key = "key", .type = IOC_OPTION_SECRET, .is_required = true, .help = "32 bytes as 64 hex characters, the same as the gateway's",
        .help_vi = "32 byte viết thành 64 chữ số thập lục phân, giống của cổng", .offset = offsetof(struct ioc_command_gate, key)},
    IOC_OPTION_END};
static const struct ioc_option gate_form = {.key = "NAME", .type = IOC_OPTION_TABLE, .inside = ioc_gate_keys};
static const struct ioc_option command_keys[] = {
    {.key = "gates", .type = IOC_OPTION_TABLE, .is_required = true, .others = &gate_form, .help = "gateways whose commands are taken, by name",
        .help_vi = "các cổng được phép gửi lệnh, theo tên", .example = "{wall: {key: {file: gate.key}}}"},
    IOC_OPTION_END};

/* ------------------------------------------------------------- the city */

static const struct ioc_option limit_keys[] = {
    {.key = "keys", .type = IOC_OPTION_INT, .low = 64, .high = 100000000, .fallback = "1000000", .offset = offsetof(struct ioc_city_limits, keys),
        .help = "most keys of all streams together",
        .help_vi = "tổng số khóa tối đa"},
    {.key = "inbox", .type = IOC_OPTION_BYTES, .fallback = "16 MiB", .offset = offsetof(struct ioc_city_limits, inbox_bytes),
        .help = "bytes that wait for a lane, 4 MiB to 1 GiB", .help_vi = "bộ đệm vào, 4 MiB đến 1 GiB"},
    {.key = "deadletters", .type = IOC_OPTION_BYTES, .fallback = "16 MiB", .offset = offsetof(struct ioc_city_limits, deadletter_bytes),
        .help = "size of each of the two files of refused messages",
        .help_vi = "kích thước mỗi tệp bản tin bị từ chối"},
    IOC_OPTION_END};
static const struct ioc_option pseudonym_keys[] = {
    {.key = "rotate", .type = IOC_OPTION_SPAN, .fallback = "30d", .help = "how long one key for personal values is used: 1h to 3650d",
        .help_vi = "thời gian dùng một khóa bí danh: 1h đến 3650d"},
    IOC_OPTION_END};
static const struct ioc_option area_keys[] = {
    {.key = "file", .type = IOC_OPTION_PATH, .is_required = true, .help = "GeoJSON with polygons", .help_vi = "tệp GeoJSON chứa đa giác", .example = "districts.geojson"},
    {.key = "key", .type = IOC_OPTION_TEXT, .is_required = true, .help = "property that names an area", .help_vi = "thuộc tính khóa", .example = "code"},
    {.key = "name", .type = IOC_OPTION_TEXT, .help = "property that people read", .help_vi = "thuộc tính tên", .otherwise = "the key", .example = "name"},
    IOC_OPTION_END};

static const struct ioc_option city_keys[] = {
    {.key = "site", .type = IOC_OPTION_TEXT, .is_required = true, .pattern = "^[a-z0-9-]{1,32}$",
        .help = "short word; hash tag in Redis and part of every alert id: never change it", .help_vi = "mã ngắn, nằm trong mọi mã cảnh báo: không bao giờ đổi", .example = "hcm"},
    {.key = "name", .type = IOC_OPTION_EITHER, .help = "its name for screens", .help_vi = "tên trên màn hình", .otherwise = "the site",
        .inside = ioc_bilingual_forms, .example = "{vi: TP. Hồ Chí Minh, en: Ho Chi Minh City}"},
    {.key = "timezone", .type = IOC_OPTION_TEXT, .fallback = "UTC", .help = "IANA name; of times without a zone, and for screens", .help_vi = "múi giờ IANA",
        .example = "Asia/Ho_Chi_Minh"},
    {.key = "state", .type = IOC_OPTION_PATH, .fallback = "state", .help = "directory for keys, dead letters and broker sessions (made 0700)",
        .help_vi = "thư mục trạng thái (tạo với quyền 0700)"},
    {.key = "lanes", .type = IOC_OPTION_INT, .low = 1, .high = 16, .fallback = "1", .help = "engine threads; 64 partitions are spread over them", .help_vi = "số luồng xử lý"},
    {.key = "limits", .type = IOC_OPTION_TABLE, .inside = limit_keys, .help = "bounds of memory and files", .help_vi = "giới hạn bộ nhớ và tệp", .otherwise = "as below"},
    {.key = "pseudonyms", .type = IOC_OPTION_TABLE, .inside = pseudonym_keys, .help = "how personal values are hidden", .help_vi = "cách che dữ liệu cá nhân", .otherwise = "as below"},
    {.key = "areas", .type = IOC_OPTION_TABLE, .inside = area_keys, .help = "polygons: the area of an alert and of an entity", .help_vi = "ranh giới khu vực của cảnh báo và đối tượng",
        .otherwise = "none", .example = "{file: districts.geojson, key: code, name: name}"},
    {.key = "tables", .type = IOC_OPTION_TABLE, .others = &ioc_table_form, .help = "reference tables by name", .help_vi = "các bảng tra cứu", .otherwise = "none"},
    {.key = "streams", .type = IOC_OPTION_TABLE, .others = &ioc_stream_form, .pattern = stream_pattern, .help = "streams of events by name", .help_vi = "các luồng sự kiện",
        .otherwise = "none"},
    {.key = "sources", .type = IOC_OPTION_LIST, .inside = &ioc_source_form, .help = "where messages come from", .help_vi = "nơi bản tin đến", .otherwise = "none"},
    {.key = "sinks", .type = IOC_OPTION_LIST, .inside = &ioc_sink_form, .help = "who is told", .help_vi = "nơi nhận kết quả", .otherwise = "none"},
    {.key = "commands", .type = IOC_OPTION_TABLE, .inside = command_keys, .also = ioc_city_redis_keys, .help = "operators' commands, taken from Redis",
        .help_vi = "lệnh của người vận hành, nhận từ Redis", .otherwise = "none are taken"},
    {.key = "profiles", .type = IOC_OPTION_TABLE, .others = &ioc_profile_form, .help = "named defaults for rules", .help_vi = "bộ mặc định cho quy tắc", .otherwise = "none",
        .example = "{flood: {hold: {for: 2m, readings: 2}, on_missing: keep}}"},
    {.key = "rules", .type = IOC_OPTION_TEXTS, .help = "rule files or globs, beside this file, read in order of name", .help_vi = "các tệp quy tắc hoặc mẫu tên tệp", .otherwise = "none",
        .example = "[rules/*.yaml]"},
    {.key = "listen", .type = IOC_OPTION_TEXT, .help = "loopback address:port for /metrics and /healthz; port 0 = any free one", .help_vi = "địa chỉ nội bộ cho /metrics và /healthz",
        .otherwise = "not served", .example = "127.0.0.1:9464"},
    {.key = "wall", .type = IOC_OPTION_TABLE, .inside = ioc_gateway_option_table, .also = ioc_city_redis_keys, .help = "the display gateway (`ioc wall`) and the Redis it reads",
        .help_vi = "cổng màn hình (`ioc wall`) và Redis mà nó đọc", .otherwise = "no wall"},
    IOC_OPTION_END};
const struct ioc_option ioc_city_form = {.key = "CITY", .type = IOC_OPTION_TABLE, .shared = "city", .inside = city_keys,
    .help = "A city: its streams, tables, sources, sinks and what they need (config/manual/city.md)",
    .help_vi = "Một thành phố: luồng, bảng, nguồn, đích và những gì chúng cần (config/manual/city.md)"};
