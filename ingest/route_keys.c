/*
 * ingest/route_keys.c — the keys and words of `subscribe:`, as forms (core/option.h).
 */
#include "ingest/mapping.h"
#include "ingest/route.h"

/* In order of enum ioc_reading_time. */
static const char *const times[] = {"auto", "rfc3339", "epoch_s", "epoch_ms", NULL};
static const char *const orders[] = {"longitude_latitude", "latitude_longitude", NULL};
static const char *const payload[] = {"payload", NULL};
static const char pointer_pattern[] = "^(/([^~]|~[01])*)?$";

static const struct ioc_option missing_value = {.key = "VALUE", .type = IOC_OPTION_SCALAR};
static const struct ioc_option missing_forms[] = {
    {.key = "VALUE", .type = IOC_OPTION_SCALAR},
    {.key = "VALUES", .type = IOC_OPTION_LIST, .inside = &missing_value},
    IOC_OPTION_END};

static const struct ioc_option place_keys[] = {
    {.key = "pointer",
        .type = IOC_OPTION_TEXT,
        .pattern = pointer_pattern,
        .help = "JSON pointer (RFC 6901) to the value",
        .help_vi = "con trỏ JSON (RFC 6901) đến giá trị",
        .example = "/depth"},
    {.key = "topic_level",
        .type = IOC_OPTION_INT,
        .low = 0,
        .high = 127,
        .help = "level of the topic that is the value, counted from 0",
        .help_vi = "cấp của topic, đếm từ 0",
        .example = "3"},
    {.key = "value",
        .type = IOC_OPTION_SCALAR,
        .help = "a constant",
        .help_vi = "hằng số",
        .example = "drainage"},
    {.key = "latitude",
        .type = IOC_OPTION_TEXT,
        .pattern = pointer_pattern,
        .help = "pointer to a point's latitude",
        .help_vi = "con trỏ đến vĩ độ",
        .example = "/lat"},
    {.key = "longitude",
        .type = IOC_OPTION_TEXT,
        .pattern = pointer_pattern,
        .help = "pointer to a point's longitude",
        .help_vi = "con trỏ đến kinh độ",
        .example = "/lon"},
    {.key = "order",
        .type = IOC_OPTION_CHOICE,
        .choices = orders,
        .fallback = "longitude_latitude",
        .help = "of a point from a list of two numbers",
        .help_vi = "thứ tự của điểm trong danh sách hai số"},
    {.key = "unit",
        .type = IOC_OPTION_TEXT,
        .help = "unit that is sent; converted to the field's unit",
        .help_vi = "đơn vị được gửi; đổi sang đơn vị của trường",
        .otherwise = "the field's unit",
        .example = "m"},
    {.key = "time",
        .type = IOC_OPTION_CHOICE,
        .choices = times,
        .fallback = "auto",
        .help = "how a time is written; auto: by what it looks like",
        .help_vi = "cách ghi thời gian; auto: tự nhận dạng"},
    {.key = "zone",
        .type = IOC_OPTION_TEXT,
        .help = "zone of times that state none",
        .help_vi = "múi giờ của thời gian không ghi múi giờ",
        .otherwise = "the route's, else the city's",
        .example = "UTC"},
    {.key = "missing",
        .type = IOC_OPTION_EITHER,
        .inside = missing_forms,
        .help = "values that mean that nothing was measured",
        .help_vi = "giá trị nghĩa là không đo được",
        .otherwise = "the route's",
        .example = "[-999, \"N/A\"]"},
    {.key = "items",
        .type = IOC_OPTION_TABLE,
        .others = &ioc_mapping_form,
        .help = "where the fields of each record of a list come from",
        .help_vi = "nguồn của từng trường trong danh sách bản ghi",
        .example = "{label: /class, score: /p}"},
    IOC_OPTION_END};
static const struct ioc_option mapping_forms[] = {
    {.key = "POINTER", .type = IOC_OPTION_TEXT, .pattern = pointer_pattern},
    {.key = "PLACE", .type = IOC_OPTION_TABLE, .inside = place_keys},
    IOC_OPTION_END};
const struct ioc_option ioc_mapping_form = {.key = "FIELD",
    .type = IOC_OPTION_EITHER,
    .shared = "mapping",
    .inside = mapping_forms,
    .help = "Where a field comes from: a JSON pointer, or exactly one of pointer, topic_level, value, or latitude and "
            "longitude",
    .help_vi = "Nguồn của trường: con trỏ JSON, hoặc đúng một trong pointer, topic_level, value, hay latitude và longitude"};

const struct ioc_option ioc_decoder_json_keys[] = {
    {.key = "each",
        .type = IOC_OPTION_TEXT,
        .pattern = pointer_pattern,
        .help = "pointer to a list: one event per item, and pointers are then relative to the item",
        .help_vi = "con trỏ đến danh sách: mỗi phần tử là một sự kiện",
        .otherwise = "one message is one event",
        .example = "/readings"},
    {.key = "missing",
        .type = IOC_OPTION_EITHER,
        .inside = missing_forms,
        .help = "values that mean that nothing was measured; null always does",
        .help_vi = "giá trị nghĩa là không đo được; null luôn như vậy",
        .otherwise = "null alone",
        .example = "[-999, \"N/A\"]"},
    {.key = "zone",
        .type = IOC_OPTION_TEXT,
        .help = "zone of times that state none",
        .help_vi = "múi giờ của thời gian không ghi múi giờ",
        .otherwise = "the city's",
        .example = "Asia/Ho_Chi_Minh"},
    {.key = "fields",
        .type = IOC_OPTION_TABLE,
        .others = &ioc_mapping_form,
        .help = "where each field of the stream comes from",
        .help_vi = "nguồn của từng trường trong luồng",
        .otherwise = "each under its own name",
        .example = "{station: {topic_level: 3}, depth_cm: {pointer: /depth, unit: m}}"},
    IOC_OPTION_END};

static const struct ioc_option level_keys[] = {
    {.key = "topic_level",
        .type = IOC_OPTION_INT,
        .is_required = true,
        .low = 0,
        .high = 127,
        .help = "level of the topic that must equal the stream's key, counted from 0",
        .help_vi = "cấp của topic phải trùng khóa của luồng, đếm từ 0",
        .example = "3"},
    IOC_OPTION_END};
static const struct ioc_option identity_forms[] = {
    {.key = "PAYLOAD", .type = IOC_OPTION_CHOICE, .choices = payload},
    {.key = "LEVEL", .type = IOC_OPTION_TABLE, .inside = level_keys},
    IOC_OPTION_END};

static const struct ioc_option route_keys[] = {
    {.key = "topic",
        .type = IOC_OPTION_TEXT,
        .is_required = true,
        .help = "MQTT filter: + is one level, # the rest",
        .help_vi = "bộ lọc MQTT: + là một cấp, # là phần còn lại",
        .example = "city/+/street_depth/+"},
    {.key = "qos",
        .type = IOC_OPTION_INT,
        .low = 0,
        .high = 2,
        .fallback = "1",
        .help = "quality of service",
        .help_vi = "mức QoS"},
    {.key = "stream",
        .type = IOC_OPTION_TEXT,
        .is_required = true,
        .help = "stream that its messages belong to",
        .help_vi = "luồng mà bản tin thuộc về",
        .example = "street_depth"},
    {.key = "decode",
        .type = IOC_OPTION_TEXT,
        .fallback = "json",
        .help = "what the bytes are",
        .help_vi = "dạng của dữ liệu"},
    {.key = "identity",
        .type = IOC_OPTION_EITHER,
        .inside = identity_forms,
        .help = "who may speak for whom: a level of the topic must equal the key; payload: the sender's word is taken",
        .help_vi = "ai được nói cho ai: một cấp của topic phải trùng khóa; payload: tin lời người gửi",
        .otherwise = "the stream's",
        .example = "{topic_level: 3}"},
    IOC_OPTION_END};

static bool find_decoder(uint32_t index, struct ioc_option_variant *variant)
{
    const struct ioc_decoder_kind *kind = ioc_decoder_kinds[index];
    if (kind)
        *variant = (struct ioc_option_variant){kind->name, kind->summary, kind->options};
    return kind;
}

const struct ioc_option ioc_route_form = {.key = "ROUTE",
    .type = IOC_OPTION_TABLE,
    .shared = "route",
    .inside = route_keys,
    .selector = "decode",
    .variant = find_decoder,
    .help = "Which messages become events of which stream",
    .help_vi = "Bản tin nào thành sự kiện của luồng nào"};
