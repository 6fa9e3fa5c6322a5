/*
 * rules/rulekeys.c — the keys and words of rule files.
 */
#include "rules/rulekeys.h"

const char *const ioc_rule_severities[] = {"warning", "minor", "major", "critical", NULL};
/* Each in order of its enum in rules/rule.h. */
static const char *const modes[] = {"live", "shadow", "off", NULL};
static const char *const acks[] = {"by-severity", "required", "on_raise", "none", NULL};
static const char *const missing[] = {"keep", "clear", "raise", NULL};
static const char *const silences[] = {"doubtful", "clear", NULL};

static const char id_pattern[] = "^[a-z0-9_-]{1,64}$";
static const char param_pattern[] =
    "^(?!(event|last|asset|params|key|now|true|false|null|in|from|by)$)[A-Za-z_][A-Za-z0-9_]{0,63}$";

static const struct ioc_option languages[] = {
    {.key = "vi", .type = IOC_OPTION_TEXT, .help = "in Vietnamese", .help_vi = "tiếng Việt"},
    {.key = "en", .type = IOC_OPTION_TEXT, .help = "in English", .help_vi = "tiếng Anh"},
    IOC_OPTION_END};
const struct ioc_option ioc_bilingual_forms[] = {
    {.key = "TEXT", .type = IOC_OPTION_TEXT},
    {.key = "TEXTS", .type = IOC_OPTION_TABLE, .inside = languages},
    IOC_OPTION_END};

/* ------------------------------------------------------------- parts of a rule */

static const struct ioc_option ladder_keys[] = {
    {.key = "warning", .type = IOC_OPTION_EXPRESSION, .help = "condition of this rung", .help_vi = "điều kiện của bậc này"},
    {.key = "minor", .type = IOC_OPTION_EXPRESSION, .help = "condition of this rung", .help_vi = "điều kiện của bậc này",
        .example = "event.depth_cm > limit"},
    {.key = "major", .type = IOC_OPTION_EXPRESSION, .help = "condition of this rung", .help_vi = "điều kiện của bậc này"},
    {.key = "critical", .type = IOC_OPTION_EXPRESSION, .help = "condition of this rung", .help_vi = "điều kiện của bậc này"},
    {.key = "deadband", .type = IOC_OPTION_MEASURE,
        .help = "by how much a rung must be undershot before it is left; every rung is then one comparison",
        .help_vi = "phải xuống dưới ngưỡng bao nhiêu mới rời bậc; khi đó mỗi bậc là một phép so sánh", .otherwise = "0",
        .example = "cm(3)"},
    IOC_OPTION_END};
static const struct ioc_option severity_forms[] = {
    {.key = "WORD", .type = IOC_OPTION_CHOICE, .choices = ioc_rule_severities},
    {.key = "LADDER", .type = IOC_OPTION_TABLE, .inside = ladder_keys},
    IOC_OPTION_END};

static const struct ioc_option hold_keys[] = {
    {.key = "for", .type = IOC_OPTION_SPAN, .help = "how long the condition has been true", .help_vi = "điều kiện đúng bao lâu",
        .otherwise = "0s", .example = "2m"},
    {.key = "readings", .type = IOC_OPTION_INT, .low = 1, .high = 1000, .help = "in how many readings one after the other",
        .help_vi = "đúng trong bao nhiêu số đo liên tiếp", .otherwise = "1", .example = "2"},
    IOC_OPTION_END};
static const struct ioc_option hold_forms[] = {
    {.key = "SPAN", .type = IOC_OPTION_SPAN},
    {.key = "BOTH", .type = IOC_OPTION_TABLE, .inside = hold_keys},
    IOC_OPTION_END};

static const struct ioc_option clear_keys[] = {
    {.key = "when", .type = IOC_OPTION_EXPRESSION, .help = "its own condition", .help_vi = "điều kiện kết thúc riêng",
        .otherwise = "no rung is true", .example = "event.depth_cm < limit - cm(5)"},
    {.key = "hold", .type = IOC_OPTION_SPAN, .help = "how long it must hold", .help_vi = "phải đúng bao lâu", .otherwise = "at once",
        .example = "10m"},
    IOC_OPTION_END};

static const struct ioc_option column_keys[] = {
    {.key = "column", .type = IOC_OPTION_TEXT, .is_required = true, .help = "column of the table `from`",
        .help_vi = "cột của bảng `from`", .example = "limit_cm"},
    {.key = "default", .type = IOC_OPTION_SCALAR, .help = "value of rows that have none", .help_vi = "giá trị cho hàng để trống",
        .otherwise = "missing there", .example = "cm(15)"},
    IOC_OPTION_END};
static const struct ioc_option param_forms[] = {
    {.key = "VALUE", .type = IOC_OPTION_SCALAR},
    {.key = "COLUMN", .type = IOC_OPTION_TABLE, .inside = column_keys},
    IOC_OPTION_END};
static const struct ioc_option param_form = {.key = "NAME", .type = IOC_OPTION_EITHER, .inside = param_forms,
    .help = "a number, one with its unit, true, false, a text in quotes, or a column: used by this name in expressions",
    .help_vi = "số, số có đơn vị, true, false, chữ trong ngoặc kép, hoặc một cột; dùng tên này trong biểu thức"};
static const struct ioc_option params_keys[] = {
    {.key = "from", .type = IOC_OPTION_TEXT, .help = "table of the city file", .help_vi = "bảng trong tệp thành phố",
        .otherwise = "no table: the same for all", .example = "stations"},
    {.key = "by", .type = IOC_OPTION_TEXT, .help = "field of the event that names the row", .help_vi = "trường của sự kiện chỉ ra hàng",
        .otherwise = "the stream's key", .example = "station"},
    IOC_OPTION_END};

static const struct ioc_option label_form = {.key = "NAME", .type = IOC_OPTION_TEXT};

/* ------------------------------------------------------------- a rule */

/* What a profile may say for a rule. */
static const struct ioc_option common_keys[] = {
    {.key = "where", .type = IOC_OPTION_EXPRESSION,
        .help = "which events concern the rule at all; the others change nothing: they do not clear either",
        .help_vi = "sự kiện nào liên quan đến quy tắc; các sự kiện khác không làm thay đổi gì, kể cả kết thúc cảnh báo", .otherwise = "all",
        .example = "asset.basin != \"test\""},
    {.key = "when", .type = IOC_OPTION_EXPRESSION, .help = "the condition, with one word of severity", .help_vi = "điều kiện, cùng với một mức độ",
        .otherwise = "a ladder says it", .example = "event.depth_cm > cm(15)"},
    {.key = "severity", .type = IOC_OPTION_EITHER, .inside = severity_forms,
        .help = "one word beside `when`, or a ladder of conditions instead of it", .help_vi = "một mức độ đi với `when`, hoặc bậc thang điều kiện thay cho `when`",
        .otherwise = "must stand here or in the profile", .example = "{major: event.depth_cm > cm(30), minor: event.depth_cm > cm(15), deadband: cm(3)}"},
    {.key = "hold", .type = IOC_OPTION_EITHER, .inside = hold_forms,
        .help = "how long, and in how many readings, it must be true before it is raised or becomes worse: both must be met",
        .help_vi = "điều kiện phải đúng bao lâu và trong bao nhiêu số đo thì mới báo động hoặc nặng thêm: phải đạt cả hai", .otherwise = "at once",
        .example = "{for: 2m, readings: 2}"},
    {.key = "clear", .type = IOC_OPTION_TABLE, .inside = clear_keys, .help = "when it ends", .help_vi = "khi nào kết thúc",
        .otherwise = "not `when`, at once", .example = "{when: event.depth_cm < cm(10), hold: 10m}"},
    {.key = "silence", .type = IOC_OPTION_CHOICE, .choices = silences, .fallback = "doubtful",
        .help = "when the sensor falls silent: the alert keeps its place and is marked, or it ends (refused for major and critical)",
        .help_vi = "khi cảm biến im lặng: giữ cảnh báo và đánh dấu nghi ngờ, hoặc kết thúc (không cho phép với major và critical)"},
    {.key = "on_missing", .type = IOC_OPTION_CHOICE, .choices = missing, .fallback = "keep",
        .help = "when a value that decides is missing: keep the alert as it is, clear as if the clear condition held, raise as a reading of "
                "the lowest rung",
        .help_vi = "khi thiếu giá trị quyết định: giữ nguyên, kết thúc như khi điều kiện kết thúc đúng, hoặc báo động như bậc thấp nhất"},
    {.key = "ack", .type = IOC_OPTION_CHOICE, .choices = acks, .fallback = "by-severity",
        .help = "acknowledgement: required (stays until then, also after it returned), on_raise (asked for while active), none; by-severity: "
                "required for major and critical, else on_raise",
        .help_vi = "xác nhận: required (giữ đến khi xác nhận), on_raise (hỏi khi đang báo động), none; by-severity: required với major và critical, "
                   "còn lại on_raise"},
    {.key = "message", .type = IOC_OPTION_EITHER, .inside = ioc_bilingual_forms, .help = "what people read; `${expression}` is filled in, `$${` is a literal `${`",
        .help_vi = "nội dung cho người đọc; `${biểu thức}` được thay bằng giá trị, `$${` là `${`", .otherwise = "none",
        .example = "{vi: \"${asset.name}: nước ngập ${event.depth_cm}\", en: \"${asset.name}: ${event.depth_cm} of water\"}"},
    {.key = "position", .type = IOC_OPTION_EXPRESSION, .help = "expression of type point", .help_vi = "biểu thức kiểu point (vị trí)",
        .otherwise = "the event's, else the asset's position", .example = "event.position"},
    {.key = "labels", .type = IOC_OPTION_TABLE, .others = &label_form, .help = "texts for consoles", .help_vi = "nhãn cho bảng điều khiển", .otherwise = "none",
        .example = "{domain: drainage}"},
    {.key = "response", .type = IOC_OPTION_TEXT, .help = "what to do", .help_vi = "việc cần làm", .otherwise = "none"},
    {.key = "mode", .type = IOC_OPTION_CHOICE, .choices = modes, .fallback = "live",
        .help = "live; shadow: judged and counted, nobody is told; off", .help_vi = "live: chạy thật; shadow: chạy và đếm nhưng không báo ai; off: tắt"},
    IOC_OPTION_END};

static const struct ioc_option rule_keys[] = {
    {.key = "id", .type = IOC_OPTION_TEXT, .is_required = true, .pattern = id_pattern,
        .help = "small letters, digits, - and _: names its state and its alerts for ever", .help_vi = "chữ thường, số, - và _: tên của quy tắc và các cảnh báo, không đổi",
        .example = "street-depth"},
    {.key = "title", .type = IOC_OPTION_EITHER, .inside = ioc_bilingual_forms, .help = "its name for people", .help_vi = "tên cho người đọc", .otherwise = "the id",
        .example = "{vi: Ngập đường, en: Street flooding}"},
    {.key = "profile", .type = IOC_OPTION_TEXT, .unless = "severity", .help = "a named set of defaults of the city file; what the rule writes itself wins",
        .help_vi = "bộ giá trị mặc định trong tệp thành phố; những gì quy tắc tự viết được ưu tiên", .otherwise = "none", .example = "flood"},
    {.key = "on", .type = IOC_OPTION_TEXT, .is_required = true, .help = "the stream it listens to", .help_vi = "luồng dữ liệu mà quy tắc nghe", .example = "street_depth"},
    {.key = "params", .type = IOC_OPTION_TABLE, .inside = params_keys, .others = &param_form, .pattern = param_pattern,
        .help = "values of its own, or of each row of a table", .help_vi = "tham số chung, hoặc theo từng hàng của bảng", .otherwise = "none",
        .example = "{from: stations, by: station, limit: {column: limit_cm, default: cm(15)}}"},
    {.key = "by", .type = IOC_OPTION_TEXTS, .low = 1, .help = "the stream's key; may be written for the reader", .help_vi = "khóa của luồng; có thể ghi ra cho người đọc",
        .otherwise = "the stream's key", .example = "station"},
    IOC_OPTION_END};

const struct ioc_option ioc_rule_form = {.key = "RULE", .type = IOC_OPTION_TABLE, .shared = "rule", .inside = rule_keys, .also = common_keys,
    .help = "One rule: one alert per key of its stream", .help_vi = "Một quy tắc: một cảnh báo cho mỗi khóa của luồng"};

/* A profile has no profile of its own, and nothing in it must be there. */
const struct ioc_option ioc_profile_form = {.key = "NAME", .type = IOC_OPTION_TABLE, .shared = "profile", .also = common_keys,
    .help = "What rules of this profile say, unless they write it themselves", .help_vi = "Những gì quy tắc dùng profile này nói, trừ khi tự viết"};

static const struct ioc_option file_keys[] = {
    {.key = "owner", .type = IOC_OPTION_TEXT, .is_required = true, .pattern = id_pattern,
        .help = "the department; a rule's full id is owner/id", .help_vi = "phòng ban phụ trách; mã đầy đủ của quy tắc là owner/id", .example = "drainage"},
    {.key = "rules", .type = IOC_OPTION_LIST, .is_required = true, .inside = &ioc_rule_form, .help = "the rules", .help_vi = "các quy tắc"},
    IOC_OPTION_END};
const struct ioc_option ioc_rulefile_form = {.key = "FILE", .type = IOC_OPTION_TABLE, .shared = "rules", .inside = file_keys,
    .help = "Rules of one department (config/manual/rules.md)", .help_vi = "Luật của một phòng ban (config/manual/rules.md)"};
